"""What a site carried: its own, an agency's, another site's."""

from dedup.records import Cluster, Member, Outlet
from dedup.wire.outlets import Outlets


def member(id, site, delay=None, source=None):
    return Member(id, None, 1.0, 1.0, 1.0, 50, site, delay_hours=delay, source=source)


def cluster(*members, agency=None, origin=None):
    return Cluster("c", len(members), members[0].id, list(members), agency=agency, origin=origin)


def rows(*clusters, alone=()):
    outlets = Outlets()
    for site, agency in alone:
        outlets.add_alone(site, agency)
    for one in clusters:
        outlets.add(one)
    return {row.site: row for row in outlets.rows()}


def test_documents_alone_are_the_sites_own_or_an_agencys():
    found = rows(alone=[("a", None), ("a", "AFP"), ("a", "AFP"), ("b", None), (None, "AFP")])
    assert found["a"] == Outlet("a", 3, original=1, agency=2, copied=0, median_delay_hours=None,
                                agencies={"AFP": 2}, copied_from={})  # fmt: skip
    assert list(found) == ["a", "b"]


def test_who_had_it_first_is_original_and_the_others_copied_from_it():
    story = cluster(member("1", "a", 0.0), member("2", "b", 3.0, "1"), member("3", "c", 5.0, "1"), origin="1")
    other = cluster(member("4", "b", 0.0), member("5", "c", 2.0, "4"), origin="4")
    found = rows(story, other)
    assert (found["a"].original, found["a"].copied) == (1, 0)
    assert (found["b"].original, found["b"].copied, found["b"].copied_from) == (1, 1, {"a": 1})
    assert (found["c"].original, found["c"].copied, found["c"].copied_from) == (0, 2, {"a": 1, "b": 1})
    assert (found["a"].median_delay_hours, found["c"].median_delay_hours) == (None, 3.5)


def test_agency_copy_is_nobodys_own():
    found = rows(cluster(member("1", "a", 0.0), member("2", "b", 1.0), agency="AFP", origin="1"))
    assert (found["a"].original, found["a"].agency, found["a"].agencies) == (0, 1, {"AFP": 1})
    assert (found["b"].copied, found["b"].agency) == (0, 1)


def test_two_versions_on_one_site_are_its_own():
    found = rows(cluster(member("1", "a", 0.0), member("2", "a", 30.0, "1"), origin="1"))
    assert (found["a"].documents, found["a"].original, found["a"].copied_from) == (2, 2, {})
    assert found["a"].median_delay_hours is None


def test_where_nobody_knows_who_was_first_nothing_is_claimed():
    found = rows(cluster(member("1", "a"), member("2", "b")))
    assert [(row.original, row.agency, row.copied) for row in found.values()] == [(0, 0, 0), (0, 0, 0)]

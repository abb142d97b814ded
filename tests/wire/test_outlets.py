"""What a site carried: its own, an agency's, another site's."""

from statistics import median

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import Cluster, Grounds, Member, Outlet
from dedup.wire.outlets import OutletCounts, Outlets


def member(id, site, delay=None, source=None):
    return Member(id, None, 1.0, 1.0, 1.0, 50, site, delay_hours=delay, source=source)


def cluster(*members, agency=None, origin=None, sure="high"):
    grounds = Grounds(sure, []) if agency else None
    return Cluster(
        "c", len(members), members[0].id, list(members), agency=agency, origin=origin, agency_grounds=grounds
    )


def rows(*clusters, alone=(), agencies=()):
    outlets = Outlets()
    for site, agency in alone:
        outlets.add_alone(site, agency)
    for one in clusters:
        outlets.add(one, agencies or [None] * one.size)
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


def test_who_credits_another_agency_than_the_cluster_has_its_own():
    story = cluster(member("1", "a", 0.0), member("2", "b", 1.0), member("3", "c", 1.0), agency="AFP")
    found = rows(story, agencies=["AFP", "AP", None])
    assert [found[site].agencies for site in "abc"] == [{"AFP": 1}, {"AP": 1}, {"AFP": 1}]


def test_an_agency_that_hardly_anybody_credits_does_not_take_the_others():
    story = cluster(member("1", "a", 0.0), member("2", "b", 1.0, "1"), agency="AFP", origin="1", sure="low")
    found = rows(story, agencies=[None, "AFP"])
    assert (found["a"].original, found["a"].agency) == (1, 0)
    assert (found["b"].agency, found["b"].copied) == (1, 0)


def test_a_copy_of_what_stands_nowhere_is_copied():
    story = cluster(member("1", None, 0.0), member("2", "a", 2.0, "1"), member("3", "a", 3.0, "1"), origin="1")
    found = rows(story)
    assert (found["a"].original, found["a"].copied, found["a"].copied_from) == (0, 2, {})


hours = st.integers(0, 40).map(lambda quarters: quarters / 4)
agency = st.sampled_from([None, "AFP", "AP"])
site = st.sampled_from([None, "a", "b", "c"])
copies = st.lists(st.tuples(site, hours, agency), min_size=2, max_size=5)


def count(outlets, story):
    """Count a cluster, whose first member is the origin, or of an empty one a document that stands alone."""
    if not story:
        outlets.add_alone("a", "AFP", 3)
        return
    members = [member(f"{n}", site, delay, "0" if n else None) for n, (site, delay, _) in enumerate(story)]
    outlets.add(cluster(*members, origin="0"), [agency for _, _, agency in story])


@given(st.lists(st.tuples(copies | st.just([]), st.integers(0, 2))), st.permutations(range(3)))
def test_counts_of_parts_add_up(stories, order):
    whole, parts, merged = Outlets(), [Outlets() for _ in range(3)], Outlets()
    for story, part in stories:
        count(whole, story)
        count(parts[part], story)
    for part in order:
        sent = msgspec.json.encode(list(parts[part].counts()))
        merged.merge(msgspec.json.decode(sent, type=list[OutletCounts]))
    assert msgspec.json.encode(merged.rows()) == msgspec.json.encode(whole.rows())


@given(st.lists(st.integers(1, 10**6).map(lambda n: n / 10**4), min_size=1))
def test_median_of_counted_delays_is_the_median(delays):
    outlets = Outlets()
    for delay in delays:
        outlets.add(cluster(member("1", None, 0.0), member("2", "a", 0.0), member("3", "b", delay)), [None] * 3)
    assert outlets.rows()[1].median_delay_hours == round(median(delays), 4)

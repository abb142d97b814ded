"""The counts behind the pictures."""

from dedup.records import Cluster, Member
from dedup.report.figures import SITES_SHOWN, overview, pictures, sites
from tests.report.sample import newsroom


def bars(data, slug):
    picture = next(picture for picture in pictures(data) if picture.slug == slug)
    return {bar.label: bar.number for bar in picture.bars if bar.number}


def with_dates(*published):
    data = newsroom(0)
    members = [Member(str(at), None, 1, 1, 1, 9, None, day) for at, day in enumerate(published)]
    data.clusters = [Cluster("c", len(members), "0", members)]
    return data


def test_spread_is_counted_in_hours_where_times_are_known():
    data = with_dates(
        "2026-03-03T10:00:00+01:00", "2026-03-03T09:30:00Z", "2026-03-03T14:00:00Z", "2026-03-20T09:00:00Z"
    )
    assert bars(data, "spread") == {"1 hour": 1, "6 hours": 1, "later": 1}


def test_spread_is_counted_in_days_where_only_days_are_known():
    data = with_dates("2026-03-03", "2026-03-03", "2026-03-04", None, "soon")
    assert bars(data, "spread") == {"same day": 1, "1 day": 1}


def test_copies_without_a_time_are_said_to_be_missing():
    data = with_dates("2026-03-03T10:00:00Z", "2026-03-03T10:30:00Z", "2026-03-03", None)
    picture = next(picture for picture in pictures(data) if picture.slug == "spread")
    assert "1 of 3 copies have a time of day" in picture.note


def test_sizes_cover_every_cluster():
    data = newsroom()
    data.clusters[0].size = 123_456
    assert sum(bars(data, "sizes").values()) == len(data.clusters)
    assert bars(data, "sizes")["100 and more"] == 1


def test_bars_are_shares_of_the_longest():
    for picture in pictures(newsroom()):
        assert max(bar.share for bar in picture.bars) == 1
        assert all(0 <= bar.share <= 1 for bar in picture.bars)


def test_only_furniture_counts_as_stripped():
    data = newsroom()
    assert "body" not in bars(data, "stripped")
    shown = {figure.label: figure.value for figure in overview(data)}
    assert int(shown["furniture blocks stripped"].replace(",", "")) == sum(bars(data, "stripped").values())


def test_nothing_to_show_makes_no_bars():
    assert all(picture.bars == [] for picture in pictures(newsroom(0)))


def test_furniture_is_counted_by_site_and_label():
    data = newsroom(2)
    for row in data.documents:
        row.stripped = {"headline": 1, "navigation": 3, "consent": 1}
    first, other = data.documents[0].id, data.documents[1].id
    data.sites = {first: "a.example", other: "a.example"}
    data.documents[0].stripped = {"repeated": 4, "share": 4, "byline": 2, "advert": 4}
    [mine] = [row for row in sites(data) if row.site == "a.example"]
    assert mine == ("a.example", 2, 16, "8.0", 4, "advert 4, share 4, navigation 3, consent 1")
    rest = len(data.documents) - 2
    assert {row.site: row.blocks for row in sites(data)} == {"a.example": 16} | (
        {"(no site)": 4 * rest} if rest else {}
    )


def test_the_sites_with_most_furniture_are_shown():
    data = newsroom()
    data.sites = {row.id: f"{number}.example" for number, row in enumerate(data.documents)}
    for number, row in enumerate(data.documents):
        row.stripped = {"share": number}
    shown = sites(data)
    assert len(shown) == SITES_SHOWN
    assert shown[0].blocks == len(data.documents) - 1
    assert [row.blocks for row in shown] == sorted((row.blocks for row in shown), reverse=True)


def test_where_no_text_was_cleaned_no_site_is_shown():
    data = newsroom()
    for row in data.documents:
        row.stripped = {}
    assert sites(data) == []

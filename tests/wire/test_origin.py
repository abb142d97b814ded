"""The earliest of several dates, known to different precisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import Evidence, Grounds
from dedup.wire.origin import credited_agency, earliest, first_published, interval, origin, sites_in_order


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ([], None),
        ([None, None], None),
        (["yesterday", ""], None),
        (["2026-03-04", "2026-03-03"], 1),
        ([None, "2026-03-03"], 1),
        (["2026-03-03T10:00:00Z", "2026-03-03T10:00:01Z"], 0),
        (["2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z"], None),
        (["2026-03-03T10:00:00+01:00", "2026-03-03T09:30:00Z"], 0),
        (["2026-03-03T10:00:00+01:00", "2026-03-03T09:00:00Z"], None),
        (["2026-03-03T23:30:00-05:00", "2026-03-04T01:00:00Z"], 1),
        (["2026-03-03", "2026-03-03T18:00:00Z"], None),
        (["2026-03-03", "2026-03-04T00:00:00Z"], 0),
        (["2026-03-02T23:59:59Z", "2026-03-03"], 0),
        (["2026-03-03T10:00", "2026-03-03T10:00:30"], None),
        (["2026-03-03T10", "2026-03-03T11:00"], 0),
        (["2026-03-03 10:00:00", "2026-03-03T10:00:00.5"], None),
        (["20260303T100000Z", "2026-03-03T10:00:02Z"], 0),
        (["2026-03-03", "2026-03-02", "2026-03-02"], None),
    ],
)
def test_the_earliest_is_named_only_where_dates_tell(published, expected):
    assert earliest(published) == expected


def test_the_first_date_is_given_even_where_the_first_member_is_unknown():
    assert first_published(["2026-03-04", "2026-03-03T10:00:00Z", "2026-03-03T10:00:00Z"]) == "2026-03-03T10:00:00Z"
    assert first_published(["2026-03-03T10:00:00Z", "2026-03-03"]) == "2026-03-03"
    assert first_published([None, "soon"]) is None


@pytest.mark.parametrize("edge", ["0001-01-01T00:00:00+14:00", "9999-12-31", "9999-12-31T23:59:59-12:00", "2026-02-30"])
def test_dates_off_the_calendar_are_unknown(edge):
    assert interval(edge) is None


def test_sites_stand_in_the_order_of_their_first_copy():
    sites = ["late.example", None, "early.example", "late.example", "undated.example", "early.example"]
    published = ["2026-03-05", "2026-03-01", "2026-03-03", "2026-03-02", None, None]
    assert sites_in_order(sites, published) == ["late.example", "early.example", "undated.example"]
    assert sites_in_order([], []) == []


instants = st.datetimes(datetime(1990, 1, 1), datetime(2040, 1, 1))
offsets = st.integers(-14 * 60, 14 * 60)


@given(
    st.lists(
        st.tuples(instants, offsets), min_size=1, max_size=6, unique_by=lambda pair: pair[0].replace(microsecond=0)
    )
)
def test_offsets_do_not_change_the_order(moments):
    written = []
    for moment, minutes in moments:
        utc = moment.replace(microsecond=0, tzinfo=UTC)
        shifted = (utc + timedelta(minutes=minutes)).replace(tzinfo=None).isoformat()
        sign = "-" if minutes < 0 else "+"
        written.append(f"{shifted}{sign}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}")
    expected = min(range(len(moments)), key=lambda index: moments[index][0])
    assert earliest(written) == expected


@given(st.lists(st.one_of(st.none(), st.text(max_size=30)), max_size=5))
def test_any_text_is_a_date_or_unknown(published):
    index = earliest(published)
    assert index is None or interval(published[index]) is not None


def test_a_year_or_a_month_is_as_wide_as_it_is():
    assert earliest(["2020", "2026-01-02"]) == 0
    assert earliest(["2026-01", "2026-01-02"]) is None
    assert earliest(["2025-12", "2026"]) == 0
    assert interval("2026-13") is None
    assert interval("9999") is None


@pytest.mark.parametrize(
    ("published", "index", "confidence", "reasons"),
    [
        (["2026-03-03T10:00Z", "2026-03-03T12:00Z"], 0, "high", ["earlier"]),
        (["2026-03-03T10:20Z", "2026-03-03T10:00Z"], 1, "medium", ["earlier"]),
        (["2026-03-03T10:05Z", "2026-03-03T10:00Z"], 1, "low", ["earlier"]),
        (["2026-03-03", "2026-03-05"], 0, "medium", ["earlier", "dates_only"]),
        (["2026-03-03T10:00Z", "2026-03-03T12:00Z", None], 0, "medium", ["earlier", "undated"]),
        (["2026-03-03T10:00Z", None], 0, "low", ["undated"]),
        (["2026-03-03", "2026-03-03"], None, None, None),
        ([None, None], None, None, None),
    ],
)
def test_the_origin_by_dates_and_how_sure_it_is(published, index, confidence, reasons):
    sites = [f"site{k}" for k in range(len(published))]
    found, grounds = origin(published, sites, [None] * len(published))
    assert found == index
    assert (grounds and grounds.confidence) == confidence
    assert (grounds and [one.reason for one in grounds.evidence]) == reasons


def test_a_page_that_others_name_as_canonical_is_the_origin():
    sites = ["a", "b", "c", "c"]
    assert origin([None] * 4, sites, [None, "c", None, None]) == (2, Grounds("high", [Evidence("canonical", count=1)]))
    dates = ["2026-03-03T10:00Z", None, "2026-03-03T14:00Z", "2026-03-03T12:00Z"]
    found, grounds = origin(dates, sites, [None, "c", None, None])
    assert (found, grounds.confidence) == (3, "medium")  # a was earlier
    assert grounds.evidence == [Evidence("canonical", count=1), Evidence("later", hours=2.0)]


def test_canonical_pages_that_say_nothing_of_the_others_do_not_count():
    dates = ["2026-03-03T10:00Z", "2026-03-03T12:00Z"]
    by_dates = origin(dates, ["a", "b"], [None, None])
    assert origin(dates, ["a", "b"], ["a", "elsewhere"]) == by_dates
    assert origin(dates, ["a", "b"], ["b", "a"]) == by_dates  # each names the other


@pytest.mark.parametrize(
    ("agencies", "expected", "confidence"),
    [
        ([None, None], None, None),
        (["AFP", None], "AFP", "medium"),
        ([None, "AFP", "AFP"], "AFP", "high"),
        (["AP", "AFP"], "AP", "low"),
        (["AP", "AFP", "AFP", "AFP"], "AFP", "high"),
        (["AP", "AFP", "AFP"], "AFP", "medium"),
        ([None, "AP", "AFP"], "AFP", "low"),
    ],
)
def test_the_agency_of_a_cluster(agencies, expected, confidence):
    found, grounds = credited_agency(agencies, [f"({agency})" if agency else None for agency in agencies])
    assert (found, grounds and grounds.confidence) == (expected, confidence)
    if grounds:
        assert grounds.evidence[0] == Evidence("credited", count=agencies.count(expected), text=f"({expected})")

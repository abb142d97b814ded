"""The earliest of several dates, known to different precisions."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.wire.origin import earliest, first_published, interval, sites_in_order


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

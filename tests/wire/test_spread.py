"""Hours after the first copy, and how sure it is from whom a copy has its text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.records import CONFIDENCES, Evidence, Grounds
from dedup.wire.spread import Copy, delays, least_sure, source_grounds

ORIGIN = "2026-03-03T10:00:00Z"
SURE = Grounds("high", [])


@pytest.mark.parametrize(
    ("published", "expected"),
    [
        ([], []),
        ([None], [None]),
        (["2026-03-03", "2026-03-04"], [None, None]),
        ([ORIGIN, None, "2026-03-03T11:30:00Z"], [0.0, None, 1.5]),
        (["2026-03-03T13:00:00+02:00", ORIGIN], [1.0, 0.0]),
        (["2026-03-02", "2026-03-03T10:00Z", "2026-03-03T12:00Z"], [None, 0.0, 2.0]),
        (["soon", ORIGIN], [None, 0.0]),
    ],
)
def test_delays_are_hours_after_the_first_copy_with_a_time(published, expected):
    assert delays(published) == expected


@pytest.mark.parametrize(
    ("copy", "expected"),
    [
        (Copy("2026-03-03T13:00:00Z", False, None, None), Grounds("high", [Evidence("later", hours=3.0)])),
        (Copy("2026-03-03T10:30:00Z", False, None, None), Grounds("medium", [Evidence("later", hours=0.5)])),
        (Copy("2026-03-03T10:01:00Z", False, None, None), Grounds("low", [Evidence("later", hours=0.0167)])),
        (Copy("2026-03-04", False, None, None), Grounds("medium", [Evidence("dates_only", count=1)])),
        (Copy("2026-03-03", False, None, None), Grounds("low", [Evidence("dates_only", count=1)])),
        (Copy(None, False, None, None), Grounds("low", [Evidence("undated", count=1)])),
        (
            Copy(None, True, 0.99, 0.5),
            Grounds("high", [Evidence("canonical", count=1), Evidence("undated", count=1), Evidence("cut", share=0.5)]),
        ),
        (
            Copy("2026-03-03T13:00:00Z", False, 0.4, 0.95),
            Grounds("high", [Evidence("later", hours=3.0), Evidence("extended", share=0.4)]),
        ),
    ],
)
def test_the_grounds_of_a_source(copy, expected):
    assert source_grounds(ORIGIN, SURE, copy) == expected


@given(
    st.sampled_from(CONFIDENCES),
    st.sampled_from([None, ORIGIN, "2026-03-03", "2026-03-03T12:00:00Z", "2026-03-05"]),
    st.booleans(),
)
def test_no_source_is_surer_than_the_origin(sure, published, named):
    found = source_grounds(ORIGIN, Grounds(sure, []), Copy(published, named, None, None))
    assert CONFIDENCES.index(found.confidence) >= CONFIDENCES.index(sure)
    assert found.evidence


def test_least_sure():
    assert least_sure("high", "low", "medium") == "low"
    assert least_sure("high") == "high"

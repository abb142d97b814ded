from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.corpus import dates
from dedup.corpus.dates import published

READ = {
    "2018-07-15T07:54:28-04:00": "2018-07-15T07:54:28-04:00",
    "2016-09-20": "2016-09-20",
    "2016-09": "2016-09",
    "2016": "2016",
    "2023-09-13 03:10:33": "2023-09-13T03:10:33",
    "2023-09-13T03:10Z": "2023-09-13T03:10Z",
    "2023-09-13t03:10:33.123456z": "2023-09-13T03:10:33.123456Z",
    "2023-09-13 03:10:33 UTC": "2023-09-13T03:10:33Z",
    "2023-09-13T03:10:33+0200": "2023-09-13T03:10:33+02:00",
    "2023-09-13T03:10:33+02": "2023-09-13T03:10:33+02:00",
    "2023/9/3": "2023-09-03",
    "20230913": "2023-09-13",
    "20230913031033": "2023-09-13T03:10:33",
    "20230913T031033Z": "2023-09-13T03:10:33Z",
    "26-FEB-1987 15:01:01.79": "1987-02-26T15:01:01.79",
    "Sun, 15 Jul 2018 07:54:28 GMT": "2018-07-15T07:54:28Z",
    "Sun, 15 Jul 2018 07:54:28 -0400": "2018-07-15T07:54:28-04:00",
    "Sun, 15 Jul 2018 07:54:28 -0000": "2018-07-15T07:54:28",
    "15 Jul 2018 07:54:28 +0200 (CEST)": "2018-07-15T07:54:28+02:00",
    "15 Jul 2018 07:54 EDT": "2018-07-15T07:54-04:00",
    "July 15, 2018": "2018-07-15",
    "Sept. 5, 2018 12:05 am": "2018-09-05T00:05",
    "July 15, 2018 7:54 PM": "2018-07-15T19:54",
    " 2016-09-20 ": "2016-09-20",
    "1694574633": "2023-09-13T03:10:33Z",
    1694574633: "2023-09-13T03:10:33Z",
    1694574633123: "2023-09-13T03:10:33.123000Z",
    1694574633.5: "2023-09-13T03:10:33.500000Z",
    20230913: "2023-09-13",
    20230913031033: "2023-09-13T03:10:33",
    date(2020, 1, 2): "2020-01-02",
    datetime(2020, 1, 2, 3, 4, tzinfo=UTC): "2020-01-02T03:04:00+00:00",
}
NOT_READ = [
    "15/07/2018", "07-15-2018", "15.07.18", "2018-13-01", "2018-02-30", "2018-02-03T25:00", "2018-02-03T10:61",
    "15 Jul 2018 07:54 CET", "yesterday", "", "0000-01-01", "13:05", 12, -1, True, 10**20, float("nan"), float("inf"),
    [2018], {"date": "2018"}, None, "9" * 5000, "2018-01-01T10:00+99:00", "13:00 pm", "32 Jul 2018",
]  # fmt: skip


@pytest.mark.parametrize("given_value", READ, ids=str)
def test_what_is_read(given_value):
    assert published(given_value) == READ[given_value]


@pytest.mark.parametrize("value", NOT_READ, ids=lambda value: repr(value)[:20])
def test_what_would_be_guessed_is_not_read(value):
    assert published(value) is None


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_iso_keeps_the_moment(moment):
    if moment.utcoffset() is not None and moment.utcoffset().seconds % 60:
        moment = moment.replace(tzinfo=None)
    assert datetime.fromisoformat(published(moment.isoformat())) == datetime.fromisoformat(moment.isoformat())


digits = st.text("0123456789-/:. T+ZapmJulGMT,", max_size=40)


@given(st.text(max_size=80) | digits | st.floats() | st.integers())
def test_whatever_comes_out_is_read_by_python(value):
    result = published(value)
    if result is not None and len(result) >= len("2018-01-01"):
        datetime.fromisoformat(result)


PIECES = """2026-03-04T 2026 -3 T t 04:05:06 24:00:00 04:05:60 4:05:06 Z z +00:00 -00:00 -05:00 +24:00 +0530 .123
W01 -1""".split()  # noqa: SIM905 - a list of them is long


@given(st.lists(st.sampled_from([*PIECES, " "]), max_size=4).map("".join), st.booleans())
def test_what_is_taken_as_normal_is_what_the_forms_give(rest, dated):
    text = "2026-03-04T" * dated + rest
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(dates, "_TO_THE_SECOND", ())
        by_forms = published(text)
    assert published(text) == by_forms

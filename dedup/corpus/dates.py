"""Publication dates to ISO 8601, keeping the precision they were given in and never inventing a time zone.

What is read: ISO 8601 and its looser spellings, year first; RFC 2822 and other day-month-year or month-day-year forms
whose month is an English name; compact `20230913` and `20230913031033`; seconds and milliseconds since 1970 (which are
UTC by definition). `15/07/2018` and the like are not read: whether day or month comes first cannot be known.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?P<name>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?"
_TIME = (
    r"(?P<hour>\d\d?):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<fraction>\d{1,9}))?)?"
    r"(?:\s?(?P<half>am|pm))?(?:\s?(?P<zone>z|[a-z]{2,3}|[+-]\d\d(?::?\d\d)?))?(?:\s?\([a-z]+\))?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]{0,6}\.?,?\s+)?"
_FORMS = tuple(
    re.compile(form, re.IGNORECASE | re.ASCII)
    for form in (
        rf"(?P<year>\d{{4}})(?:[-/.](?P<month>\d\d?)(?:[-/.](?P<day>\d\d?)(?:[t\s]\s?{_TIME})?)?)?",
        rf"{_WEEKDAY}(?P<day>\d\d?)[-\s]{_MONTH}[-\s,]\s?(?P<year>\d{{4}})(?:,?[t\s]\s?{_TIME})?",
        rf"{_WEEKDAY}{_MONTH}\s(?P<day>\d\d?),?\s(?P<year>\d{{4}})(?:,?[t\s]\s?{_TIME})?",
        r"(?P<year>[12]\d{3})(?P<month>\d\d)(?P<day>\d\d)(?:t?(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)(?P<zone>z)?)?",
    )
)
# RFC 2822, section 4.3: the zone names that have a meaning; others are unknown there, and a date with one is not read.
_ZONES = {
    "z": "Z", "ut": "Z", "utc": "Z", "gmt": "Z",
    "est": "-05:00", "edt": "-04:00", "cst": "-06:00", "cdt": "-05:00",
    "mst": "-07:00", "mdt": "-06:00", "pst": "-08:00", "pdt": "-07:00",
}  # fmt: skip
# Ten digits of seconds or thirteen of milliseconds reach from 1973 to 2286; fewer or more digits are something else.
_SECONDS = range(10**8, 10**10)
_MILLISECONDS = range(10**11, 10**13)
# No date is longer; texts in a date field are not worth a regular expression.
_LONGEST = 64
# Lengths of dates with a time to the second: without an offset, with Z, with hours and minutes.
_TO_THE_SECOND = (19, 20, 25)


def published(value: object) -> str | None:
    """Normalise a publication date.

    Parameters
    ----------
    value
        A string, a number or a `datetime.date`, as formats and their libraries give them.

    Returns
    -------
    str or None
        ISO 8601 with the precision and offset of the value; None where it cannot be read without guessing.
    """
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str):
        return _from_text(value.strip())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _from_number(value)
    return None


def _from_text(text: str) -> str | None:
    if len(text) > _LONGEST:
        return None
    if len(text) in _TO_THE_SECOND and _is_normal(text):
        return text
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text, re.ASCII) and (moment := _from_epoch(float(text))):
        return moment
    for form in _FORMS:
        if found := form.fullmatch(text):
            return _iso(found.groupdict())
    return None


def _is_normal(text: str) -> bool:
    """Tell whether a date is already as it is returned: most are, and the forms take ten times as long to find out."""
    try:
        normal = datetime.fromisoformat(text).isoformat()
    except ValueError:
        return False
    return text == (f"{normal[:-6]}Z" if text[-1] == "Z" else normal)


def _from_number(value: float) -> str | None:
    whole = str(value) if isinstance(value, int) else ""
    return _from_epoch(value) or (_from_text(whole) if len(whole) in (4, 8, 14) else None)


def _from_epoch(value: float) -> str | None:
    if _SECONDS.start <= value < _SECONDS.stop:
        microseconds = round(value * 1_000_000)
    elif _MILLISECONDS.start <= value < _MILLISECONDS.stop:
        microseconds = round(value * 1000)
    else:
        return None
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds)
    return moment.isoformat().replace("+00:00", "Z")


def _iso(part: dict[str, str | None]) -> str | None:
    """Put the parts together; None where one is out of range."""
    name = part.get("name")
    month = str(_MONTHS.index(name.lower()) + 1) if name else part["month"]
    pieces = [part["year"], month, part["day"]]
    given = [int(piece) for piece in pieces if piece is not None]
    try:
        date(*[*given, 1, 1][:3])
    except ValueError:
        return None
    day = "-".join([f"{given[0]:04}"] + [f"{piece:02}" for piece in given[1:]])
    if part.get("hour") is None:
        return day
    time = _time(part)
    return f"{day}T{time}" if time else None


def _time(part: dict[str, str | None]) -> str | None:
    hour, minute, second = (int(part.get(name) or 0) for name in ("hour", "minute", "second"))
    half = part.get("half")
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    offset = _offset(part.get("zone"))
    if hour > 23 or minute > 59 or second > 59 or offset is None:
        return None
    seconds = f":{second:02}" if part.get("second") else ""
    fraction = f".{part['fraction']}" if part.get("fraction") else ""
    return f"{hour:02}:{minute:02}{seconds}{fraction}{offset}"


def _offset(zone: str | None) -> str | None:
    """Return the offset in ISO's extended form; empty where there is none, None where it cannot be read."""
    if zone is None or zone == "-0000":  # RFC 2822, section 3.3: "-0000" says nothing about the local time zone
        return ""
    if zone[0] not in "+-":
        return _ZONES.get(zone.lower())
    hours, minutes = zone[1:3], zone[3:].lstrip(":") or "00"
    return f"{zone[0]}{hours}:{minutes}" if int(hours) < 24 and int(minutes) < 60 else None

"""Which copy was published first, as far as the dates tell.

A date is known only as finely as it is written: ``2026-03-03`` is any moment of that day, ``2026-03-03T10:15`` any of
that minute. So each date is an interval of UTC, half open, and one copy is earlier than another only where its
interval ends before the other's begins (interval order, Fishburn 1970). Where no copy is earlier than all others, the
first one is unknown. A time without an offset is read as UTC.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

Interval = tuple[datetime, datetime]
"""Start and end (exclusive), both in UTC."""

_YEAR_OR_MONTH = re.compile(r"\d{4}(-\d{2})?")
_CLOCK = re.compile(r"[T ](?P<hour>\d\d)(?P<minute>:?\d\d)?(?P<second>:?\d\d)?(?P<fraction>[.,]\d+)?")

_DATES = 1 << 14
"""Dates whose intervals are remembered: each member's is asked for three times a cluster, and many share a day."""


@lru_cache(maxsize=_DATES)
def interval(published: str | None) -> Interval | None:
    """Read an ISO 8601 date as the interval of UTC it names; None where it is missing or not ISO 8601."""
    if published is None:
        return None
    written = published.strip()
    try:
        if _YEAR_OR_MONTH.fullmatch(written):
            return _calendar_span(*map(int, written.split("-")))
        start = datetime.fromisoformat(written)
        start = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        return start, start + _precision(written)
    except (ValueError, OverflowError):  # the first and last day of the calendar have no neighbour to shift into
        return None


def _calendar_span(year: int, month: int | None = None) -> Interval:
    """Return a whole year, or a whole month of one."""
    start = datetime(year, month or 1, 1, tzinfo=UTC)
    after = (year + 1, 1) if month in (None, 12) else (year, month + 1)
    return start, datetime(*after, 1, tzinfo=UTC)


def _precision(written: str) -> timedelta:
    clock = _CLOCK.search(written)
    if clock is None:
        return timedelta(days=1)
    if clock["fraction"]:
        return timedelta(microseconds=1)
    if clock["second"]:
        return timedelta(seconds=1)
    return timedelta(minutes=1) if clock["minute"] else timedelta(hours=1)


def earliest(published: Sequence[str | None]) -> int | None:
    """Find the member that was published before all others.

    Parameters
    ----------
    published
        ISO 8601 dates of the members of a cluster; None where unknown.

    Returns
    -------
    int or None
        Index of the member; members without a date do not count. None where no member has one, or where two may have
        been first: equal dates, or a date without a time on the same day.
    """
    dated = [(index, span) for index, day in enumerate(published) if (span := interval(day)) is not None]
    if not dated:
        return None
    first, (_, end) = min(dated, key=lambda entry: entry[1])
    return first if all(start >= end for index, (start, _) in dated if index != first) else None


def first_published(published: Sequence[str | None]) -> str | None:
    """Give the earliest date as it was written, also where two members share it; None where there is none."""
    dated = [(span, day) for day in published if day is not None and (span := interval(day)) is not None]
    return min(dated)[1] if dated else None


def sites_in_order(sites: Sequence[str | None], published: Sequence[str | None]) -> list[str]:
    """List the sites that carried a story, each once, by the date of its first copy.

    Sites of undated copies follow in the order given, as equal dates do. `sites` and `published` are of one length.
    """
    last = (datetime.max.replace(tzinfo=UTC),) * 2
    spans = [interval(day) or last for day in published]
    order = sorted(range(len(sites)), key=lambda index: spans[index])
    return list(dict.fromkeys(site for index in order if (site := sites[index]) is not None))

"""Which copy was published first, as far as dates and pages tell, and how sure that is.

A date is known only as finely as it is written: ``2026-03-03`` is any moment of that day, ``2026-03-03T10:15`` any of
that minute. So each date is an interval of UTC, half open, and one copy is earlier than another only where its
interval ends before the other's begins (interval order, Fishburn 1970). Where no copy is earlier than all others, the
first one is unknown. A time without an offset is read as UTC.

A page may also name another one as its canonical address (RFC 6596): who carries a text by licence often names the
original so. Where a member is named by others, it is the origin, also where no date tells.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from dedup.records import Confidence, Evidence, Grounds

CLEAR_HOURS = 1.0
"""Between first and second copy: beyond wrong clocks, and times that are a page's last change."""
CLOSE_HOURS = 10 / 60
"""Below, clocks and schedules may have changed places."""

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


def origin(
    published: Sequence[str | None], sites: Sequence[str | None], canonical: Sequence[str | None]
) -> tuple[int | None, Grounds | None]:
    """Find the member that the others have the story from.

    Parameters
    ----------
    published
        ISO 8601 times of the members of a cluster; None where unknown.
    sites
        Where they stand.
    canonical
        The site of the page that each names as its canonical address.

    Returns
    -------
    index, grounds
        Of the member, and why it is taken for the first; None where neither pages nor dates tell.
    """
    first = earliest(published)
    named = _named(sites, canonical)
    if named is not None:
        site, count = named
        own = [index for index, other in enumerate(sites) if other == site]
        index = own[earliest([published[member] for member in own]) or 0]
        evidence = [Evidence("canonical", count=count)]
        if first is not None and sites[first] != site:
            return index, Grounds("medium", [*evidence, Evidence("later", hours=_hours(published, first, index))])
        return index, Grounds("high", evidence)
    return (None, None) if first is None else (first, _grounds_of_first(published, first))


def _named(sites: Sequence[str | None], canonical: Sequence[str | None]) -> tuple[str, int] | None:
    """Return the site that most members of other sites name as canonical, and how many; None where two are equal."""
    if not any(canonical):
        return None
    here = set(sites)
    votes = Counter(name for own, name in zip(sites, canonical, strict=True) if name and name != own and name in here)
    best = votes.most_common(2)
    return None if not best or (len(best) == 2 and best[0][1] == best[1][1]) else best[0]


def _grounds_of_first(published: Sequence[str | None], first: int) -> Grounds:
    spans = [interval(day) for day in published]
    own = spans[first]
    others = [span for index, span in enumerate(spans) if span is not None and index != first]
    undated = spans.count(None)
    evidence: list[Evidence] = []
    sure: Confidence = "low"
    if own is not None and others:
        after = min(others)
        timed = is_timed(own) and is_timed(after)
        days = sum(span is not None and not is_timed(span) for span in spans)
        hours = hours_between(own, after)
        evidence.append(Evidence("earlier", hours=hours))
        evidence += [] if timed else [Evidence("dates_only", count=days)]
        sure = "low" if hours < CLOSE_HOURS else "high" if timed and hours >= CLEAR_HOURS and not undated else "medium"
    if undated:
        evidence.append(Evidence("undated", count=undated))
    return Grounds("low" if 2 * undated >= len(spans) else sure, evidence)


def _hours(published: Sequence[str | None], one: int, other: int) -> float | None:
    a, b = interval(published[one]), interval(published[other])
    return hours_between(a, b) if a is not None and b is not None else None


def hours_between(one: Interval, other: Interval) -> float:
    """Return the hours from the start of one interval to that of the other."""
    return round((other[0] - one[0]).total_seconds() / 3600, 4)


def is_timed(span: Interval | None) -> bool:
    """Say whether a time of day is known."""
    return span is not None and span[1] - span[0] < timedelta(days=1)


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


def credited_agency(agencies: Sequence[str | None], words: Sequence[str | None]) -> tuple[str | None, Grounds | None]:
    """Name the agency that most members of a cluster credit.

    Parameters
    ----------
    agencies
        The first one that each member credits, the cluster's head first; None where it credits none.
    words
        In which it does.

    Returns
    -------
    agency, grounds
        Of equally many the head's, then by name; None where nobody credits one.
    """
    counts = Counter(agency for agency in agencies if agency)
    if not counts:
        return None, None
    name = min(counts, key=lambda agency: (-counts[agency], agency != agencies[0], agency))
    credited, others = counts[name], counts.total() - counts[name]
    text = next((said for agency, said in zip(agencies, words, strict=True) if agency == name and said), None)
    evidence = [Evidence("credited", count=credited, text=text)]
    evidence += [Evidence("others_credited", count=others)] if others else []
    sure: Confidence = "low" if others >= credited else "medium" if credited == 1 or 3 * others > credited else "high"
    return name, Grounds(sure, evidence)

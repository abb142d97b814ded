"""How a story spread: hours after the first copy, and from whom each member has it.

Who copied whom is not written anywhere; it is concluded, and said with its grounds. Where an agency is credited, all
have the story from the agency. Else a copy has it from the origin, and the more surely so, the later it came, the more
it names the origin as its canonical page, or the more it is a cut or an extended version of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from dedup.records import CONFIDENCES, Confidence, Evidence, Grounds
from dedup.wire.origin import CLEAR_HOURS, CLOSE_HOURS, Interval, hours_between, interval, is_timed

WHOLE = 0.9
"""Containment from which one text holds the other but for a headline or a place."""


class Copy(NamedTuple):
    """A member beside the origin, as far as its source depends on it."""

    published: str | None
    names_origin: bool
    """Its page names the origin's site as canonical."""
    inside: float | None
    """Share of it that the origin also has; None where the two were not compared."""
    holds: float | None
    """Share of the origin that it also has."""


def delays(published: Sequence[str | None]) -> list[float | None]:
    """Return the hours of each copy after the first one.

    Parameters
    ----------
    published
        ISO 8601 times of the members of a cluster; None where unknown.

    Returns
    -------
    list of (float or None)
        None for those without a time of day: a date alone is up to a day wrong.
    """
    spans = [span if is_timed(span := interval(day)) else None for day in published]
    known = [span for span in spans if span is not None]
    if not known:
        return [None] * len(spans)
    first = min(known)
    return [hours_between(first, span) if span is not None else None for span in spans]


def source_grounds(origin: str | None, of_origin: Grounds, copy: Copy) -> Grounds:
    """Say why a copy is taken to come from the origin, and how surely.

    Parameters
    ----------
    origin
        Time of publication of the origin.
    of_origin
        How sure the origin itself is: no copy's source is surer.
    copy
        The member.
    """
    evidence, sure = _by_time(interval(origin), interval(copy.published))
    if copy.names_origin:
        evidence, sure = [Evidence("canonical", count=1), *evidence], "high"
    if copy.inside is not None and copy.holds is not None:
        if copy.inside >= WHOLE > copy.holds:
            evidence.append(Evidence("cut", share=round(copy.holds, 4)))
        elif copy.holds >= WHOLE > copy.inside:
            evidence.append(Evidence("extended", share=round(copy.inside, 4)))
    return Grounds(least_sure(sure, of_origin.confidence), evidence)


def _by_time(origin: Interval | None, own: Interval | None) -> tuple[list[Evidence], Confidence]:
    if origin is None or own is None:
        return [Evidence("undated", count=1)], "low"
    if not (is_timed(origin) and is_timed(own)):
        return [Evidence("dates_only", count=1)], "medium" if own[0] >= origin[1] else "low"
    hours = hours_between(origin, own)
    return [Evidence("later", hours=hours)], sureness(hours)


def sureness(hours: float) -> Confidence:
    """Say how much hours between two copies prove: clocks go wrong, and pages show when they were last changed."""
    return "high" if hours >= CLEAR_HOURS else "medium" if hours >= CLOSE_HOURS else "low"


def least_sure(*confidences: Confidence) -> Confidence:
    """Return the weakest."""
    return max(confidences, key=CONFIDENCES.index)

"""The lines of a text that name an agency, and the credit that a form finds in one."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from dedup.wire.names import Named


class Line(NamedTuple):
    """A line without the white space around it."""

    text: str
    short: str
    """The line with runs of white space as one space; empty where it is longer than any byline."""
    start: int
    """Code point at which it begins."""
    number: int
    """Lines before it that are not empty."""
    below: int
    """Lines after it that are not empty."""
    before: str
    """The line before it; empty for the first one."""
    after: str
    """The line after it; empty for the last one."""
    named: list[Named]
    """The names in it, in code points of the line."""


class Found(NamedTuple):
    """A credit in a line: the agencies, and the code points of the line that credit them."""

    agencies: list[str]
    start: int
    end: int


BYLINE = 120
"""Code points of the longest line that is taken for a byline: three names and their agencies."""
SPREAD = 8
"""Times that it may be longer by white space: the columns of a page that was made text."""
REACH = 140
"""Code points before the agency in a dateline: a place, a date, and what stands before it in brackets."""
OFFICE = 40
"""Code points after an agency that a person signs for: the office, a tail, a sign."""
FAR = 1 << 30
"""Lines above or below one that are not counted."""
NEXT = 80
"""Code points of the next line that are looked at."""
# Some archives keep carriage returns in caret notation.
_CARETS = re.compile(r"(?:\^[A-Z])+$")


def stands_out(text: str, named: Named, end: int) -> bool:
    """Tell whether a name may be a credit: near the start or end of its line, in brackets, or near the end of all.

    Most names stand in the middle of a paragraph.
    """
    return (
        named.start < REACH
        or text[named.start - 1] in "(（"
        or text.find("\n", named.start - REACH, named.start) >= 0
        or end - REACH < named.end
        or text.find("\n", named.end, named.end + OFFICE) >= 0
    )


def opening_lines(text: str, end: int, named: list[Named]) -> list[Line]:
    """Return the lines up to a place of a text that hold names; lines below them are not counted."""
    last = bisect_left(named, end, key=_start) - 1
    if last < 0:
        return []
    stop = text.find("\n", named[last].end, end)
    stop = min(stop + NEXT, end) if stop >= 0 else end
    return [line._replace(below=FAR) for line in lines_of(text, 0, stop, named)]


def closing_lines(text: str, start: int, end: int, named: list[Named]) -> list[Line]:
    """Return the lines between two places of a text that hold names, the last first; lines above are not counted."""
    first = bisect_left(named, start, key=_start)
    if first == len(named) or named[first].start >= end:
        return []
    begin = max(text.rfind("\n", start, named[first].start) - NEXT, start)
    return [line._replace(number=FAR) for line in lines_of(text, begin, end, named)][::-1]


def lines_of(text: str, start: int, end: int, named: list[Named]) -> list[Line]:
    """Return the lines between two places of a text that hold names."""
    rows, at = [], start
    for raw in text[start:end].splitlines(keepends=True):
        if line := raw.strip():
            line = _CARETS.sub("", line) if line[-2:-1] == "^" else line
            rows.append((line, at + (0 if raw[0] == line[0] else len(raw) - len(raw.lstrip()))))
        at += len(raw)
    found, place = [], bisect_left(named, start, key=_start)
    for number, (line, begins) in enumerate(rows):
        here = []
        while place < len(named) and named[place].start < begins + len(line):
            here.append(_within(named[place], begins))
            place += 1
        if here:
            before = rows[number - 1][0] if number else ""
            after = rows[number + 1][0] if number + 1 < len(rows) else ""
            found.append(Line(line, _short(line), begins, number, len(rows) - 1 - number, before, after, here))
    return found


def line_around(text: str, place: int, reach: int, named: list[Named]) -> Line:
    """Return what stands within so many code points of a place, in its line."""
    start = max(text.rfind("\n", 0, place) + 1, place - reach)
    end = text.find("\n", place, place + reach)
    end = end if end >= 0 else place + reach
    near = named[bisect_left(named, start, key=_start) : bisect_left(named, end, key=_start)]
    return Line(text[start:end], "", start, 0, 0, "", "", [_within(name, start) for name in near])


def _short(line: str) -> str:
    short = " ".join(line.split()) if len(line) <= SPREAD * BYLINE else ""
    return short if len(short) <= BYLINE else ""


def _start(named: Named) -> int:
    return named.start


def _within(named: Named, start: int) -> Named:
    return Named(named.start - start, named.end - start, named.name)

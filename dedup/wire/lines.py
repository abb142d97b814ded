"""The lines of a text that name an agency, and the credit that a form finds in one."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
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
    above: str
    """The end of what stands above it."""
    under: str
    """The beginning of what stands below it."""
    named: list[Named]
    """The names in it, in code points of the line."""

    @property
    def before(self) -> str:
        """The end of the line before it; empty for the first one."""
        return self.above.rstrip().rpartition("\n")[2]

    @property
    def after(self) -> str:
        """The beginning of the line after it; empty for the last one."""
        return self.under.lstrip().partition("\n")[0]


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
MANY = 24
"""Lines from which on they are not counted: all that is asked is whether they are few."""
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
    """Return the lines up to a place of a text that hold names, with the lines above them counted."""
    return [_line(text, 0, begin, stop, end, named, above=True) for begin, stop in _bounds(text, 0, end, named)]


def closing_lines(text: str, start: int, end: int, named: list[Named]) -> list[Line]:
    """Return the lines between two places of a text that hold names, with those below them counted."""
    bounds = _bounds(text, start, end, named)
    return [_line(text, start, begin, stop, end, named, below=True) for begin, stop in bounds]


def lines_of(text: str, start: int, end: int, named: list[Named]) -> list[Line]:
    """Return the lines between two places of a text that hold names; the lines around them are not counted."""
    return [_line(text, start, begin, stop, end, named) for begin, stop in _bounds(text, start, end, named)]


def _bounds(text: str, start: int, end: int, named: list[Named]) -> list[tuple[int, int]]:
    """Return where the lines that hold names begin and end, between two places of a text."""
    found, stop = [], start - 1
    for name in named[_first(named, start) : _first(named, end)]:
        if name.start >= stop:
            begin = max(text.rfind("\n", start, name.start) + 1, start)
            stop = text.find("\n", name.start, end)
            stop = stop if stop >= 0 else end
            found.append((begin, stop))
    return found


def _line(
    text: str,
    start: int,
    begin: int,
    stop: int,
    end: int,
    named: list[Named],
    *,
    above: bool = False,
    below: bool = False,
) -> Line:
    raw = text[begin:stop]
    line = raw.strip()
    begins = begin + raw.index(line)
    line = _CARETS.sub("", line) if line[-2:-1] == "^" else line
    here = named[_first(named, begin) : _first(named, stop)]
    return Line(
        line,
        _short(line),
        begins,
        _count(text, start, begin) if above else FAR,
        _count(text, stop, end) if below else FAR,
        text[max(start, begin - NEXT) : begin],
        text[stop : min(stop + NEXT, end)],
        [Named(name.start - begins, name.end - begins, name.name) for name in here],
    )


def _count(text: str, start: int, end: int) -> int:
    """Count the lines between two places that are not empty, up to a number."""
    if text.count("\n", start, end) > MANY:
        return FAR
    return sum(map(bool, map(str.strip, text[start:end].split("\n"))))


def line_around(text: str, place: int, reach: int, named: list[Named]) -> Line:
    """Return what stands within so many code points of a place, in its line."""
    start = max(text.rfind("\n", 0, place) + 1, place - reach)
    end = text.find("\n", place, place + reach)
    end = end if end >= 0 else place + reach
    near = named[_first(named, start) : _first(named, end)]
    return Line(text[start:end], "", start, 0, 0, "", "", [Named(n.start - start, n.end - start, n.name) for n in near])


def _short(line: str) -> str:
    if len(line) > BYLINE and (len(line) > SPREAD * BYLINE or "  " not in line):
        return ""
    short = " ".join(line.split())
    return short if len(short) <= BYLINE else ""


def _first(named: Sequence[tuple[object, ...]], place: int) -> int:
    """Return which name is the first that begins at a place or after it."""
    return bisect_left(named, (place,))

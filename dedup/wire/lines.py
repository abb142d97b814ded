"""The lines of a text that name an agency, and the credit that a form finds in one."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import NamedTuple

from dedup.wire.names import Named


class Line(NamedTuple):
    """A line without the white space around it."""

    text: str
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


# Some archives keep carriage returns in caret notation.
_CARETS = re.compile(r"(?:\^[A-Z])+$")


def lines_of(text: str, start: int, named: list[Named]) -> list[Line]:
    """Return the lines of a text that hold names; `named` are in code points of what the text begins `start` into."""
    rows, at = [], start
    for raw in text.splitlines(keepends=True):
        if line := raw.strip():
            line = _CARETS.sub("", line) if line[-2:-1] == "^" else line
            rows.append((line, at + len(raw) - len(raw.lstrip())))
        at += len(raw)
    found, place = [], bisect_left(named, start, key=lambda name: name.start)
    for number, (line, begins) in enumerate(rows):
        here = []
        while place < len(named) and named[place].start < begins + len(line):
            name = named[place]
            here.append(Named(name.start - begins, name.end - begins, name.name))
            place += 1
        if here:
            before = rows[number - 1][0] if number else ""
            after = rows[number + 1][0] if number + 1 < len(rows) else ""
            found.append(Line(line, begins, number, len(rows) - 1 - number, before, after, here))
    return found

"""Which news agencies a text credits, and which it only names.

A *credit* says whose text this is; a *mention* says who was heard ("Reuters reported that"). What tells them apart is
the form, not the name, so only forms are looked for, and only where they stand:

- the **dateline** that opens a story (`datelines`): ``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/.``;
- the **byline**, a line that holds nothing but names (`bylines`): ``By Reuters``, ``Par Le Monde avec AFP``;
- the **notice** at the end (`notices`): ``© AFP``, ``(ats/afp)``, ``The Associated Press contributed to this report``;
- what a page states for machines: an author, a publisher.

Work is bounded whatever the text: `HEAD` and `TAIL` code points are cut off it, one pass finds the names in them
(`automaton`), lines without any are not looked at, and regular expressions see short pieces around names only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from dedup.records import Credit, CreditKind
from dedup.wire.bylines import byline, led, names_alone, signed
from dedup.wire.datelines import WINDOW, dateline
from dedup.wire.lines import Found, Line, closing_lines, line_around, lines_of, opening_lines, stands_out
from dedup.wire.names import DESK, Named, find, find_in, name_of
from dedup.wire.notices import last_words, notice, stated

HEAD = 5000
"""Code points at the start of a text that are looked at."""
TAIL = 2000
"""Code points at its end."""
LEAD = 3000
"""Code points at the start in which a dateline or byline is looked for: a few paragraphs."""
LEAD_LINES = 8
"""Lines at the start that may hold a byline without "by": headline, standfirst, byline, caption, place and date."""
TAIL_LINES = 6
"""Lines at the end that may hold notices: those of writers, editors and several agencies follow one another."""
CUES = 64
"""Places of a text that are looked at because they may say something of an agency ("©")."""
METADATA = 200
"""Code points of the longest statement of a page that is read: an author's name, not a text."""

_Form = Callable[[Line], Found | None]


class Attribution(NamedTuple):
    """The agencies that a text credits, and those that it only names."""

    credits: list[Credit]
    """Datelines first, then bylines, notices and metadata; each agency once."""
    mentions: list[str]
    """In the order in which the text names them."""


def credits(text: str, beside: Sequence[str] = (), metadata: Sequence[str] = ()) -> Attribution:
    """Find the agencies that a text credits.

    Parameters
    ----------
    text
        The cleaned text, one block a line.
    beside
        Texts of the blocks that do not belong to it but may hold a credit: those labelled byline or legal.
    metadata
        What a page states for machines: authors, publisher, owner, source.

    Returns
    -------
    Attribution
        Credits with their evidence, the most important first, and mentions.
    """
    return credits_of([Told(text, beside, metadata)])[0]


class Told(NamedTuple):
    """What tells of one document who is credited; see `credits`."""

    text: str
    beside: Sequence[str] = ()
    metadata: Sequence[str] = ()


def credits_of(told: Sequence[Told]) -> list[Attribution]:
    """Find the agencies that each of some texts credits: much faster than one by one."""
    readings = [_Reading(text, beside) for text, beside, _ in told]
    for reading, named in zip(readings, find_in([reading.whole for reading in readings]), strict=True):
        reading.named = named
    return [_attributed(reading, one.metadata) for reading, one in zip(readings, told, strict=True)]


def _attributed(reading: _Reading, metadata: Sequence[str]) -> Attribution:
    credited = [*reading.credits(), *_stated(metadata)] if reading.named or metadata else []
    named = dict.fromkeys(name.agency for _, _, name in reading.named if name.is_sure and name.agency)
    if not credited:
        return Attribution([], list(named))
    first = {credit.agency: credit for credit in reversed(credited)}  # the most important of each
    kept = [credit for credit in credited if first[credit.agency] is credit]
    return Attribution(kept, [agency for agency in named if agency not in first])


class _Reading:
    """A text and what stands beside it, as they are looked at."""

    def __init__(self, text: str, beside: Sequence[str]) -> None:
        cut = len(text) > HEAD + TAIL
        seen = f"{text[:HEAD]}\n{text[-TAIL:]}" if cut else text
        whole = "\n".join((seen, *(block[:LEAD] for block in beside))) if beside else seen
        if not whole.isascii():
            whole = whole.replace("\u00a0", " ").replace("\u202f", " ")
        self.whole, self._length = whole, len(seen)
        self._left_out = len(text) - len(seen) if cut else 0
        self.named: list[Named] = []
        """Names in it, which who reads several texts at once finds."""

    def credits(self) -> Iterator[Credit]:
        """Go through the credits, the most important kinds first."""
        if not any(name.agency or name.cue == DESK for _, _, name in self.named):  # most texts name no agency
            return
        whole, length = self.whole, self._length
        names = [named for named in self.named if named.name.agency and stands_out(whole, named, length)]
        cues = [named.start for named in self.named if not named.name.agency][:CUES]
        lead = opening_lines(whole, min(LEAD, length), names)
        closing = closing_lines(whole, max(0, length - TAIL), length, names)
        tail = [line for line in closing if line.below < TAIL_LINES]
        opening = [line for line in lead if line.short and not self._closes(line, tail)]
        around = lines_of(whole, length + 1, len(whole), names) if length < len(whole) else []
        forms: tuple[tuple[CreditKind, Iterable[Line], _Form], ...] = (
            ("dateline", lead, dateline),
            ("byline", around, byline),
            ("byline", [line for line in opening if line.number < LEAD_LINES], names_alone),
            ("byline", opening, led),
            ("byline", opening, signed),
            ("notice", tail, notice),
            ("notice", around, notice),
            ("notice", (line_around(whole, cue, WINDOW, self.named) for cue in cues), stated),
            ("notice", [line for line in tail if not line.below], last_words),
        )
        for kind, places, form in forms:
            for line in places:
                if (found := form(line)) is not None:
                    yield from self._credits(kind, line, found)

    def _closes(self, line: Line, tail: list[Line]) -> bool:
        """Tell whether a short line is one of the last lines, and none of the first."""
        if line.number >= LEAD_LINES:
            return bool(tail) and line.start >= tail[0].start
        return line.number > 1 and not self.whole[line.start + len(line.text) : self._length].strip()

    def _credits(self, kind: CreditKind, line: Line, found: Found) -> Iterator[Credit]:
        evidence = " ".join(line.text[found.start : found.end].split())
        start = line.start + found.start
        shift = self._left_out if start > HEAD else 0
        place = (start + shift, line.start + found.end + shift) if start < self._length else (None, None)
        for agency in found.agencies:
            yield Credit(agency, kind, evidence, *place)


def _stated(metadata: Sequence[str]) -> Iterator[Credit]:
    """Go through what a page states: each name of an agency, or of a person and an agency."""
    for statement in metadata:
        text = " ".join(statement[: METADATA + 1].split())
        named = find(text) if len(text) <= METADATA else []
        line = Line(text, text, 0, 0, 0, "", "", named)
        alone = name_of(text) if named else None
        found = Found([alone.agency], 0, len(text)) if alone else named and (names_alone(line) or byline(line))
        for agency in found.agencies if found else ():
            yield Credit(agency, "metadata", text)

"""The notice at the end of a text.

``© AFP``, ``The Associated Press contributed to this report``, ``(Reporting by …; Editing by …)``, ``… he said. (dpa)``
"""

from __future__ import annotations

import re

from dedup.wire.bylines import led, names_alone
from dedup.wire.datelines import WINDOW, among, defines
from dedup.wire.lines import Found, Line
from dedup.wire.names import DESK, Name, Named, name_of, words

DESK_AGENCY = "Reuters"
"""It closes with who wrote and who edited, in the language of the service."""
_DESK_NOTICES = (
    re.compile(r"(?:additional\s)?(?:reporting|writing)\sby\s[^\n]{2,300}?[;.]\s?(?:\w+\s)?editing\sby\s", re.I),
    re.compile(
        r"(?:reportage|reporte|reportaje|información)\s(?:de\s|par\s)?[^\n]{2,200}?;?\s?"
        r"(?:édité par|editado (?:en español )?por)\s", re.I),
)  # fmt: skip
_OWNER = re.compile(
    r"(?:©|\(c\)|copyright)[\s©(c)]{0,6}(?:\d{4})?[\s,–-]{0,3}(?:\d{4})?[\s,]{0,2}"
    r"(?:(?:by|the|par|agence|agencia)\s){0,2}$",
    re.I,
)
_OWNED = re.compile(r"\s?[™®]?\s?(?:&|and|,)?\s?©")
_OWNER_REACH = 48
"""Code points between the sign of copyright and the owner: the sign, two years and an article."""
_REACH = 60
_CLOSING = re.compile(r"[(（\[/]([^()（）\[\]/]{2,40}(?:/[^()（）\[\]/]{2,40})*)[)）\]/]$")
_SENTENCE_END = re.compile(r"[.!?…»”\"。]\s{0,3}")
_COLUMN = re.compile(r"\d?\s{2,}")
_IS = re.compile(r"\s(?:is|are)\s(?:an?\s)?$")
_OFFICE = re.compile(r"(?:\s[\w-]+){1,3}(?=\.?$)")
NAMES = 16
"""Names of one line that are looked at."""


def notice(line: Line) -> Found | None:
    """Read a line that closes a text."""
    return names_alone(line) or led(line) or works_for(line)


def stated(line: Line) -> Found | None:
    """Read what a line says of whose text it is, or who helped: such words stand nowhere else."""
    found = _owned(line) or _helped(line) or _desk(line)
    return None if found and words().pictures.search(line.text, *_around(found)) else found


def _around(found: Found) -> tuple[int, int]:
    return max(0, found.start - WINDOW), found.end + _REACH


def _owned(line: Line) -> Found | None:
    for start, end, name in line.named[-NAMES:]:
        near = max(0, start - _OWNER_REACH)
        owner = _OWNER.search(line.text[near:start]) if name.agency else None
        if owner:
            return Found([name.agency], near + owner.start(), end)
        if name.agency and (sign := _OWNED.match(line.text, end)):
            return Found([name.agency], start, sign.end())
    return None


def _helped(line: Line) -> Found | None:
    """``Associated Press writers … contributed to this report``, ``Mit Material von dpa und AFP``."""
    names = [named for named in line.named[-NAMES:] if named.name.agency]
    for place, (start, end, _) in enumerate(names):
        if after := words().helped.match(line.text, end, end + WINDOW):
            inside = [other.name.agency for other in names[place:] if other.end <= after.end()]
            return Found(inside, start, after.end())
        before = words().uses.search(line.text[max(0, start - _REACH) : start])
        if before:
            listed = _joined(line, names[place:])
            return Found(
                [named.name.agency for named in listed], max(0, start - _REACH) + before.start(), listed[-1].end
            )
    return None


def works_for(line: Line) -> Found | None:
    """Read ``Jane Doe is an Associated Press writer``."""
    for start, end, name in line.named[-NAMES:]:
        before = _IS.search(line.text[max(0, start - 16) : start])
        office = _OFFICE.match(line.text, end) if before and name.agency else None
        if office and words().roles.search(office[0]):
            return Found([name.agency], 0, end + len(office[0]))
    return None


def _joined(line: Line, names: list[Named]) -> list[Named]:
    last = 1
    while last < len(names) and re.fullmatch(
        r"[\s,/&]*(?:\w{1,3}\s)?(?:the\s)?", line.text[names[last - 1].end : names[last].start]
    ):
        last += 1
    return names[:last]


def _desk(line: Line) -> Found | None:
    for named in line.named:
        if named.name is DESK:
            near = max(0, named.start - WINDOW)
            for form in _DESK_NOTICES:
                match = form.search(line.text, near, named.end + 1)
                if match and line.text[: match.start()].rstrip()[-1:] in ("", "(", "."):
                    return Found([DESK_AGENCY], match.start(), named.end)
    return None


def last_words(line: Line) -> Found | None:
    """``… he said. (dpa)``, ``… dijo. EFE``: names after the last sentence."""
    near = max(0, len(line.text) - WINDOW)
    tail = line.text[near:].rstrip(" .")
    ends = [match.end() for match in _SENTENCE_END.finditer(tail)]
    begins = ends[-1] if ends else len(tail)
    last = tail[begins:]
    if not last.strip():
        closing = _CLOSING.search(tail)
        if closing is None or defines(tail[: closing.start()], closing[1]):
            return None
        begins, last = closing.start(), closing[0]
    names = _closing(last)
    return (
        Found([name.agency for name in names], near + begins + len(last) - len(last.lstrip()), near + len(tail))
        if names
        else None
    )


def _closing(last: str) -> list[Name]:
    text = last.strip()
    if not text or words().pictures.search(text):
        return []
    bracketed = text[0] in "(（[/" and text[-1] in ")）]/"
    names = among(text.strip("()（）[]/ ")) if bracketed else [name for name in [name_of(text)] if name]
    return names if bracketed or any(name.is_sure for name in names) else []

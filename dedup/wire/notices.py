"""The notice at the end of a text.

``© AFP``, ``The Associated Press contributed to this report``, ``(Reporting by …; Editing by …)``, ``… he said. (dpa)``
"""

from __future__ import annotations

import re

from dedup.wire.bylines import led, names_alone
from dedup.wire.datelines import WINDOW, among, defines
from dedup.wire.lines import Found, Line
from dedup.wire.names import DESK, HELPED, OWNS, USES, Name, Named, is_picture, name_of, words

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
    r"(?:(?:by|the|par|agence|agencia)\s){0,2}",
    re.I,
)
_OWNER_REACH = 48
"""Code points between the sign of copyright and the owner: the sign, two years and an article."""
_OWNED = re.compile(r"\s?[™®]?\s?(?:&|and|,)?\s?")
_SENTENCE = re.compile(r"[^\W\d_]{3,}[.!?][\"”’)]?\s")
_BETWEEN = re.compile(r"[\s,/&]*(?:\w{1,3}\s)?(?:the\s)?", re.I)
_BEFORE_USED = re.compile(r"[\s:]*(?:(?:the|la|le|las|los|de|der|l['’])\s?){0,2}", re.I)
HELPER_REACH = 160
"""Code points between an agency and what it did: the names of its writers, and where they are."""
PICTURE = 60
"""Code points after a notice in which a picture may be told of."""
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
    forms = {OWNS: _owned, HELPED: _helped, USES: _used, DESK: _desk}
    for cue in line.named:
        found = forms[cue.name.cue](line, cue) if cue.name.cue else None
        if found and not is_picture(line.text[max(0, found.start - WINDOW) : found.end + PICTURE]):
            return found
    return None


def _owned(line: Line, cue: Named) -> Found | None:
    """``© 2026 AFP``, ``The-CNN-Wire ™ & ©``."""
    for start, end, name in line.named:
        if (
            name.agency
            and cue.start < start <= cue.start + _OWNER_REACH
            and _OWNER.fullmatch(line.text, cue.start, start)
        ):
            return Found([name.agency], cue.start, end)
        if name.agency and end <= cue.start and _OWNED.fullmatch(line.text, end, cue.start):
            return Found([name.agency], start, cue.end)
    return None


def _helped(line: Line, cue: Named) -> Found | None:
    """``Associated Press writers Jane Doe and John Roe contributed to this report``."""
    near = [named for named in line.named if cue.start - HELPER_REACH <= named.start < cue.start and named.name.agency]
    names = [named for named in near if not _SENTENCE.search(line.text, named.end, cue.start)]
    closes = " " in line.text[cue.start : cue.end] or line.text[cue.end :].strip() in ("", ".")
    return Found([named.name.agency for named in names], names[0].start, cue.end) if names and closes else None


def _used(line: Line, cue: Named) -> Found | None:
    """Read what a text uses: ``This report includes material from AFP and Reuters``."""
    names: list[Named] = []
    for named in line.named:
        last = names[-1].end if names else cue.end
        between = _BETWEEN if names else _BEFORE_USED
        if named.start >= last and named.name.agency and between.fullmatch(line.text, last, named.start):
            names.append(named)
    return Found([named.name.agency for named in names], cue.start, names[-1].end) if names else None


def _desk(line: Line, cue: Named) -> Found | None:
    """Read what an editor signs: ``(Reporting by Jane Doe in Oslo; Editing by John Roe)``."""
    for form in _DESK_NOTICES:
        match = form.search(line.text, max(0, cue.start - WINDOW), cue.end + 1)
        if match and line.text[: match.start()].rstrip()[-1:] in ("", "(", "."):
            return Found([DESK_AGENCY], match.start(), cue.end)
    return None


def works_for(line: Line) -> Found | None:
    """Read what an author is: ``Jane Doe is an Associated Press writer``."""
    for start, end, name in line.named[-NAMES:]:
        before = _IS.search(line.text[max(0, start - 16) : start])
        office = _OFFICE.match(line.text, end) if before and name.agency else None
        if office and words().roles.search(office[0]):
            return Found([name.agency], 0, end + len(office[0]))
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
        if closing is None or defines(tail[: closing.start()], closing[1]) or _is_caption(tail[: closing.start()]):
            return None
        begins, last = closing.start(), closing[0]
    names = _closing(last)
    return (
        Found([name.agency for name in names], near + begins + len(last) - len(last.lstrip()), near + len(tail))
        if names
        else None
    )


def _is_caption(text: str) -> bool:
    """Tell a name, which brackets behind it give an agency to, from the end of a story: ``Jane Doe (AP)``."""
    return len(text) < PICTURE and all(word[0].isupper() for word in text.split())


def _closing(last: str) -> list[Name]:
    text = last.strip()
    if not text or is_picture(text):
        return []
    bracketed = text[0] in "(（[/" and text[-1] in ")）]/"
    names = among(text.strip("()（）[]/ ")) if bracketed else [name for name in [name_of(text)] if name]
    return names if bracketed or any(name.is_sure for name in names) else []

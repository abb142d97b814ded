"""The byline: a line that holds nothing but names, and a date.

``By Reuters``, ``Par Le Monde avec AFP``, ``By JANE DOE, AP Diplomatic Writer``, ``(ats/afp)``. Pictures are signed in
the same way (``Jane Doe / AP``), so one person and an agency are a byline only where a line says so, or opens the text.
"""

from __future__ import annotations

import re

from dedup.wire.datelines import defines
from dedup.wire.lines import OFFICE, Found, Line
from dedup.wire.names import Name, is_led, is_picture, name_of, parts_of, without_lead, words

OPENING = 2
"""Lines before a byline without "by": a headline and a standfirst."""
_SENTENCE_ENDS = ".!?:…»”\"')）。"
_MIDST = re.compile(r"[^\W\d]{2,}[.,]$")
_EDGES = " -–—―*•|"
_BRACKETS = " ()[]（）【】-–—―/.*•|"
_CLOSING = re.compile(r"[(（\[/]([^()（）\[\]/]{2,40})[)）\]/]$")
# A date at the end of a byline, with the word or two before it: "avec AFP le 11 mars 2026 à 12h37".
_DATED = re.compile(r"\s(?:[^\W\d]{2,3}\s)?\d.*$")
# What may stand beside an agency in a line of names: a desk or town (dpa/lnw, AFP, Paris), a day or time.
_BESIDE = re.compile(r"\w+\.?$|.*\d")
_DESK = re.compile(r"[a-zäöü]{2,4}$")
_OWNED = re.compile(r"©|\(c\)|copyright", re.I)
_DIGIT = re.compile(r"\d")
_SEPARATED = re.compile(r"[,/|·•–—-]\s*(?:\w{1,4}\s)?$")
_CLOCK = re.compile(r"(?:\d[\d:.,/-]*(?:st|nd|rd|th|h\d*)?|[^\W\d]{1,10}\.?),?")


def names_alone(line: Line) -> Found | None:
    """Read a line of the text: ``AFP``, ``By Reuters``, ``Par Le Monde avec AFP``, ``(ats/afp)``, and nothing else."""
    text = line.short
    if not text or _goes_on(line) or _says_more(line):
        return None
    names = _list(text, line) or _dated(line)
    names = [] if names and is_picture(text) else names
    return Found([name.agency for name in names], 0, len(line.text)) if names else None


def _goes_on(line: Line) -> bool:
    """Tell whether a line goes on with a sentence, in a text whose lines are cut at some width."""
    return len(line.before) > 30 and line.before[-1] not in _SENTENCE_ENDS and _MIDST.search(line.text) is not None


def _says_more(line: Line) -> bool:
    """Tell whether a small word follows the name that follows none in a list: "Reuters reported"."""
    start, end, _ = line.named[0]
    rest = line.text[end : end + OFFICE].split(maxsplit=1)
    return start > OFFICE or (bool(rest) and rest[0][0].islower() and rest[0] not in words().followers)


def _signs_picture(line: Line) -> bool:
    """Tell whether initials stand below a caption, and not above a date."""
    is_date = any(map(str.isdigit, line.after)) and len(line.after) < 40
    return line.number > 0 and line.text.isupper() and line.before.endswith(".") and line.below > 0 and not is_date


def _list(text: str, line: Line) -> list[Name]:
    """Return the agencies of a line that holds only agencies, desks, towns and dates."""
    if text.count("(") != text.count(")"):
        return []
    bare = text.strip(_BRACKETS)
    parts = parts_of(bare)
    if not parts or name_of(parts[0]) is None:
        return []
    names = [name_of(part) for part in parts]
    beside = _DESK if "/" in text else _BESIDE
    if not all(n or beside.match(p) for n, p in zip(names, parts, strict=True)):
        return []
    found = [name for name in names if name]
    if without_lead(bare) != bare or text[0] in "(/（©":
        return found
    # A line that says TAP may be a menu's.
    sure = any(name.is_sure for name in found) or (len(bare) > 4 and 0 < line.number <= OPENING)
    return found if sure and not _signs_picture(line) else []


def _dated(line: Line) -> list[Name]:
    """``Associated Press Monday, July 16, 2018``."""
    start, end, name = line.named[0]
    rest = line.text[end:].split()
    is_date = 0 < len(rest) <= 8 and any(word[0].isdigit() for word in rest) and all(map(_CLOCK.fullmatch, rest))
    return [name] if name.is_sure and is_date and not start else []


def led(line: Line) -> Found | None:
    """Read a line of the text that says it is a byline: ``By Jane Doe, AP``, ``Posted 3:57 pm by Associated Press``."""
    text = line.short
    if not text or "/" in text or _goes_on(line):
        return None
    bare = text.lstrip(" -–—―([（【*")
    opened = is_led(bare) or (_DIGIT.search(text) and words().stamps.search(text))
    return byline(line) if opened else None


def signed(line: Line) -> Found | None:
    """Read a line that opens a text: ``Jane Doe and John Roe, Associated Press``, ``Jane Doe, AP Political Writer``."""
    text = line.short
    start, end, _ = line.named[-1]
    if not text or len(line.text) - end > OFFICE or not _SEPARATED.search(line.text[max(0, start - 8) : start]):
        return None
    *persons, last = parts_of(text.strip(_EDGES)) or [""]
    name = name_of(last)
    full = len(last) > 4 and not last.isupper()
    if name is None or not (name.is_sure or full) or not persons or not all(map(_is_person, persons)):
        return None
    if is_picture(text):
        return None
    several = len(persons) > 1
    opens = line.number <= OPENING and not line.before.endswith((".", ")"))
    first = (opens or without_lead(last) != last) and "/" not in text and "|" not in text
    return Found([name.agency], 0, len(line.text)) if several or (first and full) else None


def byline(line: Line) -> Found | None:
    """Read a line that is known to be a byline: ``Jane Doe, Associated Press`` counts too."""
    text = line.short
    if not text or is_picture(text) or _OWNED.match(text):
        return None
    closing = _CLOSING.search(text.rstrip(" ."))
    if closing and defines(text[: closing.start()], closing[1]):
        return None
    parts = [part for piece in re.split(r"[()（）【】]", text) for part in parts_of(piece.strip(_EDGES))]
    names = [(name, part) for part in parts if (name := _signer(_DATED.sub("", part)))]
    # Harrisburg, PA is a place, and APP a menu's.
    sure = [name.agency for name, part in names if name.is_sure or len(part) > 4 or without_lead(part) != part]
    found = (sure if all(map(_is_name, parts)) else []) or [name.agency for name in _dated(line)]
    return Found(found, 0, len(line.text)) if found else None


def _signer(part: str) -> Name | None:
    """Return the agency that `part` is, or ends with after a person's name: ``Jane Doe Associated Press``."""
    part = words().stamps.sub("", part).strip()
    pieces = without_lead(part).split()
    if words().roles.search(part):
        pieces.pop()
        shorter = (pieces[: len(pieces) - office] for office in range(min(4, len(pieces))))  # Diplomatic Writer
        return next((name for rest in shorter if (name := _last_name(rest, least=0))), None)
    return _last_name(pieces) or name_of(part)


def _last_name(pieces: list[str], least: int = 1) -> Name | None:
    """Return the sure name that the pieces end with, after at least so many words that are a person's name."""
    for count in range(min(4, len(pieces) - least), 0, -1):
        name = name_of(" ".join(pieces[-count:]))
        if name and name.is_sure and not any(word[0].islower() for word in pieces[:-count]):
            return name
    return None


def _is_name(part: str) -> bool:
    """Tell a person, a paper, an office or a date from a piece of a sentence."""
    pieces = part.split()
    small = [word for word in pieces if word[0].islower() and len(word) > 2]
    return any(char.isdigit() for char in part) or (len(pieces) <= 8 and len(small) < 3)


def _is_person(part: str) -> bool:
    pieces = part.split()
    return 2 <= len(pieces) <= 5 and not any(word[0].islower() or any(map(str.isdigit, word)) for word in pieces)

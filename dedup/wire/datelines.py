"""The dateline that opens a story: place, date and agency, then the first sentence.

``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/.``, ``МОСКВА, 3 мар — РИА Новости.``, ``新华社北京3月3日电``
"""

from __future__ import annotations

import re
from itertools import islice

from dedup.wire.lines import REACH, Found, Line
from dedup.wire.names import Name, is_led, is_picture, name_of, names_at_end, parts_of

WINDOW = 240
"""Code points of one line that are looked at: longer than any dateline, byline or notice."""
TOWN = 80
"""Code points of the longest place and date before brackets."""
INNER = 60
"""Code points of the longest text in brackets."""
TAIL = 24
"""Code points between the agency and what ends the dateline: "Health", "News Agency"."""
_END = re.compile(r"\s{0,3}(?P<sep>[-–—―:.,−]|$)?")
_BRACKETS = dict(zip("(（[［【〔/", ")）]］】〕/", strict=True))
_ANY_BRACKET = re.compile(r"[()（）\[\]［］【】〔〕|/]")
_PART_OF_PLACE = re.compile(r"\s?\([^()]{1,40}\)$")
_OPENING = re.compile(r"[(（\[［【〔/]")
_STOP = re.compile(r"[-–—―,.:](?:(?<=[–—―])|(?<=\s-)(?=\s)|(?<=[,.:])(?=\s))\s?")
_SOURCED = re.compile(r"[（(【\[〔]?(?:据|據)?(?:综合|綜合)?")
_CABLE = re.compile(r"\S{1,24}?[日社]?[电電](?![话話视視影子力])")
_RUN_IN = re.compile(r"\s?\)\s{0,2}(?:--?|[–—])\s")


def dateline(line: Line) -> Found | None:
    """Read the dateline of a line, if it has one."""
    if line.named[0].start < REACH:
        head = line.text[:WINDOW]
        if found := _telegram(line, head) or _bracketed(line, head) or _dashed(line, head):
            return found
    return _run_in(line)


def _telegram(line: Line, head: str) -> Found | None:
    """``新华社北京3月3日电``: the agency, the place and the date, then "cables"."""
    start, end, name = line.named[0]
    if start <= 4 and _SOURCED.fullmatch(head, 0, start) and (cable := _CABLE.match(head, end)):
        return Found([name.agency], 0, cable.end())
    return None


def _bracketed(line: Line, head: str) -> Found | None:
    """``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/``, ``（東京　共同）``: place, agency in brackets, a stop."""
    start, end, _ = line.named[0]
    if not _OPENING.search(head, 0, start):
        return None
    opening = max(head.rfind(bracket, 0, start) for bracket in _BRACKETS)
    if (
        "/" in head[opening : opening + 1]
        and (outer := max(head.rfind(b, 0, start) for b in _BRACKETS if b != "/")) >= 0
    ):
        opening = outer  # (dpa/AFP)
    closing = head.find(_BRACKETS[head[opening]], end, end + INNER) if opening >= 0 else -1
    if closing < 0 or opening > TOWN + INNER:
        return None
    place, inner = head[:opening], head[opening + 1 : closing]
    stop = _END.match(head, closing + 1)
    told = _PART_OF_PLACE.sub("", place)  # SAINT-VÉRAN (Hautes-Alpes) (AFP) —
    slashed = head[opening] == "/"
    if stop is None or len(told) > TOWN or _ANY_BRACKET.search(told if slashed else told.replace("/", "")):
        return None
    if slashed and place[-1:].strip():
        return None
    rest = head[stop.end() :]
    agencies = _in_brackets(place, inner, rest, is_stopped=stop["sep"] is not None)
    return Found(agencies, 0, len(head[: stop.end()].rstrip())) if agencies else None


def _in_brackets(place: str, inner: str, rest: str, *, is_stopped: bool) -> list[str]:
    """Return the agencies that brackets hold, if they stand between a place and a story."""
    dated = any(char.isdigit() for char in place)
    initials = inner.islower() and " " not in inner  # Bern (sda) Der Rat
    if not rest.strip() and not (dated or place.isupper()):
        return []  # a picture is signed so: Jane Doe (AP)
    if not (is_stopped or not place.strip() or place.isupper() or dated or initials):
        return []
    if not _is_place(place) or defines(place, inner):
        return []
    names = among(inner)
    # (PA) - may be anything; (Belga) -, (AGI) - Roma, 3 mar. -, and (ats) Le conseil, may not.
    opens = initials and rest[:1].isupper()
    sure = place.strip() or len(inner) > 4 or opens or any(char.isdigit() for char in rest[:40])
    return [name.agency for name in names] if sure or any(name.is_sure for name in names) else []


def _dashed(line: Line, head: str) -> Found | None:
    """``МОСКВА, 3 мар — РИА Новости.``, ``AFP - ``: place, agency, a stop, no brackets."""
    if not _STOP.search(head, line.named[0].end, line.named[0].end + TAIL):
        return None
    start, after_comma = 0, False
    stops = () if is_led(head) else islice(_STOP.finditer(head), 4)  # what is led is a byline
    for stop in stops:
        comma = stop[0][0] == ","
        named = any(start <= name.start < stop.start() for name in line.named[:4])
        names = _listed(head[start : stop.start()]) if named and not (comma or after_comma) else []
        if not names:
            start, after_comma = stop.end(), comma  # PHILADELPHIA, PA — is a state
            continue
        rest = head[stop.end() :].lstrip("«„“\"'¿¡ ")
        dated = any(char.isdigit() for char in head[:start])
        sure = dated or any(name.is_sure for name in names)
        sure = sure and (start > 0 or stop[0][0] in "-–—―")  # "Reuters. It" and "Reuters: it" say who was heard
        if sure and rest and not rest[0].islower() and _is_place(head[:start]):
            return Found([name.agency for name in names], 0, len(head[: stop.end()].rstrip()))
        start = stop.end()
    return None


def _listed(piece: str) -> list[Name]:
    """Return the agencies that a piece names, if it names nothing else: ``AFP``, ``EFE/AP``."""
    names = [name_of(part) for part in piece.split("/")]
    return [name for name in names if name] if all(names) else []


def _run_in(line: Line) -> Found | None:
    """``By Jane Doe LONDON (AP) — ``: headline and byline stand before the place, in the same line."""
    for start, end, name in line.named[:8]:
        if not start or line.text[start - 1] not in "(（" or not name.is_sure:
            continue
        stop = _RUN_IN.match(line.text, end)
        before = line.text[max(0, start - 1 - TOWN) : start - 1] if stop else ""
        places = [word for word in re.findall(r"[^\W\d_][\w.'’/-]+", before)[-3:] if word.isupper() and len(word) > 3]
        if stop and places and not defines(before, line.text[start:end]) and not is_picture(before):
            return Found([name.agency], line.text.rindex(places[0], 0, start), stop.end() - 1)
    return None


def among(inner: str) -> list[Name]:
    """Return the agencies in brackets: ``dpa/lnw``, ``서울=연합뉴스``, ``東京　3日　ロイター``, ``東京共同``."""
    if is_picture(inner):
        return []
    if name := name_of(inner):
        return [name]
    parts = parts_of(inner)
    names = [name_of(part) for part in parts]
    if "/" in inner and not (names and names[0]):  # (Jane Doe/AFP) signs a picture: the agency goes first
        return []
    last = names_at_end(inner)
    return [name for name in names if name] or ([last] if last else [])


def _is_place(place: str) -> bool:
    """Tell ``Frankfurt am Main, 3. März`` from the beginning of a sentence, or from the name of an agency."""
    town, _, rest = place.strip(" -–—―,.").partition(",")
    parts = town.split()
    named = all(not word[0].islower() or len(word) <= 3 or any(c.isdigit() for c in town) for word in parts)
    rest = rest.strip()
    dated = not rest or not rest[0].islower() or any(char.isdigit() for char in rest)
    placed = len(parts) <= 6 and len(rest) <= 40 and named and dated
    return placed and not (name_of(town) or is_picture(place))


def defines(before: str, initials: str) -> bool:
    """Tell whether brackets explain a name: ``American Airlines (AA)``, ``Palestinian Authority (PA)``."""
    parts = re.findall(r"\w+", before[-WINDOW:])[-len(initials) :]
    return len(initials) > 1 and "".join(word[0] for word in parts).casefold() == initials.casefold()

"""The dateline that opens a story: place, date and agency, then the first sentence.

``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/.``, ``МОСКВА, 3 мар — РИА Новости.``, ``新华社北京3月3日电``
"""

from __future__ import annotations

import re
from itertools import islice

from dedup.wire.lines import REACH, Found, Line
from dedup.wire.names import Name, is_led, name_of, names_at_end, parts_of, words

WINDOW = 240
"""Code points of one line that are looked at: longer than any dateline, byline or notice."""
TOWN = 80
"""Code points of the longest place and date before brackets."""
INNER = 60
"""Code points of the longest text in brackets."""
_TOWN = rf"[^()（）\[\]［］【】〔〕|]{{0,{TOWN}}}?"
_BRACKETS = rf"\s?[(（\[［【〔](?P<inner>[^()（）\[\]［］【】〔〕]{{1,{INNER}}})[)）\]］】〕]"
_END = r"\s{0,3}(?P<sep>[-–—―:.,−]|$)?"
_BRACKETED = (
    re.compile(rf"(?P<place>{_TOWN}){_BRACKETS}{_END}"),
    re.compile(rf"(?P<place>{_TOWN}\([^()]{{1,40}}\)){_BRACKETS}{_END}"),  # SAINT-VÉRAN (Hautes-Alpes) (AFP) —
    re.compile(rf"(?P<place>[^()/|]{{0,{TOWN}}}?)(?:^|\s)/\s?(?P<inner>[^/]{{2,40}}?)\s?/{_END}"),
)
_OPENING = re.compile(r"[(（\[［【〔/]")
_CLOSING = re.compile(r"[)）\]］】〕/]")
_STOP = re.compile(r"[-–—―,.:](?:(?<=[–—―])|(?<=\s-)(?=\s)|(?<=[,.:])(?=\s))\s?")
_SOURCED = re.compile(r"[（(【\[〔]?(?:据|據)?(?:综合|綜合)?")
_CABLE = re.compile(r"\S{1,24}?[日社]?[电電](?![话話视視影子力])")
_RUN_IN = re.compile(r"\s?\)\s{0,2}(?:--?|[–—])\s")


def dateline(line: Line) -> Found | None:
    """Read the dateline of a line, if it has one."""
    if line.named[0].start < REACH:
        head = line.text[:WINDOW]
        _, end, _ = line.named[0]
        in_brackets = _OPENING.search(head, 0, end) and _CLOSING.search(head, end, end + INNER)
        stopped = _STOP.search(head, end, end + INNER)
        found = _telegram(line, head) or (_bracketed(head) if in_brackets else None) or (_dashed(line, head) if stopped else None)
        if found:
            return found
    return _run_in(line)


def _telegram(line: Line, head: str) -> Found | None:
    """``新华社北京3月3日电``: the agency, the place and the date, then "cables"."""
    start, end, name = line.named[0]
    if start <= 4 and _SOURCED.fullmatch(head, 0, start) and (cable := _CABLE.match(head, end)):
        return Found([name.agency], 0, cable.end())
    return None


def _bracketed(head: str) -> Found | None:
    """``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/``, ``（東京　共同）``: place, agency in brackets, a stop."""
    for form in _BRACKETED:
        match = form.match(head)
        if match and (agencies := _in_brackets(match, head)):
            return Found(agencies, 0, len(match[0].rstrip()))
    return None


def _in_brackets(match: re.Match[str], head: str) -> list[str]:
    place, inner, rest = match["place"], match["inner"], head[match.end() :]
    dated = any(char.isdigit() for char in place)
    initials = inner.islower() and " " not in inner  # Bern (sda) Der Rat
    stopped = match["sep"] is not None or not place.strip() or place.isupper() or dated or initials
    if not rest.strip() and not (dated or place.isupper()):
        return []  # a picture is signed so: Jane Doe (AP)
    if not stopped or not _is_place(place) or defines(place, inner):
        return []
    names = among(inner)
    # (PA) - may be anything; (Belga) -, and (AGI) - Roma, 3 mar. -, may not.
    sure = place.strip() or len(inner) > 4 or any(char.isdigit() for char in rest[:40])
    return [name.agency for name in names] if sure or any(name.is_sure for name in names) else []


def _dashed(line: Line, head: str) -> Found | None:
    """``МОСКВА, 3 мар — РИА Новости.``, ``AFP - ``: place, agency, a stop, no brackets."""
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
        if stop and places and not defines(before, line.text[start:end]) and not words().pictures.search(before):
            return Found([name.agency], line.text.rindex(places[0], 0, start), stop.end() - 1)
    return None


def among(inner: str) -> list[Name]:
    """Return the agencies in brackets: ``dpa/lnw``, ``서울=연합뉴스``, ``東京　3日　ロイター``, ``東京共同``."""
    if words().pictures.search(inner):
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
    return placed and not (name_of(town) or words().pictures.search(place))


def defines(before: str, initials: str) -> bool:
    """Tell whether brackets explain a name: ``American Airlines (AA)``, ``Palestinian Authority (PA)``."""
    parts = re.findall(r"\w+", before[-WINDOW:])[-len(initials) :]
    return len(initials) > 1 and "".join(word[0] for word in parts).casefold() == initials.casefold()

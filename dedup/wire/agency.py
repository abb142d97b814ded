"""Which news agency a text credits.

A *credit* says whose text this is; a *mention* says who was heard ("Reuters reported that"). What tells them apart is
the form, not the name, so only forms are looked for, and only where they stand:

- the **dateline** that opens a story: ``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/.``, ``新华社北京3月3日电``;
- the **byline**, a line that holds nothing but names: ``By Reuters``, ``Par Le Monde avec AFP``;
- the **notice** at the end: ``© AFP``, ``(ats/afp)``, ``The Associated Press contributed to this report``.

The names are data (`agencies.toml`). Initials that are words elsewhere (AP, PA, TT, MAP) count as written only. Work
is bounded whatever the text: `LEAD` and `TAIL` code points are cut off it, one pass tells whether they hold a name at
all (`automaton`), and of each line that does only the first and last `WINDOW` are looked at; the regular expressions
see nothing longer.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Literal, NamedTuple

import msgspec

from dedup.wire.automaton import Automaton

LEAD = 3000
"""Code points at the start of a text in which a dateline or byline is looked for: a few paragraphs."""
TAIL = 2000
"""Code points at its end in which a notice is looked for."""
WINDOW = 240
"""Code points of one line that are looked at: longer than any dateline, byline or notice."""
LEAD_LINES = 8
"""Lines at the start that may hold a byline: headline, standfirst, byline, caption, place and date. Datelines are
looked for further down, to the end of `LEAD`: furniture may be left above them, and nothing else looks like one."""
TAIL_LINES = 6
"""Lines at the end that may hold notices: those of writers, editors and several agencies follow one another."""
BYLINE = 120
"""Code points of the longest line that is taken for a byline: three names and their agencies."""

Kind = Literal["dateline", "byline", "notice"]
_Form = Callable[[str], tuple[str, str] | None]
"""Reads one line: the agency and the words that credit it, or None."""


class Credit(msgspec.Struct, frozen=True):
    """An agency that a text credits, and the words that say so."""

    agency: str
    """Its name in `agencies.toml`."""
    kind: Kind
    evidence: str
    """The credit as written, runs of white space as one space."""


class _Names(NamedTuple):
    folded: dict[str, str]
    exact: dict[str, str]
    uncased: tuple[str, ...]
    leads: re.Pattern[str]
    articles: re.Pattern[str]
    tails: re.Pattern[str]
    tail_ends: tuple[str, ...]
    pictures: re.Pattern[str]
    joins: re.Pattern[str]
    owner: re.Pattern[str]
    helper: re.Pattern[str]
    telegram: re.Pattern[str]


def credit(text: str, beside: Sequence[str] = ()) -> Credit | None:
    """Find the agency that a text credits.

    Parameters
    ----------
    text
        The cleaned text, one block a line.
    beside
        Texts of the blocks that do not belong to it but may hold a credit: those labelled byline or legal.

    Returns
    -------
    Credit or None
        The first credit found: datelines before bylines, bylines before notices. None where nothing is credited.
    """
    ends = text if len(text) <= LEAD + TAIL else f"{text[:LEAD]}\n{text[-TAIL:]}"
    seen, *blocks = (part.replace("\u00a0", " ") for part in (ends, *(block[:LEAD] for block in beside)))
    told = _telling("\n".join((seen, *blocks)))
    if not told:  # most texts name no agency, and finding that out costs less than reading their lines
        return None
    lines = _lines(seen[:LEAD], told)
    head, tail = lines[:LEAD_LINES], _lines(seen[-TAIL:], told)[-TAIL_LINES:]
    around = [line for block in blocks for line in _lines(block, told)[:LEAD_LINES]]
    forms: tuple[tuple[Kind, list[str], _Form], ...] = (
        ("dateline", lines, _dateline),
        ("byline", around, _byline),
        ("byline", head, _names_alone),
        ("notice", tail[::-1], _notice),
        ("notice", around, _notice),
        ("notice", tail[-1:], _last_words),
    )
    for kind, places, form in forms:
        for line in _holding(told, places):
            if (hit := form(line)) is not None:
                return Credit(hit[0], kind, " ".join(hit[1].split()))
    return None


def agencies() -> tuple[str, ...]:
    """Names of all agencies in the table, in its order."""
    return tuple(dict.fromkeys(entry["name"] for entry in _data()["agency"]))


def _lines(text: str, told: list[str]) -> list[str]:
    """Return the lines of a text; none where it holds none of the words that tell."""
    if not any(word in text for word in told):
        return []
    return list(filter(None, map(str.strip, text.splitlines())))


def _holding(told: list[str], lines: list[str]) -> list[str]:
    """Return the lines that hold a word that tells, in their order."""
    places = {place for word in told for place, line in enumerate(lines) if word in line}
    return [lines[place] for place in sorted(places)]


# ---------------------------------------------------------------------------------------------------------------- names


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("agencies.toml").read_text("utf-8"))


_EAST_ASIAN = re.compile("[\u3000-\u9fff\uac00-\ud7af]")
_DESK_WORDS = ("editing by", "édité par", "editado")
"""What stands in each of `_DESK_NOTICES`."""


@cache
def _automaton() -> Automaton:
    return Automaton([*_names().folded, *_names().exact, *_DESK_WORDS])


def _telling(text: str) -> list[str]:
    """Return the names and words of desk notices in a text, as it writes them: a line without any credits nobody."""
    found, names = _automaton().find(text), _names()
    return [word for word in found if word in names.exact or (low := _fold(word)) in names.folded or low in _DESK_WORDS]


@cache
def _names() -> _Names:
    table, words = _data()["agency"], _data()["words"]
    folded = {_fold(name): entry["name"] for entry in table for name in entry.get("names", ())}
    exact = {name: entry["name"] for entry in table for name in entry.get("exact", ())}
    uncased = tuple(sorted((name for name in folded if _is_east_asian(name)), key=len, reverse=True))
    any_name = rf"(?:(?i:{_any(folded)})|{_any(exact)})"
    return _Names(
        folded,
        exact,
        uncased,
        leads=re.compile(rf"(?:{_any(words['leads'])})(?:\s*[:：]\s*|\s+|(?<=['’])|(?<=[据據]))", re.I),
        articles=re.compile(rf"(?:{_any(words['articles'])})(?:\s+|(?<=['’]))", re.I),
        tails=re.compile(rf"(?:\s|(?<=\w)'s\s)(?:{_any(words['tails'])})$", re.I),
        tail_ends=tuple({tail.split()[-1] for tail in words["tails"]}),
        pictures=re.compile(rf"(?<!\w)(?:{_any(words['pictures'])})|写真|照片|图片|사진", re.I),
        joins=re.compile(rf"\s*[,;/|·•+&=＝、・]\s*|\s[-–—]\s|\s(?:{_any(words['joins'])})\s", re.I),
        owner=re.compile(
            rf"(?i:©|\(c\)|copyright)[\s©(c)]{{0,6}}(?:\d{{4}})?[\s,–-]{{0,3}}(?:\d{{4}})?[\s,]{{0,2}}"
            rf"(?i:by\s|the\s|par\s|agence\s|agencia\s){{0,2}}(?P<name>{any_name})(?!\w)"
        ),
        helper=re.compile(
            rf"(?<!\w)(?P<name>{any_name})(?!\w)[^\n]{{0,160}}?(?i:contributed\s(?:reporting\s)?to\sthis\s)"
        ),
        telegram=re.compile(rf"[（(【\[]?[据據]?(?P<name>{_any(uncased)})\S{{1,24}}?[日社]?[电電](?![话話视視影子力])"),
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _is_east_asian(name: str) -> bool:
    return all(map(_EAST_ASIAN.match, name))


def _agency(part: str) -> str | None:
    """Name the agency that `part` is, leads ("mit Material der") and tails ("staff") aside."""
    names = _names()
    part = part.strip(' \t\u00a0\u3000.()[]（）【】*_–—-"“”')
    for _ in range(4):
        hit = names.exact.get(part) or names.folded.get(_fold(part))
        if hit is not None:
            return hit
        shorter = _without_lead(part)
        if shorter.casefold().endswith(names.tail_ends):
            shorter = names.tails.sub("", shorter)
        if shorter == part:
            return None
        part = shorter
    return None


def _signed(part: str) -> str | None:
    """Name the agency that `part` is, or ends with after a person's name: ``Jane Doe Associated Press``."""
    words = _without_lead(part).split()
    for count in (3, 2, 1):
        agency = _names().folded.get(_fold(" ".join(words[-count:])))
        if agency and not any(word[0].islower() for word in words[:-count]):
            return agency
    return _agency(part)


def _without_lead(part: str) -> str:
    lead = _names().leads.match(part) or _names().articles.match(part)
    return part[lead.end() :] if lead else part


def _parts(line: str) -> list[str]:
    return [part for part in _names().joins.split(line) if part and part.strip()]


# ---------------------------------------------------------------------------------------------------------------- forms

TOWN = 80
"""Code points of the longest place and date before brackets."""
_TOWN = rf"[^()（）\[\]［］【】〔〕|]{{0,{TOWN}}}?"
_BRACKETS = r"\s?[(（\[［【〔](?P<inner>[^()（）\[\]［］【】〔〕]{1,60})[)）\]］】〕]"
_END = r"\s{0,3}(?P<sep>[-–—―:.,−]|$)?"
_BRACKETED = (
    re.compile(rf"(?P<place>{_TOWN}){_BRACKETS}{_END}"),
    re.compile(rf"(?P<place>{_TOWN}\([^()]{{1,40}}\)){_BRACKETS}{_END}"),  # SAINT-VÉRAN (Hautes-Alpes) (AFP) —
    re.compile(rf"(?P<place>[^()/|]{{0,{TOWN}}}?)(?:^|\s)/(?P<inner>[^/]{{2,40}})/{_END}"),
)
_OPENING = re.compile(r"[(（\[［【〔/]")
_CLOSING = re.compile(r"[(（\[/]([^()（）\[\]/]{2,40})[)）\]/]$")
# A date at the end of a byline, with the word or two before it: "avec AFP le 11 mars 2026 à 12h37".
_DATED = re.compile(r"\s(?:[^\W\d]{2,3}\s)?\d.*$")
_STOP = re.compile(r"[-–—―,.:](?:(?<=[–—―])|(?<=\s-)(?=\s)|(?<=[,.:])(?=\s))\s?")
# What may stand beside an agency in a line of names: a desk or town (dpa/lnw, AFP, Paris), a day or time.
_BESIDE = re.compile(r"\w+\.?$|.*\d")
_SENTENCE_END = re.compile(r"[.!?…»”\"。]\s{0,3}")


def _dateline(line: str) -> tuple[str, str] | None:
    line = line[:WINDOW]
    return _telegram(line) or _bracketed(line) or _dashed(line)


def _telegram(line: str) -> tuple[str, str] | None:
    """``新华社北京3月3日电``: the agency, the place and the date, then "cables"."""
    match = _names().telegram.match(line)
    return (_names().folded[match["name"]], match[0]) if match else None


def _bracketed(line: str) -> tuple[str, str] | None:
    """``PARIS (AFP) —``, ``МОСКВА, 3 марта. /ТАСС/``, ``（東京　共同）``: place, agency in brackets, a stop."""
    for form in _BRACKETED if _OPENING.search(line, 0, TOWN + 2) else ():
        match = form.match(line)
        agency = _bracketed_agency(match, line) if match else None
        if match and agency:
            return agency, match[0].strip()
    return None


def _bracketed_agency(match: re.Match[str], line: str) -> str | None:
    place, inner = match["place"], match["inner"]
    if not place.strip() and not line[match.end() :].strip():
        return None  # brackets alone on a line are a byline or a notice
    dated = any(char.isdigit() for char in place)
    initials = inner.islower() and " " not in inner  # Bern (sda) Der Rat
    stopped = match["sep"] is not None or not place.strip() or place.isupper() or dated or initials
    return _among(inner) if stopped and _is_place(place) and not _defines(place, inner) else None


def _dashed(line: str) -> tuple[str, str] | None:
    """``МОСКВА, 3 мар — РИА Новости.``, ``AFP - ``: place, agency, a stop, no brackets."""
    start, after_comma = 0, False
    for stop in islice(_STOP.finditer(line), 4):
        comma = stop[0][0] == ","
        agency = None if comma or after_comma else _agency(line[start : stop.start()])
        rest = line[stop.end() :].lstrip("«„“\"'¿¡ ")
        if agency and rest and not rest[0].islower() and _is_place(line[:start]):
            return agency, line[: stop.end()].strip()
        start, after_comma = stop.end(), comma  # PHILADELPHIA, PA — is a state
    return None


def _among(inner: str) -> str | None:
    """Name the first agency in brackets: ``dpa/lnw``, ``서울=연합뉴스``, ``東京　3日　ロイター``, ``東京共同``."""
    if _names().pictures.search(inner):
        return None
    parts = _parts(inner)[: 1 if "/" in inner else None]  # (Jane Doe/AFP) signs a picture: the agency goes first
    for part in (inner, *parts):
        if agency := _agency(part):
            return agency
    return next((_names().folded[name] for name in _names().uncased if inner.endswith(name)), None)


def _is_place(place: str) -> bool:
    """Tell ``Frankfurt am Main, 3. März`` from the beginning of a sentence, or from the name of an agency."""
    town, _, rest = place.strip(" -–—―,.").partition(",")
    if _agency(town) or _names().pictures.search(place):
        return False
    words = town.split()
    named = all(not word[0].islower() or len(word) <= 3 or any(c.isdigit() for c in town) for word in words)
    rest = rest.strip()
    dated = not rest or not rest[0].islower() or any(char.isdigit() for char in rest)
    return len(words) <= 6 and len(rest) <= 40 and named and dated


def _defines(before: str, initials: str) -> bool:
    """Tell whether brackets explain a name: ``American Airlines (AA)``, ``Palestinian Authority (PA)``."""
    words = re.findall(r"\w+", before[-WINDOW:])[-len(initials) :]
    return len(initials) > 1 and "".join(word[0] for word in words).casefold() == initials.casefold()


def _names_alone(line: str) -> tuple[str, str] | None:
    """``AFP``, ``By Reuters``, ``Par Le Monde avec AFP``, ``(ats/afp)``: names and nothing else."""
    if len(line) > BYLINE or line.count("(") != line.count(")"):
        return None
    parts = _parts(line.strip(" -–—―/()[]（）【】.*"))
    found = [_agency(part) for part in parts]
    if found and found[0] and all(agency or _BESIDE.match(part) for agency, part in zip(found, parts, strict=True)):
        return None if _names().pictures.search(line) else (found[0], line)
    led = _names().leads.match(line.lstrip(" -–—―([（【*")) is not None and "/" not in line
    return _byline(line) if led else None


def _byline(line: str) -> tuple[str, str] | None:
    """Read a line that is known to be a byline: ``Jane Doe, Associated Press`` counts too."""
    if len(line) > BYLINE:
        return None
    closing = _CLOSING.search(line.rstrip(" ."))
    if closing and _defines(line[: closing.start()], closing[1]):
        return None
    parts = [part for piece in re.split(r"[()（）【】]", line) for part in _parts(piece.strip(" -–—―*"))]
    agency = next(filter(None, (_signed(_DATED.sub("", part)) for part in parts)), None)
    return (agency, line) if agency and all(map(_is_name, parts)) and not _names().pictures.search(line) else None


def _is_name(part: str) -> bool:
    """Tell a person, a paper, an office or a date from a piece of a sentence."""
    words = part.split()
    small = [word for word in words if word[0].islower() and len(word) > 2]
    return any(char.isdigit() for char in part) or (len(words) <= 6 and len(small) < 3)


_DESK_NOTICES = (
    # Reuters closes with who wrote and who edited, in the language of the service.
    ("Reuters", re.compile(r"\(?(?:additional\s)?reporting by\s[^\n]{2,200}?[;.]\s?(?:\w+ )?editing by\s", re.I)),
    ("Reuters", re.compile(r"\(?(?:reportage|reporte|reportaje|información)\s(?:de\s|par\s)?[^\n]{2,160}?;?\s?"
                           r"(?:édité par|editado (?:en español )?por)\s", re.I)),
)  # fmt: skip


def _notice(line: str) -> tuple[str, str] | None:
    """``© AFP``, ``The Associated Press contributed to this report``, or names alone."""
    alone = _names_alone(line)
    if alone is not None:
        return alone
    line = line[:WINDOW] if len(line) <= WINDOW else line[-WINDOW:]
    found = _owner_or_helper(line)
    if found is None:
        found = next(((name, hit[0]) for name, form in _DESK_NOTICES if (hit := form.match(line))), None)
    return None if found and _names().pictures.search(line) else found


def _owner_or_helper(line: str) -> tuple[str, str] | None:
    low = line.casefold()
    owned = any(sign in low for sign in ("©", "(c)", "copyright"))
    forms = _names().owner if owned else None, _names().helper if "contributed" in low else None
    matches = [match for form in forms if form and (match := form.search(line))]
    match = min(matches, key=re.Match.start, default=None)
    agency = _agency(match["name"]) if match else None
    return (agency, match[0].strip()) if match and agency else None


def _last_words(line: str) -> tuple[str, str] | None:
    """``… he said. (dpa)``, ``… dijo. EFE``: names after the last sentence."""
    line = line[-WINDOW:].rstrip(" .")
    ends = [match.end() for match in _SENTENCE_END.finditer(line)]
    last = line[ends[-1] :] if ends else ""
    if not last:
        closing = _CLOSING.search(line)
        if closing is None or _defines(line[: closing.start()], closing[1]):
            return None
        last = closing[0]
    return _names_alone(last)


def credits(text, beside=(), metadata=()):  # type: ignore  # SHIM until the branch is merged
    from dedup.records import Credit as New

    old = credit(text, beside)
    return ([New(old.agency, old.kind, old.evidence)] if old else []), []

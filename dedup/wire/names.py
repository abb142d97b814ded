"""The names of agencies: the table (`agencies.toml`), and where its names stand in a text.

A *sure* name is nothing else; a *homonym* is a word, a state or a person too, and counts in fewer forms.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import Any, NamedTuple

from dedup.wire.automaton import Automaton


class Name(NamedTuple):
    """An agency as one of its names gives it."""

    agency: str
    """Empty for a cue."""
    is_sure: bool
    cue: str = ""
    """What is said of an agency, where it is no name that stands: `OWNS`, `HELPED`, `USES` or `DESK`."""


class Named(NamedTuple):
    """A name and the code points where it stands."""

    start: int
    end: int
    name: Name


OWNS, HELPED, USES, DESK = "owns", "helped", "uses", "desk"
"""Cues: the sign of copyright before an owner, what an agency did after its name, what a text uses before one, and the
editor at the end of a Reuters story, which names no agency."""
_OWNER_WORDS = ("©", "(c)", "copyright")
LEAD = 48
"""Code points of the longest lead, and more."""
_OWNER_WORDS = ("©", "(c)", "copyright")
_DESK_WORDS = ("editing by", "édité par", "editado por", "editado en español por")


class _Table(NamedTuple):
    folded: dict[str, Name]
    written: dict[str, Name]
    spaceless: tuple[str, ...]
    """Names in scripts without spaces, the longest first."""


class _Words(NamedTuple):
    """What stands around names, as regular expressions: the lists of `agencies.toml`."""

    openings: tuple[str, ...]
    """Leads and articles, to tell quickly that there is none."""
    leads: re.Pattern[str]
    articles: re.Pattern[str]
    tails: re.Pattern[str]
    tail_ends: tuple[str, ...]
    followers: frozenset[str]
    """Small words that may stand after a name in a list of names."""
    roles: re.Pattern[str]
    stamps: re.Pattern[str]
    pictures: re.Pattern[str]
    joins: re.Pattern[str]


_SPACELESS = re.compile("[\u0e00-\u0eff\u3000-\u9fff\uac00-\ud7af\uff00-\uffef]")


def agencies() -> tuple[str, ...]:
    """Names of all agencies in the table, in its order."""
    return tuple(entry["name"] for entry in _data()["agency"])


def find(text: str) -> list[Named]:
    """Return the names in a text, in their order; of names in one another the longest."""
    return find_in([text])[0]


def find_in(texts: Sequence[str]) -> list[list[Named]]:
    """Return the names in each of some texts; see `find`."""
    spans = _automaton().spans_of(texts)
    return [_whole(text, own) if own else [] for text, own in zip(texts, spans, strict=True)]


def _whole(text: str, spans: list[tuple[int, int]]) -> list[Named]:
    found: list[Named] = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])) if len(spans) > 1 else spans:
        name = _named(text[start:end])
        if name and (not found or end > found[-1].end) and _is_whole(text, start, end):
            found.append(Named(start, end, name))
    return found


def name_of(part: str) -> Name | None:
    """Return the agency that `part` is, leads ("mit Material der"), roles and tails ("staff") aside."""
    part = part.strip(' \t\u3000.()[]（）【】*_–—-"“”•')
    for _ in range(5):
        if (hit := _named(part)) and hit.agency:
            return hit
        shorter = without_lead(part)
        if shorter == part and part.casefold().endswith(words().tail_ends):
            shorter = words().tails.sub("", shorter)
        if shorter == part:
            return None
        part = shorter
    return None


def names_at_end(text: str) -> Name | None:
    """Return the agency whose name ends a text in a script without spaces: ``東京共同``."""
    return next((_table().written[name] for name in _table().spaceless if text.endswith(name)), None)


def without_lead(part: str) -> str:
    """Take off what opens a credit, or an article."""
    if not part[:LEAD].casefold().startswith(words().openings):
        return part
    lead = words().leads.match(part) or words().articles.match(part)
    return part[lead.end() :] if lead else part


def is_led(text: str) -> bool:
    """Tell whether a text begins as a credit does: "by", "Quelle:"."""
    return text[:LEAD].casefold().startswith(words().openings) and words().leads.match(text) is not None


def is_picture(text: str) -> bool:
    """Tell whether a text is about a picture, or a recording."""
    return words().pictures.search(text.lower()) is not None


def parts_of(text: str) -> list[str]:
    """Cut a list of names at what joins them."""
    return [part for piece in words().joins.split(text) if (part := piece.strip())]


def _is_whole(text: str, start: int, end: int) -> bool:
    """Tell whether no letters stand next to a name; in scripts without spaces they may."""
    for place, inside in ((start - 1, start), (end, end - 1)):
        within = 0 <= place < len(text) and text[place].isalnum() and text[inside].isalnum()
        if within and not (_SPACELESS.match(text[place]) or _SPACELESS.match(text[inside])):
            return False
    return True


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("agencies.toml").read_text("utf-8"))


@cache
def _table() -> _Table:
    entries = _data()["agency"]
    folded = {_fold(name): Name(entry["name"], True) for entry in entries for name in entry.get("names", ())}
    kinds = (("names", True), ("exact", True), ("homonyms", False))
    written = {
        name: Name(entry["name"], is_sure)
        for kind, is_sure in kinds
        for entry in entries
        for name in entry.get(kind, ())
    }
    spaceless = sorted((name for name in written if all(map(_SPACELESS.match, name))), key=len, reverse=True)
    return _Table(folded, written, tuple(spaceless))


@cache
def _automaton() -> Automaton:
    return Automaton([*_table().folded, *_table().written, *_cues()])


@cache
def _cues() -> dict[str, Name]:
    lists = _data()["words"]
    cues = {OWNS: _OWNER_WORDS, HELPED: lists["helped"], USES: lists["uses"], DESK: _DESK_WORDS}
    return {_fold(word): Name("", False, cue) for cue, told in cues.items() for word in told}


@lru_cache(maxsize=4096)
def _named(word: str) -> Name | None:
    folded = _fold(word)
    return _table().written.get(word) or _table().folded.get(folded) or _cues().get(folded)


@cache
def words() -> _Words:
    """Return what stands around names."""
    lists = _data()["words"]
    return _Words(
        openings=tuple({word.casefold() for word in (*lists["leads"], *lists["articles"])}),
        leads=re.compile(rf"(?:{_any(lists['leads'])})(?:\s*[:：]\s*|\s+|(?<=['’])|(?<=[据據]))", re.I),
        articles=re.compile(rf"(?:{_any(lists['articles'])})(?:\s+|(?<=['’]))", re.I),
        tails=re.compile(rf"(?:\s|(?<=\w)['’]s\s)(?:{_any(lists['tails'])})$", re.I),
        tail_ends=tuple({tail.split()[-1] for tail in lists["tails"]}),
        followers=frozenset(
            word.split()[0] for kind in ("tails", "joins", "leads", "roles", "stamps") for word in lists[kind]
        ),
        roles=re.compile(rf"(?<!\w)(?:{_any(lists['roles'])})$", re.I),
        stamps=re.compile(rf"(?<!\w)(?:{_any(lists['stamps'])})(?!\w)", re.I),
        pictures=re.compile(
            rf"(?<!\w)(?:{_any(lists['pictures'])})|(?<!\w)(?:{_any(lists['picture_words'])})(?!\w)|写真|照片|图片|圖片|사진"
        ),
        joins=re.compile(rf"[,;/|·•+&=＝、・]|\s(?:[-–—]|{_any(lists['joins'])})\s", re.I),
    )


def _any(lines: Iterable[str]) -> str:
    return "|".join(re.escape(line).replace(r"\ ", r"\s") for line in sorted(lines, key=len, reverse=True))


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())

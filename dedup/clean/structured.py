"""What a page says of itself for machines: schema.org in JSON-LD, Open Graph and meta elements.

Evidence and no oracle: `articleBody` is cut short, holds another article or furniture often enough. A page says
anything it likes here, so nothing is trusted to be of a type, and no more is walked than real pages have.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

# Nodes of a page's JSON-LD that are looked at; the largest seen on a news page had some hundred.
MAX_NODES = 5_000
# A person's name, a date, a title: what is longer is something else.
MAX_FIELD = 500
# Characters of JSON-LD of a page that are read: twice the largest seen. A megabyte of empty lists takes half a second.
MAX_SCRIPTS = 2_000_000
_BROKEN = (msgspec.DecodeError, RecursionError, UnicodeError)
_TAGS = re.compile(r"<[a-zA-Z/!][^<>]{0,500}>")
_CONTROL = re.compile(r"[\x00-\x1f]")
_BODY = re.compile(r'"articleBody"\s*:\s*"((?:[^"\\]++|\\.)*+)"', re.DOTALL)
_DATES = ("article:published_time", "datepublished", "og:article:published_time", "date", "dc.date.issued", "pubdate")
_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "byl")
_SOURCES = (
    *_AUTHORS,
    "publisher",
    "article:publisher",
    "dc.publisher",
    "dc.source",
    "copyright",
    "news:source",
    "source",
)
_MAKERS = ("author", "creator", "contributor", "publisher", "provider", "sourceOrganization", "copyrightHolder")
"""Properties of schema.org's CreativeWork that may name an agency."""
MAX_SOURCES = 32
_SUMMARIES = ("og:description", "description", "twitter:description")


@dataclass(slots=True)
class Facts:
    """What a page says of its article; empty where it does not."""

    title: str = ""
    byline: str = ""
    published: str = ""
    story: str = ""
    """Text of the article (`articleBody`)."""
    summary: str = ""
    """Description of the article, often its standfirst."""
    sources: list[str] = field(default_factory=list)
    """Names of those that made it or own it, each once."""
    canonical: str = ""
    """Address of the page that it is a copy of, or its own."""


class Gatherer:
    """Takes the elements of one page as they come and keeps what they say."""

    def __init__(self) -> None:
        self.title = ""
        self.canonical = ""
        self._meta: dict[str, str] = {}
        self._scripts: list[str] = []
        self._room = MAX_SCRIPTS

    def meta(self, attributes: Any) -> None:
        """Note a ``<meta>``; the first of each name counts."""
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content:
            self._meta.setdefault(name.lower(), content)

    def link(self, attributes: Any) -> None:
        """Note a ``<link>`` if it names the canonical address (RFC 6596); the first counts."""
        if (attributes.get("rel") or "").lower() == "canonical":
            self.canonical = self.canonical or _line(attributes.get("href"))

    def script(self, node: Any) -> None:
        """Note a ``<script>`` if it is JSON-LD."""
        kind = node.attributes.get("type")
        if kind and "ld+json" in kind.lower():
            script = node.text() or ""
            if len(script) <= self._room:
                self._room -= len(script)
                self._scripts.append(script)

    def facts(self) -> Facts:
        """All that was said, JSON-LD before meta elements; for the title Open Graph before both."""
        found = Facts()
        for script in self._scripts:
            _read_script(script, found)
        return Facts(
            self._first(("og:title",), _line) or found.title or _line(self.title),
            found.byline or self._first(_AUTHORS, _name),
            found.published or self._first(_DATES, _line),
            found.story,
            self._first(_SUMMARIES, _line),
            list(dict.fromkeys([*found.sources, *self._all(_SOURCES)]))[:MAX_SOURCES],
            self.canonical,
        )

    def _all(self, names: tuple[str, ...]) -> Iterator[str]:
        return (text for name in names if (text := _name(self._meta.get(name))))

    def _first(self, names: tuple[str, ...], read: Callable[[Any], str]) -> str:
        return next((text for name in names if (text := read(self._meta.get(name)))), "")


def _read_script(script: str, found: Facts) -> None:
    data = _decode(script)
    if data is None:
        match = _BODY.search(script)
        if match and len(match[1]) > len(found.story):
            body = _decode(f'"{match[1]}"') or match[1].replace("\\n", " ").replace('\\"', '"')
            found.story = _plain(body)
        return
    for node in _nodes(data):
        body = node.get("articleBody")
        if isinstance(body, str) and len(body) > len(found.story):
            found.story = _plain(body)
        if "headline" in node:
            found.title = found.title or _line(node.get("headline"))
            found.byline = found.byline or _names(node.get("author"))
            found.published = found.published or _line(node.get("datePublished"))
            found.sources += [name for maker in _MAKERS for name in _people(node.get(maker))]


def _decode(script: str) -> Any:
    """Decode JSON, broken lines in its strings too; None where that fails."""
    with suppress(*_BROKEN):
        return msgspec.json.decode(script)
    with suppress(*_BROKEN):
        return msgspec.json.decode(_CONTROL.sub(" ", script))
    return None


def _nodes(data: Any) -> Iterator[dict[str, Any]]:
    waiting = [data]
    seen = 0
    while waiting and seen < MAX_NODES:
        node = waiting.pop()
        seen += 1
        if isinstance(node, dict):
            yield node
            waiting.extend(value for value in reversed(node.values()) if isinstance(value, dict | list))
        elif isinstance(node, list):
            waiting.extend(value for value in reversed(node[:MAX_NODES]) if isinstance(value, dict | list))


def _names(author: Any) -> str:
    return ", ".join(_people(author))


def _people(author: Any) -> list[str]:
    people = author if isinstance(author, list) else [author]
    names: list[Any] = []
    for person in people[:20]:
        name = person.get("name") if isinstance(person, dict) else person
        names += name[:20] if isinstance(name, list) else [name]
    return list(dict.fromkeys(line for name in names if (line := _name(name))))


def _name(text: Any) -> str:
    """Return a name on one line; where the address of a profile takes its place, nothing."""
    line = _line(text)
    return "" if "://" in line else line


def _line(text: Any) -> str:
    """One line of text, or nothing where it is no text or far too long."""
    return " ".join(_unescaped(text).split()) if isinstance(text, str) and len(text) <= MAX_FIELD else ""


def _plain(markup: str) -> str:
    """Text without the entities and tags that most pages leave in it."""
    return _TAGS.sub(" ", _unescaped(markup))


def _unescaped(text: str) -> str:
    try:
        return html.unescape(text)
    except ValueError:  # a code point of thousands of digits
        return text

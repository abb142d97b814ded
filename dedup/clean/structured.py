"""What a page says of itself for machines: schema.org in JSON-LD, Open Graph and meta elements.

Evidence and no oracle: `articleBody` is cut short, holds another article or furniture often enough. A page says
anything it likes here, so nothing is trusted to be of a type, and no more is walked than real pages have.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

# Nodes of a page's JSON-LD that are looked at; the largest seen on a news page had some hundred.
MAX_NODES = 5_000
# A person's name, a date, a title: what is longer is something else.
MAX_FIELD = 500
_TAGS = re.compile(r"<[^<>]{0,500}>")
_BODY = re.compile(r'"articleBody"\s*:\s*"((?:[^"\\]|\\.)*)"')
_DATES = ("article:published_time", "datepublished", "og:article:published_time", "date", "dc.date.issued", "pubdate")
_AUTHORS = ("author", "article:author", "dc.creator", "parsely-author", "byl")
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


class Gatherer:
    """Takes the elements of one page as they come and keeps what they say."""

    def __init__(self) -> None:
        self.title = ""
        self._meta: dict[str, str] = {}
        self._scripts: list[str] = []

    def meta(self, attributes: Any) -> None:
        """Note a ``<meta>``; the first of each name counts."""
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content:
            self._meta.setdefault(name.lower(), content)

    def script(self, node: Any) -> None:
        """Note a ``<script>`` if it is JSON-LD."""
        kind = node.attributes.get("type")
        if kind and "ld+json" in kind.lower():
            self._scripts.append(node.text() or "")

    def facts(self) -> Facts:
        """All that was said, JSON-LD before meta elements."""
        found = Facts()
        for script in self._scripts:
            _read_script(script, found)
        return Facts(
            self._first(("og:title",)) or found.title or self.title,
            found.byline or self._first(_AUTHORS),
            found.published or self._first(_DATES),
            found.story,
            self._first(_SUMMARIES),
        )

    def _first(self, names: tuple[str, ...]) -> str:
        return next((text for name in names if (text := _line(self._meta.get(name)))), "")


def _read_script(script: str, found: Facts) -> None:
    try:
        data = msgspec.json.decode(script)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        match = _BODY.search(script)  # control characters and trailing commas are common
        if match and len(match[1]) > len(found.story):
            found.story = _TAGS.sub(" ", match[1].replace("\\n", " ").replace('\\"', '"'))
        return
    for node in _nodes(data):
        body = node.get("articleBody")
        if isinstance(body, str) and len(body) > len(found.story):
            found.story = _TAGS.sub(" ", body)
        if "headline" in node:
            found.title = found.title or _line(node.get("headline"))
            found.byline = found.byline or _names(node.get("author"))
            found.published = found.published or _line(node.get("datePublished"))


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
    people = author if isinstance(author, list) else [author]
    names = [_line(person.get("name") if isinstance(person, dict) else person) for person in people[:20]]
    return ", ".join(dict.fromkeys(name for name in names if name))


def _line(text: Any) -> str:
    """One line of text, or nothing where it is no text or far too long."""
    return " ".join(text.split()) if isinstance(text, str) and len(text) <= MAX_FIELD else ""

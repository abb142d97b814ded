"""One document as a scan remembers it when its page is gone: what it is called, who it credits, what was stripped."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable

import msgspec

from dedup import corpus, wire
from dedup.clean.structured import people
from dedup.clean.templates import Templates
from dedup.records import REPEATED, Block, Cleaned, Credit, Document

# Code points of a headline: news headlines are shorter, and a text without lines should not stand in a list whole.
HEADLINE_LENGTH = 150
# Blocks between the body and a credit above or below it: date, reading time, share buttons, a picture's caption.
CREDIT_DISTANCE = 4
# Blocks above the body that may be a byline without looking like one.
BYLINE_DISTANCE = 2
# Words of a notice: "With files from Reuters".
NOTICE_WORDS = 4
_LIKE_BYLINE = re.compile(r"[\d(（\[［【〔©：:=＝]|^(?:by|par|avec|von|mit|por|con|di|door|av|af)\s", re.I)
NOBODY = wire.Attribution([], [])
"""Of a document of which nobody asks whose it is."""
_SAID = ("author", "authors", "byline", "creator", "dc:creator", "article:author", "credit", "agency", "provider",
         "news_agency", "copyright")  # fmt: skip
"""Fields of a record, beside those that a document has, that may name an agency; case does not count."""


class Row(msgspec.Struct, array_like=True, gc=False):
    """One document, as it stands on disk."""

    id: str
    site: str | None
    url: str | None
    title: str | None
    published: str | None
    credits: list[Credit]
    mentions: list[str]
    canonical: str | None
    """Host of the page that it names as its original, if that is another one."""
    host: str | None
    """Of its own address, else its site."""
    size: int
    """Bytes of its text."""
    blocks: dict[str, int]
    """Number of blocks by label."""
    kept: list[tuple[str, str]]
    """Label and text of the blocks in the text that are not body."""


def row_of(
    document: Document, cleaned: Cleaned, text: bytes, told: wire.Attribution, *, in_text: Collection[str]
) -> Row:
    """Make the row of a document that went through cleaning.

    Parameters
    ----------
    document, cleaned
        The document, and what cleaning made of it.
    text
        Its text in UTF-8.
    told
        Its agencies.
    in_text
        Labels of the blocks that go into the text.
    """
    canonical, host = corpus.host_of(cleaned.canonical), corpus.host_of(document.url) or document.site
    return Row(
        document.id,
        document.site,
        document.url,
        document.title or _called(cleaned),
        document.published or cleaned.published,
        *told,
        canonical if canonical != host else None,
        host,
        len(text),
        dict(sorted(Counter(block.label for block in cleaned.blocks).items())) if cleaned.blocks else {},
        [(block.label, block.text) for block in cleaned.blocks if block.label in in_text and block.label != "body"],
    )


def strip(row: Row, text: str, templates: Templates) -> tuple[str, int, Counter[str]]:
    """Take off a text what its site repeats; return what is left, how many lines went, and what that adds to blocks."""
    text, count = templates.strip(row.site, text)
    change: Counter[str] = Counter()
    if count:
        gone = Counter(label for label, kept in row.kept if templates.strip(row.site, kept)[1])
        change.update({REPEATED: count, "body": gone.total() - count})
        change.subtract(gone)
    return text, count, change


def stripped_of(row: Row, repeated: int, in_text: Collection[str]) -> dict[str, int]:
    """Count the blocks of a document that did not go into its text, by label, and the lines that its site repeats."""
    counts = {label: n for label, n in row.blocks.items() if label not in in_text}
    if repeated:
        counts[REPEATED] = repeated
    return counts


def credits_in(row: Row, repeated: int) -> list[Credit]:
    """Return the credits of a document, without their places where lines were taken off its text afterwards."""
    if not repeated:
        return row.credits
    return [msgspec.structs.replace(credit, start=None, end=None) for credit in row.credits]


def attributions(some: Iterable[tuple[Document, Cleaned]]) -> list[wire.Attribution]:
    """Say which agencies documents credit: in their text, in the blocks beside it, or in what page and record say."""
    return wire.credits_of(
        [
            wire.Told(cleaned.text, _beside(cleaned.blocks) if cleaned.blocks else (), _sources(document, cleaned))
            for document, cleaned in some
        ]
    )


def _beside(blocks: list[Block]) -> list[str]:
    """Return the texts that may credit an agency beside the body: bylines, legal notices, and what stands next to it.

    Bylines are easily taken for other furniture, so what stands just above the body counts under any label; and what
    stands further off, or below, where it looks like a byline or a notice: with a date, a bracket, a word that leads,
    or some words. A lone name there is a menu's, a tag, another story's. Captions never count: whoever is named there
    took a picture.
    """
    body = [place for place, block in enumerate(blocks) if block.label == "body"]
    first, last = (body[0], body[-1]) if body else (0, 0)
    near = range(first - CREDIT_DISTANCE, last + 1 + CREDIT_DISTANCE)
    above = range(first - BYLINE_DISTANCE, first)
    return [
        block.text
        for place, block in enumerate(blocks)
        if block.label in ("byline", "legal")
        or (place in near and block.label not in ("body", "caption") and (place in above or _is_telling(block)))
    ]


def _is_telling(block: Block) -> bool:
    if _LIKE_BYLINE.search(block.text[:HEADLINE_LENGTH]):
        return True
    return block.label != "navigation" and len(block.text[:HEADLINE_LENGTH].split()) >= NOTICE_WORDS


def _sources(document: Document, cleaned: Cleaned) -> list[str]:
    """Return the names that the page or its record gives of those who made it."""
    said = [value for name, value in document.extra.items() if name.lower() in _SAID] if document.extra else ()
    return [*cleaned.sources, *(name for value in said for name in people(value))]


def _called(cleaned: Cleaned) -> str | None:
    """Return what a document without a title is called: its headline, or else how its text begins."""
    text = cleaned.text[: 2 * HEADLINE_LENGTH].lstrip() or cleaned.text.lstrip()  # of a long one only the beginning
    return (cleaned.title or text)[:HEADLINE_LENGTH].partition("\n")[0] or None

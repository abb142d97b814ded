"""The engine for one machine: one pass over the documents, then matching over what they left.

    documents -> clean -> text, agency, block counts -> one byte buffer -> sketches -> pairs -> ScanResult

Only the cleaned texts and a few fields of each document stay in memory, never its page.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec

from dedup import match, sketch, wire
from dedup.clean.blocks import page_blocks
from dedup.engine.cleaning import clean_documents
from dedup.engine.progress import Progress, Silent
from dedup.engine.result import ScanResult
from dedup.errors import UsageError
from dedup.records import Block, Bounds, Cleaned, Document, Keep

# Code points of a headline: news headlines are shorter, and a text without lines should not stand in a list whole.
HEADLINE_LENGTH = 150


# Blocks between the body and a credit above or below it: date, reading time, share buttons, a picture's caption.
CREDIT_DISTANCE = 4


class ScanOptions(msgspec.Struct, frozen=True):
    """What a scan may be told."""

    clean: bool = True
    """False takes texts as they are."""
    bounds: Bounds = Bounds()
    keep: Keep = "earliest"
    """Which copy heads a cluster."""
    workers: int = 1
    model: Path | None = None
    """Classifier to clean with; None for the one that dedup ships."""


class Holdings:
    """What a scan remembers of each document, a column a field, and the counts over all of them."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self.sites: list[str | None] = []
        self.urls: list[str | None] = []
        self.titles: list[str | None] = []
        self.published: list[str | None] = []
        self.agencies: list[str | None] = []
        self.stripped: list[dict[str, int]] = []
        self.blocks: Counter[str] = Counter()

    def add(self, document: Document, cleaned: Cleaned) -> None:
        """Remember a document that went through cleaning."""
        labels = Counter(block.label for block in cleaned.blocks)
        self.blocks.update(labels)
        credit = wire.credit(cleaned.text, _beside(cleaned.blocks))
        self.ids.append(document.id)
        self.sites.append(document.site)
        self.urls.append(document.url)
        self.titles.append(document.title or _headline(cleaned))
        self.published.append(document.published)
        self.agencies.append(credit.agency if credit else None)
        self.stripped.append({label: n for label, n in sorted(labels.items()) if label != "body"})


def _beside(blocks: list[Block]) -> list[str]:
    """Return the texts that may credit an agency beside the body: bylines, legal notices, and what stands next to it.

    What stands next to the body counts under any label: "AFP | 12 March, 10:15" is easily taken for a menu.
    """
    body = [place for place, block in enumerate(blocks) if block.label == "body"]
    first, last = (body[0], body[-1]) if body else (0, 0)
    near = {*range(first - CREDIT_DISTANCE, first), *range(last + 1, last + 1 + CREDIT_DISTANCE)}
    return [
        block.text
        for place, block in enumerate(blocks)
        if block.label in ("byline", "legal") or (place in near and block.label != "body")
    ]


def _headline(cleaned: Cleaned) -> str | None:
    """Return what a document without a title is called: its headline, or else how its text begins."""
    first = next((block.text for block in cleaned.blocks if block.label == "headline"), cleaned.text.lstrip())
    return first[:HEADLINE_LENGTH].partition("\n")[0] or None


def scan(
    documents: Iterable[Document], options: ScanOptions | None = None, progress: Progress | None = None
) -> ScanResult:
    """Find who copied what among documents.

    Parameters
    ----------
    documents
        With distinct ids; read once, in order.
    options
        Bounds, workers and the rest; None for the defaults.
    progress
        Told how far the work is; None for nobody.

    Returns
    -------
    ScanResult
        Pairs, clusters and a row for each document; the same whatever the number of workers.

    Raises
    ------
    UsageError
        An id stands twice, or an option makes no sense.
    """
    options = options or ScanOptions()
    progress = progress or Silent()
    check_options(options)
    seconds: dict[str, float] = {}
    holdings = Holdings()
    with _timed(seconds, "read and clean"):
        packed = sketch.pack(_texts(documents, options, holdings))
    _check_ids(holdings.ids)
    progress.stage("sketch")
    with _timed(seconds, "sketch"):
        sketches = sketch.sketch(packed, workers=options.workers)
    progress.stage("match")
    with _timed(seconds, "match"):
        table = match.find_pairs(packed, sketches, options.bounds, workers=options.workers)
    return ScanResult(holdings, packed, sketches.n_shingles, table, options, seconds)


def _texts(documents: Iterable[Document], options: ScanOptions, holdings: Holdings) -> Iterator[str]:
    pairs = (
        clean_documents(documents, workers=options.workers, model=options.model)
        if options.clean
        else ((document, as_it_is(document)) for document in documents)
    )
    for document, cleaned in pairs:
        holdings.add(document, cleaned)
        yield cleaned.text


def as_it_is(document: Document) -> Cleaned:
    """Take a document's text as it is; of a page without one, all its visible text."""
    if document.text is not None:
        return Cleaned(document.text, [], document.id)
    return Cleaned("\n".join(page_blocks(document.html or "").texts), [], document.id)


def check_options(options: ScanOptions) -> None:
    """Raise UsageError for options that make no sense."""
    bounds = options.bounds
    for name, value in (("min_jaccard", bounds.min_jaccard), ("min_containment", bounds.min_containment)):
        if not 0 < value <= 1:
            raise UsageError(f"{name} is {value}", hint="It is a share: give a number above 0 and up to 1")
    if bounds.min_shared < 1:
        raise UsageError(f"min_shared is {bounds.min_shared}", hint="Give a number of shingles, at least 1")
    if options.workers < 1:
        raise UsageError(f"workers is {options.workers}", hint="Give a number of processes, at least 1")


def _check_ids(ids: list[str]) -> None:
    seen: set[str] = set()
    for id in ids:
        if id in seen:
            raise UsageError("this id stands twice", where=id, hint="Give every document an id of its own")
        seen.add(id)


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds[stage] = round(time.perf_counter() - start, 3)

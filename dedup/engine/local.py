"""The engine for one machine: one pass over the documents, then matching over what they left.

    documents -> clean -> text, agency, block counts -> one byte buffer -> sketches -> pairs -> ScanResult

Only the cleaned texts and a few fields of each document stay in memory, never its page.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from dedup import match, sketch
from dedup.clean.blocks import page_blocks
from dedup.corpus import dates
from dedup.engine.cleaning import clean_documents
from dedup.engine.holdings import Holdings
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.progress import Progress, Silent
from dedup.engine.result import ScanResult
from dedup.errors import UsageError
from dedup.records import Cleaned, Document


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
    holdings = Holdings(options.cleaning.keep_labels)
    with _timed(seconds, "read and clean"):
        packed = holdings.without_repeated(sketch.pack(_texts(documents, options, holdings)))
    _check_ids(holdings.ids)
    progress.stage("sketch")
    with _timed(seconds, "sketch"):
        sketches = sketch.sketch(packed, workers=options.workers)
    progress.stage("match")
    with _timed(seconds, "match"):
        table = match.find_pairs(packed, sketches, options.bounds, workers=options.workers)
    return ScanResult(holdings, packed, sketches.n_shingles, table, options, seconds)


def _texts(documents: Iterable[Document], options: ScanOptions, holdings: Holdings) -> Iterator[str]:
    if options.clean:
        pairs = clean_documents(documents, options.cleaning, workers=options.workers)
    else:
        pairs = ((document, as_it_is(document)) for document in documents)
    for document, cleaned in pairs:
        holdings.add(document, cleaned)
        yield cleaned.text


def as_it_is(document: Document) -> Cleaned:
    """Take a document's text as it is; of a page without one, all its visible text."""
    if document.text is not None:
        return Cleaned(document.text, [], document.id)
    page = page_blocks(document.html or "")
    said = page.facts
    when = dates.published(said.published)
    return Cleaned("\n".join(page.texts), [], document.id, said.title or None, said.byline or None, when)


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

"""The engine for one machine: one pass over the documents, then matching over what they left.

    documents -> clean -> rows and texts on disk -> sketches on disk -> pairs -> ScanResult

Each stage leaves its result in the scan's folder (`work`), so memory holds some hundred bytes a document and the
buffers of the stage at work; and a scan that was killed goes on with the stage it was in, the first with the document.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from typing import Any

import msgspec

from dedup import cluster, match
from dedup._mapped import release
from dedup.clean.blocks import page_blocks
from dedup.corpus import dates
from dedup.engine.cleaning import clean_documents
from dedup.engine.holdings import Holdings, together
from dedup.engine.options import ScanOptions, check_options
from dedup.engine.progress import Progress, Silent
from dedup.engine.result import ScanResult
from dedup.engine.sketching import Sketching
from dedup.engine.work import Work
from dedup.records import Cleaned, Document
from dedup.sketch import Packed

# Seconds of work that a kill may cost: writing the state takes some milliseconds, and flushing what the disk takes.
CHECKPOINT_SECONDS = 10.0
# Documents after which the pages of a mapped file that were read are let go.
_LET_GO = 4096


def scan(
    documents: Iterable[Document],
    options: ScanOptions | None = None,
    progress: Progress | None = None,
    *,
    work: Work | None = None,
    bad_records: Callable[[], int] = lambda: 0,
) -> ScanResult:
    """Find who copied what among documents.

    Parameters
    ----------
    documents
        With distinct ids; read once, in order. Where `work` holds an earlier run, the same ones: those that it has are
        passed over, and none is read if it had read all.
    options
        Bounds, workers and the rest; None for the defaults.
    progress
        Told how far the work is; None for nobody.
    work
        Folder of the scan; None for a temporary one.
    bad_records
        Gives the number of records that could not be read so far.

    Returns
    -------
    ScanResult
        Pairs, clusters and a row for each document; the same whatever the number of workers.

    Raises
    ------
    UsageError
        An id stands twice, or an option makes no sense.
    OutputError
        The disk with the folder is full.
    """
    options = options or ScanOptions()
    progress = progress or Silent()
    check_options(options)
    work = work or Work()
    keep_texts = options.keep_texts or options.clean
    held = Holdings(work, options.cleaning.keep_labels, attribute=options.attribute, keep_texts=keep_texts)
    sketched = match.Sketched(work.path("sketched"), options.bounds.min_jaccard)
    if not work.is_done("read"):
        with _timed(work, "read and clean"):
            _read(documents, options, held, sketched, bad_records)
    held.check_ids()
    packed = held.without_repeated()
    with work.told():
        if work.is_done("sketch"):
            sketched.load()
        else:
            with _timed(work, "sketch"):
                _sketch(packed, sketched, options, progress, work)
            work.finish("sketch")
        with _timed(work, "match"):
            table = _match(packed, sketched, held, options, progress)
        sketched.drop()
    return ScanResult(held, packed, sketched.n_shingles, table, options)


def plan(options: ScanOptions) -> dict[str, Any]:
    """Return of the options what a scan's stages depend on."""
    asked = msgspec.to_builtins(options, enc_hook=str)
    return {
        name: value for name, value in asked.items() if name not in ("workers", "memory", "passages", "texts", "lang")
    }


def _read(
    documents: Iterable[Document],
    options: ScanOptions,
    held: Holdings,
    sketched: match.Sketched,
    bad_records: Callable[[], int],
) -> None:
    todo = islice(documents, len(held), None)
    if options.clean:
        pairs = clean_documents(todo, options.cleaning, workers=options.workers)
    else:
        pairs = ((document, as_it_is(document)) for document in todo)
    beside = not options.clean and not len(held)  # texts that stay as they are read are sketched meanwhile
    saved = time.monotonic()
    with Sketching(sketched, options, held.work) if beside else nullcontext() as sketching:
        for some in together(pairs):
            texts = held.add(some)
            if sketching:
                sketching.add(texts)
            if time.monotonic() - saved > CHECKPOINT_SECONDS:
                held.checkpoint(bad_records())
                saved = time.monotonic()
    held.checkpoint(bad_records())
    held.close()
    held.work.finish("read")
    if beside:
        held.work.finish("sketch")


def _sketch(packed: Packed, sketched: match.Sketched, options: ScanOptions, progress: Progress, work: Work) -> None:
    progress.stage("sketch", len(packed))
    with Sketching(sketched, options, work) as sketching:
        for first in range(0, len(packed), _LET_GO):
            last = min(first + _LET_GO, len(packed))
            sketching.add(packed.encoded(document) for document in range(first, last))
            release(packed.data)
            progress.advance(min(_LET_GO, len(packed) - first))


def _match(
    packed: Packed, sketched: match.Sketched, held: Holdings, options: ScanOptions, progress: Progress
) -> match.PairTable:
    path = held.work.path("pairs.npz")
    if held.work.is_done("match"):
        return match.load_table(path)
    progress.stage("match", len(packed))
    only_near = {*options.listed} <= {"exact", "near"}
    table = match.match_sketched(
        sketched,
        options.bounds,
        near_only=only_near,
        memory=options.memory,
        rank=cluster.priority(held.ids, held.published, packed.lengths, held.agencies, options.keep),
        workers=options.workers,
        on_progress=progress.advance,
    )
    if held.work.is_kept:
        match.save_table(table, path)
        held.work.finish("match")
    return table


def as_it_is(document: Document) -> Cleaned:
    """Take a document's text as it is; of a page without one, all its visible text."""
    if document.text is not None:
        return Cleaned(document.text, [], document.id)
    page = page_blocks(document.html or "")
    said = page.facts
    when = dates.published(said.published)
    text = "\n".join(page.texts)
    told = said.title or None, said.byline or None, when, said.sources, said.canonical or None
    return Cleaned(text, [], document.id, *told)


@contextmanager
def _timed(work: Work, stage: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    seconds = work.state.seconds
    seconds[stage] = round(seconds.get(stage, 0.0) + time.perf_counter() - start, 3)

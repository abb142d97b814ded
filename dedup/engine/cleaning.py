"""The cleaning stage over many documents: in this process, or spread over others.

Cleaning a page is Python and C calls that hold the GIL, so more cores mean more processes, each with its own model.
Results come back in input order whatever the number of workers.
"""

from __future__ import annotations

import itertools
import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from dedup.corpus.dates import published
from dedup.corpus.streams import DamagedError, open_stream
from dedup.engine.options import CleanOptions, check_cleaning
from dedup.errors import DedupError, InputError
from dedup.records import Block, Cleaned, Document

if TYPE_CHECKING:
    from dedup.clean import Cleaner
    from dedup.clean.explain import Reason
    from dedup.clean.templates import Templates

# Documents handed to a worker at once: pages arrive at some 3 ms each, so a batch is a tenth of a second of work,
# far above the cost of sending it, and small enough that two workers stay balanced to the end.
BATCH_DOCUMENTS = 32
# Batches on the way per worker: enough that none waits, few enough that memory stays bounded.
BATCHES_AHEAD = 4
# Below this many documents a second process costs more (imports, model) than it saves.
MIN_FOR_PROCESSES = 128

_cleaner: Cleaner | None = None  # one per worker process


def clean_documents(
    documents: Iterable[Document], options: CleanOptions, *, workers: int
) -> Iterator[tuple[Document, Cleaned]]:
    """Clean documents, in input order.

    Parameters
    ----------
    documents
        What to clean; read as the results are taken.
    options
        Classifier, what is known of sites, and the rest.
    workers
        Processes to use.

    Raises
    ------
    UsageError
        An option makes no sense.
    DedupError
        A worker process died; the message names the documents it was at.
    """
    check_cleaning(options)
    templates = load_templates(options.sites)
    stream = iter(documents)
    head = list(itertools.islice(stream, MIN_FOR_PROCESSES))
    documents = itertools.chain(head, stream)
    _start(options, templates)  # in this process too, where a bad model file is an error and not the death of a worker
    if workers <= 1 or len(head) < MIN_FOR_PROCESSES:
        for batch in _batches(documents):
            yield from zip(batch, _clean(batch), strict=True)
    else:
        yield from _clean_in_processes(documents, workers, options, templates)


def explain_documents(
    documents: Iterable[Document], options: CleanOptions
) -> Iterator[tuple[Document, list[tuple[Block, list[Reason]]]]]:
    """Say of each block of each document what moved the opinion of it most; in this process, one by one."""
    check_cleaning(options)
    _start(options, None)
    assert _cleaner is not None  # noqa: S101 - for the type checker
    for document in documents:
        yield document, _cleaner.explain(document.text, document.html)


def clean_here(documents: Iterable[Document], options: CleanOptions) -> Iterator[tuple[Document, Cleaned]]:
    """Clean documents in this process, which keeps the classifier for the next ones; else as `clean_documents`."""
    _start_once(options)
    for batch in _batches(documents):
        yield from zip(batch, _clean(batch), strict=True)


@lru_cache(maxsize=1)
def _start_once(options: CleanOptions) -> None:
    _start(options, load_templates(options.sites))


def load_templates(path: Path | None) -> Templates | None:
    """Read a file of templates of sites, decompressed as its suffix says; no path gives none.

    Raises
    ------
    InputError
        The file is missing, damaged or of another version.
    """
    from dedup.clean.templates import Templates

    if path is None:
        return None
    try:
        with open_stream(str(path)) as stream:
            return Templates.decode(stream.readall() or b"", str(path))
    except DamagedError as error:
        raise InputError(error.reason, where=str(path), hint="Learn it again with dedup clean --learn-sites") from error


def _clean_in_processes(
    documents: Iterable[Document], workers: int, options: CleanOptions, templates: Templates | None
) -> Iterator[tuple[Document, Cleaned]]:
    # spawn, not fork: the parent holds Numba's and the progress bar's threads, which do not survive a fork.
    context = multiprocessing.get_context("spawn")
    pending: deque[tuple[list[Document], Future[list[Cleaned]]]] = deque()
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_start_worker, initargs=(options, templates))
    try:
        for batch in _batches(documents):
            pending.append((batch, pool.submit(_clean, batch)))
            if len(pending) >= workers * BATCHES_AHEAD:
                yield from _collect(*pending.popleft())
        while pending:
            yield from _collect(*pending.popleft())
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _collect(batch: list[Document], future: Future[list[Cleaned]]) -> Iterator[tuple[Document, Cleaned]]:
    try:
        yield from zip(batch, future.result(), strict=True)
    except BrokenProcessPool as error:
        where = f"{batch[0].where or batch[0].id} to {batch[-1].where or batch[-1].id}"
        hint = "Try again with --workers 1; if it happens again, take these documents out and report the page"
        raise DedupError("a worker process died while cleaning", where=where, hint=hint) from error


def _start_worker(options: CleanOptions, templates: Templates | None) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _start(options, templates)


def _end_with_parent() -> None:
    """End this worker when the process that started it is gone: after a kill nobody else tells it."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _start(options: CleanOptions, templates: Templates | None) -> None:
    from dedup.clean import Cleaner

    global _cleaner  # noqa: PLW0603 - the executor's initializer has no other place to leave it
    _cleaner = Cleaner.load(options.model, templates, options.favor, options.keep_labels)


def _clean(batch: list[Document]) -> list[Cleaned]:
    assert _cleaner is not None  # noqa: S101 - for the type checker; _start ran before
    items = [(document.text, document.html) for document in batch]
    cleaned = _cleaner.clean_many(items, [document.site for document in batch])
    for document, result in zip(batch, cleaned, strict=True):
        result.id = document.id
        result.published = published(result.published)
    return cleaned


def _batches(documents: Iterable[Document]) -> Iterator[list[Document]]:
    stream = iter(documents)
    while batch := list(itertools.islice(stream, BATCH_DOCUMENTS)):
        yield batch

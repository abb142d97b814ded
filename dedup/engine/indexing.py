"""Documents into an index: cleaned and attributed as a scan does it, then added batch by batch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
import numpy as np

from dedup.engine.cleaning import clean_documents
from dedup.engine.holdings import Holdings, together
from dedup.engine.local import as_it_is
from dedup.engine.options import CleanOptions
from dedup.engine.progress import Progress, Silent
from dedup.engine.work import Work
from dedup.errors import UsageError
from dedup.index import Index
from dedup.records import Document
from dedup.sketch import Packed
from dedup.verdicts import Entry

BATCH = 10_000
"""Documents that are added at a time: a kill costs those, a second or two of work."""


class AddOptions(msgspec.Struct, frozen=True):
    """What adding may be told."""

    clean: bool = True
    """False takes texts as they are."""
    cleaning: CleanOptions = CleanOptions()
    skip_held: bool = False
    """Pass over documents whose id is held, as after an interrupted run; else they are an error."""
    workers: int = 1


class Added(NamedTuple):
    """How many documents went in, and how many were held already."""

    added: int
    skipped: int


def add_documents(
    index: Index, documents: Iterable[Document], options: AddOptions | None = None, progress: Progress | None = None
) -> Added:
    """Clean documents and add them to an index; each batch of `BATCH` is there as a whole once it is added.

    Parameters
    ----------
    index
        Open to write.
    documents
        Read once, in order; they wait on disk until all are cleaned, as what a site repeats is known then.
    options
        None for the defaults.
    progress
        Told how far the work is; None for nobody.

    Raises
    ------
    UsageError
        An id stands twice, or is held and is not to be passed over; then nothing was added.
    OutputError
        A disk is full; the batches before are in the index.
    """
    options, progress = options or AddOptions(), progress or Silent()
    held = prepare(documents, options.cleaning if options.clean else None, options.workers)
    packed = held.without_repeated()
    new = _new(index, held, skip=options.skip_held)
    progress.stage("add", len(new))
    for first in range(0, len(new), BATCH):
        own = new[first : first + BATCH]
        index.add(_some(packed, own), [entry_of(held, document) for document in own.tolist()])
        progress.advance(len(own))
    return Added(len(new), len(held) - len(new))


def prepare(documents: Iterable[Document], cleaning: CleanOptions | None, workers: int) -> Holdings:
    """Clean documents, or take them as they are, and remember of each what a scan does, in a temporary folder.

    Raises
    ------
    UsageError
        An id stands twice, or an option makes no sense.
    """
    held = Holdings(Work(), cleaning.keep_labels if cleaning else ())
    if cleaning:
        pairs = clean_documents(documents, cleaning, workers=workers)
    else:
        pairs = ((document, as_it_is(document)) for document in documents)
    for some in together(pairs):
        held.add(some)
    held.checkpoint(0)
    held.close()
    held.check_ids()
    return held


def entry_of(held: Holdings, document: int) -> Entry:
    """Return what an index holds of a document beside its text."""
    published = held.published[document] or None
    return Entry(held.ids[document], held.sites[document], published, held.agencies[document])


def _new(index: Index, held: Holdings, *, skip: bool) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Return the documents that are not held."""
    known = index.held(held.ids)
    if known and not skip:
        hint = "Remove it first, or pass over those that are held with --skip-held"
        raise UsageError(f"the index holds {len(known):,} of these ids already", where=min(known), hint=hint)
    return np.array([document for document, id in enumerate(held.ids) if id not in known], np.int64)


def _some(packed: Packed, documents: np.ndarray[tuple[int], np.dtype[np.int64]]) -> Packed:
    """Return the texts of some documents."""
    first, last = int(documents[0]), int(documents[-1])
    if last - first + 1 == len(documents):
        return Packed(packed.data, packed.offsets[first : last + 2])
    texts = [packed.encoded(document) for document in documents.tolist()]
    return Packed(np.frombuffer(b"".join(texts), np.uint8), np.cumsum([0, *map(len, texts)], dtype=np.int64))

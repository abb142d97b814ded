"""What a writer does between the beginning and the end of its transaction: rows, segments, which of them go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from dedup.index import packing, rows
from dedup.index.packing import I64, U64
from dedup.index.segments import (
    Gone,
    Opened,
    due,
    merge_segments,
    sync_folder,
    write_segment,
)
from dedup.index.store import Counts, Store
from dedup.match import bands
from dedup.sketch import Packed, Sketches
from dedup.verdicts import Entry

_NONE = Gone()


@dataclass(frozen=True)
class Part:
    """Documents that become one segment."""

    packed: Packed
    sketches: Sketches
    entries: Sequence[Entry]
    held: I64
    """Of each the text that is held and has the same tokens, -1 for none."""
    shape: tuple[int, int]
    """Bands and rows."""


class Batch:
    """What becomes visible together.

    Parameters
    ----------
    store
        In a transaction.
    segments, counts
        As they are before.
    """

    def __init__(self, store: Store, segments: list[Opened], counts: Counts) -> None:
        self._store = store
        self.segments = segments
        self.counts = Counts(counts.documents, counts.texts, counts.next, counts.serial)
        self.written: list[str] = []
        """Files of this batch: they go where it is given up."""
        self.gone: list[str] = []
        """Files that nothing needs once it is visible."""

    def add(self, part: Part) -> None:
        """Add documents."""
        numbers = self.counts.next + np.arange(len(part.entries))
        texts = _texts(part, numbers)
        new = texts == numbers
        rows.put_documents(self._store, numbers, texts, part.entries)
        self._put_texts(part, numbers, new)
        keys = np.array([packing.key_of_id(entry.id) for entry in part.entries], np.uint64) << np.uint64(32)
        ids = packing.postings_of(keys, numbers)
        lists = [*_postings(part, numbers, new & (part.sketches.n_tokens > 0)), ids]
        sizes = np.where(new, part.sketches.n_shingles, 0)
        segment = write_segment(self._store.folder / self._name(), int(numbers[0]), lists, sizes)
        self.segments = [*self.segments, Opened(segment, self._store.folder)]
        self.counts.documents += len(numbers)
        self.counts.texts += int(new.sum())
        self.counts.next += len(numbers)
        while n := due([opened.segment for opened in self.segments]):
            old = self.segments[-n:]
            self.replace(n, [self.merged(old, _NONE, old[0].segment.first, old[-1].segment.end)])

    def merged(self, old: list[Opened], gone: Gone, first: int, end: int) -> Opened:
        """Write one segment of several."""
        segment = merge_segments(self._store.folder / self._name(), old, gone, first, end)
        return Opened(segment, self._store.folder)

    def replace(self, n: int, new: list[Opened]) -> None:
        """Put segments in the place of the `n` last ones."""
        kept = len(self.segments) - n
        self.gone += [opened.segment.name for opened in self.segments[kept:]]
        self.segments = [*self.segments[:kept], *new]

    def finish(self) -> None:
        """Bring all to the disk but the rows, and say in the database what there is."""
        if self.written:
            sync_folder(self._store.folder)
        self._store.put(self.counts, [opened.segment for opened in self.segments])

    def _name(self) -> str:
        name = f"{self.counts.serial:08}.segment"
        self.counts.serial += 1
        self.written.append(name)
        return name

    def _put_texts(self, part: Part, numbers: I64, new: NDArray[np.bool_]) -> None:
        sketches, own = part.sketches, np.flatnonzero(new)
        shingles = sketches.shingles if new.all() else sketches.shingles[np.repeat(new, sketches.n_shingles)]
        n_shingles = sketches.n_shingles[own]
        ends = np.concatenate([np.zeros(1, np.int64), np.cumsum(packing.record_sizes(n_shingles))])
        data = np.empty(int(ends[-1]), np.uint8)
        packing.pack_records(shingles, n_shingles, data)
        rows.put_texts(self._store, numbers[own], sketches.digests[own], (data.data, ends))
        if self._store.keeps_texts:
            rows.put_contents(self._store, numbers, part.packed)


def _texts(part: Part, numbers: I64) -> I64:
    """Return for each document the one that brought its text: itself, one before it, or one that is held."""
    texts = numbers.copy()
    own = np.flatnonzero(part.sketches.n_tokens)
    _, first, group = np.unique(part.sketches.digests[own], return_index=True, return_inverse=True)
    texts[own] = numbers[own[first]][group]
    return np.where(part.held >= 0, part.held, texts)


def _postings(part: Part, numbers: I64, of: NDArray[np.bool_]) -> list[U64]:
    """Return the postings of fingerprints, bands and digests of some documents."""
    sketches = part.sketches
    n = np.diff(sketches.offsets)
    prints = sketches.fingerprints[np.repeat(of, n)]
    keys = bands.band_keys(sketches.signatures[of], *part.shape)
    return [
        packing.postings_of(prints, np.repeat(numbers[of], n[of])),
        packing.postings_of(keys.reshape(-1), np.repeat(numbers[of], keys.shape[1])),
        packing.postings_of(sketches.digests[of], numbers[of]),
    ]

"""Exact figures of candidate pairs: what their shingle sets have in common is counted.

Shingles stand for themselves by 64-bit hashes. Two different ones of a pair of 1,000-word texts share a hash with a
chance of 10^6 / 2^64, so the figures are those of the texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import release
from dedup.match.count import count_shared
from dedup.sketch import Packed, shingle_sets

# Pairs that a thread takes at a time: some milliseconds of work.
_SLICE = 1 << 12

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


class Sets:
    """Shingle sets of some documents.

    Parameters
    ----------
    packed
        The texts of all documents.
    documents
        Those wanted, ascending.
    """

    def __init__(self, packed: Packed, documents: I64, *, workers: int) -> None:
        self.shingles, self.offsets = shingle_sets(packed, documents, workers=workers)
        self._documents = documents
        self._workers = workers

    def places(self, documents: I64) -> I64:
        """Return where documents stand among the wanted ones."""
        return np.searchsorted(self._documents, documents)

    def shared(self, a: I64, b: I64) -> NDArray[np.int32]:
        """Count the common shingles of pairs, those of one `a` together."""
        one, other = self.places(a), self.places(b)
        shared = np.empty(len(a), np.int32)

        def run(start: int) -> None:
            own = slice(start, start + _SLICE)
            count_shared(self.shingles, self.offsets, one[own], other[own], shared[own])

        with ThreadPoolExecutor(self._workers) as pool:
            list(pool.map(run, range(0, len(a), _SLICE)))
        return shared


def batches(a: I64, b: I64, n_shingles: NDArray[np.int32], most: int) -> Iterator[tuple[I64, I64, I64]]:
    """Cut pairs, sorted by `a`, into runs whose documents have at most `most` shingles together, or that are one pair.

    Yields the documents of a run, ascending, and its `a` and `b`.
    """
    documents = np.unique(np.concatenate([a, b]))
    if len(a) > 1 and n_shingles[documents].sum(dtype=np.int64) > most:
        middle = len(a) // 2
        yield from batches(a[:middle], b[:middle], n_shingles, most)
        yield from batches(a[middle:], b[middle:], n_shingles, most)
    elif len(a):
        yield documents, a, b


def verify(packed: Packed, a: I64, b: I64, *, workers: int = 2) -> tuple[I64, I64, I64]:
    """Count common shingles of pairs of documents, and the shingles of each.

    Returns
    -------
    shared, size_a, size_b
        Of each pair.
    """
    sets = Sets(packed, np.unique(np.concatenate([a, b])), workers=workers)
    sizes = np.diff(sets.offsets)
    release(packed.data)
    return sets.shared(a, b).astype(np.int64), sizes[sets.places(a)], sizes[sets.places(b)]

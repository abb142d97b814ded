"""Exact figures of candidate pairs: what their shingle sets have in common is counted.

Shingles stand for themselves by 64-bit hashes. Two different ones of a pair of 1,000-word texts share a hash with a
chance of 10^6 / 2^64, so the figures are those of the texts.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dedup.match.count import count_shared
from dedup.sketch import Packed, shingle_sets

# Pairs that a thread takes at a time: some milliseconds of work.
_SLICE = 1 << 12

I64 = NDArray[np.int64]


def batches(a: I64, b: I64, n_shingles: NDArray[np.int32], most: int) -> Iterator[tuple[slice, I64, I64]]:
    """Cut pairs, sorted by `a`, into runs whose documents have at most `most` shingles together, or that are one pair.

    Yields the place of a run, its `a` and its `b`.
    """
    waiting = [(0, len(a))] if len(a) else []
    while waiting:
        start, end = waiting.pop()
        own = slice(start, end)
        if end - start > 1 and n_shingles[np.union1d(a[own], b[own])].sum(dtype=np.int64) > most:
            middle = (start + end) // 2
            waiting += [(middle, end), (start, middle)]
        else:
            yield own, a[own], b[own]


def count_in_sets(packed: Packed, a: I64, b: I64, *, workers: int = 2) -> NDArray[np.int32]:
    """Count the common shingles of pairs of documents.

    Parameters
    ----------
    packed
        The texts of all documents.
    a, b
        The pairs, those of one `a` together.
    workers
        Threads.
    """
    documents = np.union1d(a, b)
    shingles, offsets = shingle_sets(packed, documents, workers=workers)
    one, other = np.searchsorted(documents, a), np.searchsorted(documents, b)
    shared = np.empty(len(a), np.int32)

    def run(start: int) -> None:
        own = slice(start, start + _SLICE)
        count_shared(shingles, offsets, one[own], other[own], shared[own])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(0, len(a), _SLICE)))
    return shared

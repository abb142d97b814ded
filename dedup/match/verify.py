"""Exact figures of candidate pairs: their sorted shingle sets are merged and what both have is counted.

Shingles stand for themselves by 64-bit hashes. Two different ones of a pair of 1,000-word texts share a hash with a
chance of 10^6 / 2^64, so the figures are those of the texts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch import Packed, shingle_sets

# Pairs that a thread takes at a time: some milliseconds of work.
_SLICE = 1 << 14


@jit
def count_shared(
    shingles: NDArray[np.uint64],
    offsets: NDArray[np.int64],
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    shared: NDArray[np.int64],
) -> None:
    """Write the number of common values of sorted sets `a[i]` and `b[i]`; without branches, which nothing predicts."""
    for pair in range(len(a)):
        i, i_end = offsets[a[pair]], offsets[a[pair] + 1]
        j, j_end = offsets[b[pair]], offsets[b[pair] + 1]
        count = 0
        while i < i_end and j < j_end:
            one, other = shingles[i], shingles[j]
            count += one == other
            i += one <= other
            j += other <= one
        shared[pair] = count


def verify(
    packed: Packed, a: NDArray[np.int64], b: NDArray[np.int64], *, workers: int = 2
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Count common shingles of pairs of documents, and the shingles of each.

    Returns
    -------
    shared, size_a, size_b
        Of each pair.
    """
    wanted = np.zeros(len(packed), bool)
    wanted[a] = wanted[b] = True
    shingles, offsets = shingle_sets(packed, np.flatnonzero(wanted), workers=workers)
    places = np.cumsum(wanted) - 1
    one, other = places[a], places[b]
    shared = np.empty(len(a), np.int64)

    def run(start: int) -> None:
        own = slice(start, start + _SLICE)
        count_shared(shingles, offsets, one[own], other[own], shared[own])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(run, range(0, len(a), _SLICE)))
    sizes = np.diff(offsets)
    return shared, sizes[one], sizes[other]

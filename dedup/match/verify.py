"""Exact figures of candidate pairs: what their shingle sets have in common is counted.

Shingles stand for themselves by 64-bit hashes. Two different ones of a pair of 1,000-word texts share a hash with a
chance of 10^6 / 2^64, so the figures are those of the texts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from dedup._mapped import release, will_need
from dedup.match.count import count_shared

# Pairs that a thread takes at a time: some milliseconds of work.
_SLICE = 1 << 12
# Times as many shingles as the other, from which the longer document of a pair is the one that is put into a table.
_LONGER = 8

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


def verify(
    shingles: U64, offsets: I64, a: I64, b: I64, *, workers: int = 2, memory: int = 1 << 28
) -> NDArray[np.int32]:
    """Count the common shingles of pairs of documents.

    Parameters
    ----------
    shingles
        Distinct ones of each document, one document after the other. Where they are mapped, one run of documents after
        the other is read as B, so that what is in memory are its sets and those of A.
    offsets
        Shape (documents + 1,): where those of each start, and the end.
    a, b
        The pairs, those of one `a` together.
    workers
        Threads.
    memory
        Bytes of the sets of a run.
    """
    shared = np.empty(len(a), np.int32)
    run = offsets[b] * 8 // memory
    order = np.argsort(run, kind="stable")
    bounds = np.flatnonzero(np.diff(run[order], prepend=-1, append=-1))
    with ThreadPoolExecutor(workers) as pool:
        for start, end in pairwise(bounds.tolist()):
            own = order[start:end]
            for documents in (np.unique(a[own]), np.unique(b[own])):
                will_need(shingles, offsets[documents], offsets[documents + 1])
            shared[own] = _count(shingles, offsets, a[own], b[own], pool)
            release(shingles)
    return shared


def _count(shingles: U64, offsets: I64, a: I64, b: I64, pool: ThreadPoolExecutor) -> NDArray[np.int32]:
    """Count for pairs, in their order, what is looked up in the table of A, or of a B that is much longer."""
    shared = np.empty(len(a), np.int32)
    longer = offsets[b + 1] - offsets[b] > _LONGER * (offsets[a + 1] - offsets[a])
    rows = np.flatnonzero(longer)
    rows = rows[np.argsort(b[rows], kind="stable")]
    for table, other, own in ((a, b, np.flatnonzero(~longer)), (b, a, rows)):
        counts = np.empty(len(own), np.int32)
        parts = [slice(start, start + _SLICE) for start in range(0, len(own), _SLICE)]
        jobs = [
            pool.submit(count_shared, shingles, offsets, table[own[part]], other[own[part]], counts[part])
            for part in parts
        ]
        for job in jobs:
            job.result()
        shared[own] = counts
    return shared

"""Exact figures of candidate pairs: what their shingle sets have in common is counted.

Shingles stand for themselves by 64-bit hashes. Two different ones of a pair of 1,000-word texts share a hash with a
chance of 10^6 / 2^64, so the figures are those of the texts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup._mapped import release, will_need

# Pairs that a thread takes at a time: some milliseconds of work.
_SLICE = 1 << 12
# Times as many shingles as the other, from which the longer document of a pair is the one that is put into a table.
_LONGER = 8

_EMPTY = np.uint64(0)
# Bits of a hash that choose its place in the table, and in another its word and its bit there.
_PLACE, _WORD, _BIT = np.uint64(20), np.uint64(40), np.uint64(58)

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


@jit
def table_size(n: int) -> int:
    """Return the size of a table for `n` values: a power of two, mostly empty, so that most looks end at the first."""
    size = 64
    while size < 4 * n:
        size *= 2
    return size


@jit
def fill(values: U64, table: U64, bits: U64) -> int:
    """Put a document's values into the front of a table, and a bit for each into another; return its last place."""
    last = table_size(len(values)) - 1
    table[: last + 1] = _EMPTY
    bits[: (last >> 2) + 1] = _EMPTY
    for value in values:
        place = np.int64(value >> _PLACE) & last
        while table[place] != _EMPTY and table[place] != value:
            place = (place + 1) & last
        table[place] = value
        bits[np.int64(value >> _WORD) & (last >> 2)] |= np.uint64(1) << (value >> _BIT)
    return last


@jit
def count_in(table: U64, bits: U64, last: int, values: U64, likely: U64) -> int:
    """Return how many distinct values a table holds."""
    n: Any = 0
    for value in values:  # without a branch: what has its bit set comes to the front
        likely[n] = value
        n += np.int64(bits[np.int64(value >> _WORD) & (last >> 2)] >> (value >> _BIT) & np.uint64(1))
    count = 0
    for k in range(n):
        place = np.int64(likely[k] >> _PLACE) & last
        while table[place] != _EMPTY and table[place] != likely[k]:
            place = (place + 1) & last
        count += table[place] != _EMPTY
    return count


@jit
def count_shared(shingles: U64, offsets: I64, a: I64, b: I64, shared: NDArray[np.int32]) -> None:
    """Write the number of common values of sets `a[i]` and `b[i]`, without 0; pairs of one `a` stand together."""
    most_a, most_b = 1, 1
    for pair in range(len(a)):
        most_a = max(most_a, offsets[a[pair] + 1] - offsets[a[pair]])
        most_b = max(most_b, offsets[b[pair] + 1] - offsets[b[pair]])
    table = np.empty(table_size(most_a), np.uint64)
    bits, likely, last, of = np.empty(len(table), np.uint64), np.empty(most_b + 1, np.uint64), 0, -1
    for pair in range(len(a)):
        if a[pair] != of:
            of = a[pair]
            last = fill(shingles[offsets[of] : offsets[of + 1]], table, bits)
        shared[pair] = count_in(table, bits, last, shingles[offsets[b[pair]] : offsets[b[pair] + 1]], likely)


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

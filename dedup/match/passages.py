"""The passages that two documents share: maximal runs of consecutive common shingles, as code points of both texts.

A is walked from its start. Where a shingle also stands in B, the run is extended as far as both agree, from the place
in B that gives the longest; then the walk goes on behind it. So passages do not overlap in A, stand in its order, and
each is word for word the same in both, folding apart: an edit ends one.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch import SHINGLE, Packed, token_streams

OCCURRENCES = 32
"""Places in B that are tried for one shingle of A, the first ones: more only in text that repeats itself, where each is
as good as the other, and trying all would be quadratic."""
# Pairs, or documents, that a thread takes at a time.
_SLICE = 256

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
_ONE = np.uint64(1)


@jit
def count_shingles(tokens: int) -> int:
    """Return the number of shingles, in order and with repeats, of a number of tokens."""
    return tokens - min(tokens, SHINGLE) + 1 if tokens else 0


@jit
def place_mask(count: int) -> np.uint64:
    """Return the low bits that hold a place among `count`."""
    mask = _ONE
    while mask < np.uint64(count):
        mask = mask << _ONE | _ONE
    return mask


@jit
def index_places(shingles: U64, offsets: I64, first: int, last: int, places: U64) -> None:
    """Write the sorted places of documents' shingles: each the hash with its low bits replaced by the place."""
    for d in range(first, last):
        start = offsets[d]
        count = count_shingles(offsets[d + 1] - start)
        mask = place_mask(count)
        own = places[start : start + count]
        for i in range(count):
            own[i] = shingles[start + i] & ~mask | np.uint64(i)
        own.sort()


@jit
def meet(places_a: U64, places_b: U64, hits: I64) -> None:
    """Write for each place in A which of B's sorted places is the first with the same hash, -1 for none.

    One merge for a pair: a binary search for each shingle of A takes several times as long.
    """
    hits[: len(places_a)] = -1
    mask_a = place_mask(len(places_a))
    mask = ~max(mask_a, place_mask(len(places_b)))
    i, j = 0, 0
    while i < len(places_a) and j < len(places_b):
        one, other = places_a[i] & mask, places_b[j] & mask
        if one == other:
            hits[places_a[i] & mask_a] = j
        i += one <= other
        j += other < one


@jit
def longest_run(a: U64, b: U64, places: U64, i: int, k: int, after: np.int64) -> tuple[np.int64, int]:
    """Return the place in B where the longest run with A from `i` on starts, and its shingles, 0 for none.

    `k` is the first of B's sorted places that may be one. Of equally long runs the first at or behind `after`, else the
    first.
    """
    mask = place_mask(len(b))
    tried, best, best_j = 0, 0, np.int64(0)
    while k < len(places) and places[k] & ~mask == a[i] & ~mask and tried < OCCURRENCES:
        j = np.int64(places[k] & mask)  # int() leaves it unsigned
        run = 0
        while i + run < len(a) and j + run < len(b) and a[i + run] == b[j + run]:
            run += 1
        if run > best or (run == best and run and best_j < after <= j):
            best, best_j = run, j
        k += 1
        tried += 1
    return best_j, best


@jit
def find_passages(streams: Any, places: U64, a: I64, b: I64, sizes: I64) -> I64:
    """Write how many passages each pair of documents has, and return them all, shape (n, 4), in code points."""
    shingles, starts, ends, offsets = streams
    out, hits = np.empty((64, 4), np.int64), np.empty(0, np.int64)
    n = 0
    for pair in range(len(a)):
        at_a, at_b = offsets[a[pair]], offsets[b[pair]]
        tokens_a, tokens_b = offsets[a[pair] + 1] - at_a, offsets[b[pair] + 1] - at_b
        own_a = shingles[at_a : at_a + count_shingles(tokens_a)]
        own_b = shingles[at_b : at_b + count_shingles(tokens_b)]
        index = places[at_b : at_b + len(own_b)]
        if len(own_a) > len(hits):
            hits = np.empty(2 * len(own_a), np.int64)
        meet(places[at_a : at_a + len(own_a)], index, hits)
        width = min(tokens_a, SHINGLE)
        i, after, before = 0, np.int64(0), n
        while i < len(own_a):
            if hits[i] < 0:
                i += 1
                continue
            j, run = longest_run(own_a, own_b, index, i, hits[i], after)
            if not run:
                i += 1
                continue
            tokens = run + width - 1
            if n == len(out):
                grown = np.empty((2 * n, 4), np.int64)
                grown[:n] = out
                out = grown
            out[n, 0], out[n, 1] = starts[at_a + i], ends[at_a + i + tokens - 1]
            out[n, 2], out[n, 3] = starts[at_b + j], ends[at_b + j + tokens - 1]
            n += 1
            i += tokens
            after = j + tokens
        sizes[pair] = n - before
    return out[:n]


def passages(packed: Packed, a: I64, b: I64, *, workers: int = 2) -> tuple[I64, I64]:
    """Find the passages that pairs of documents share.

    Parameters
    ----------
    packed
        The texts.
    a, b
        The two documents of each pair.
    workers
        Threads; the result does not depend on them.

    Returns
    -------
    spans
        Shape (n, 4): `a_start`, `a_end`, `b_start`, `b_end` in code points, ends exclusive, one pair after the other,
        in the order of A.
    offsets
        Shape (pairs + 1,): where each pair's passages start, and the end.
    """
    wanted = np.zeros(len(packed), bool)
    wanted[a] = wanted[b] = True
    streams = token_streams(packed, np.flatnonzero(wanted), workers=workers)
    where = np.cumsum(wanted) - 1
    one, other = where[a], where[b]
    columns = (streams.shingles, streams.starts, streams.ends, streams.offsets)
    places = np.empty(len(streams.shingles), np.uint64)
    sizes = np.zeros(len(a), np.int64)

    def index(start: int) -> None:
        index_places(streams.shingles, streams.offsets, start, min(start + _SLICE, len(streams.offsets) - 1), places)

    def run(start: int) -> I64:
        own = slice(start, start + _SLICE)
        return find_passages(columns, places, one[own], other[own], sizes[own])

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(index, range(0, len(streams.offsets) - 1, _SLICE)))
        parts = list(pool.map(run, range(0, len(a), _SLICE)))
    spans = np.concatenate([np.empty((0, 4), np.int64), *parts])
    return spans, np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])

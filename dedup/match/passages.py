"""The passages that two documents share: maximal runs of common shingles, merged over small edits.

A is walked from its start. Where a shingle also stands in B, the run is extended as far as both agree, and the walk
goes on behind it. Where both texts differ only a little and then agree again, the passage goes on: seeds are extended
and chained as text alignment does it (Sanchez-Perez, Sidorov and Gelbukh 2014, "A winning approach to text alignment
for text reuse detection at PAN 2014"), but in one pass and over a few words. So passages do not overlap in A and stand
in its order, start and end with shared tokens, and more than half of each, on either side, is shared.

The gap between two runs is what stands between them in A or in B, whichever is longer. It is small where it has at most
`GAP` tokens and is no longer than either run: agreement shorter than the edits beside it is likely a coincidence
("semantic cleanup" in Fraser's diff-match-patch).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup._mapped import release
from dedup.sketch import SHINGLE, Packed, token_streams

GAP = 8
"""Tokens that an edit inside a passage may have: a replaced word, a changed number, a name spelled otherwise, a clause
that says who said it ("the minister said in a statement on Friday"), but not a sentence. On four corpora of news 8
takes in 90 to 95 % of the gaps that are no longer than the runs beside them, 4 would take in 60 to 75 %."""
OCCURRENCES = 32
"""Places in B that are tried for one shingle of A, the first ones, where none continues the passage: more only in text
that repeats itself, where each is as good as the other, and trying all would be quadratic."""
MOST = 1000
"""Passages of a pair, the first ones: four corpora of news have at most 184, and a million times the same word holds a
short text as often as there is room for it."""
SLOTS = 4
"""Of the hash table, for each shingle: three of four are empty, so most shingles that A lacks end at the first look."""
# Bytes of text that are tokenised at a time, or one pair: 32 MB of text are some 200 MB of token streams.
_BATCH = 1 << 25
# Pairs that a thread takes at a time.
_SLICE = 256

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
_S32 = np.uint64(32)


@jit
def count_shingles(tokens: int) -> int:
    """Return the number of shingles, in order and with repeats, of a number of tokens."""
    return tokens - min(tokens, SHINGLE) + 1 if tokens else 0


@jit
def find_slot(slots: I32, a: U64, shingle: np.uint64) -> np.int64:
    """Return the slot of a hash table that holds a shingle of A, or the empty one where it would go.

    High bits choose the first slot without a division (Lemire 2019, "Fast random integer generation in an interval").
    """
    slot = np.int64((shingle >> _S32) * np.uint64(len(slots)) >> _S32)  # int() leaves it unsigned
    while slots[slot] >= 0 and a[slots[slot]] != shingle:
        slot += 1
        if slot == len(slots):
            slot = np.int64(0)
    return slot


@jit
def index_shingles(a: U64, slots: I32, same: I32) -> None:
    """Put the place of each distinct shingle of A into the hash table, and write for each place the first like it."""
    slots[:] = -1
    for i in range(len(a)):
        slot = find_slot(slots, a, a[i])
        if slots[slot] < 0:
            slots[slot] = i
        same[i] = slots[slot]


@jit
def find_places(a: U64, b: U64, slots: I32, first: I32, following: I32) -> None:
    """Write where B has A's shingles: the first place for each distinct one, -1 for none, and behind each the next."""
    first[: len(a)] = -1
    for j in range(len(b) - 1, -1, -1):
        i = slots[find_slot(slots, a, b[j])]
        if i >= 0:
            following[j] = first[i]
            first[i] = j


@jit
def agree(a: U64, b: U64, i: int, j: int) -> int:
    """Return how many shingles are the same from `i` in A and `j` in B on."""
    run = 0
    while i + run < len(a) and j + run < len(b) and a[i + run] == b[j + run]:
        run += 1
    return run


@jit
def continue_passage(a: U64, b: U64, width: int, places: Any, passage: tuple[int, int, int]) -> tuple[int, int, int]:
    """Return where in A and B a run starts that continues a passage, and its shingles, 0 for none.

    That is the first one in A, and of several places in B the longest run; before any run elsewhere, since a number
    that is changed in a table mostly stands somewhere else in it. `passage` is where the last run ends in A and in B,
    and its tokens. The next may start inside of it in B, as with a word that A has twice and B once: such tokens count
    as A's gap.
    """
    same, first, _ = places
    end_a, end_b, last = passage
    most = min(GAP, last)
    for i in range(end_a, min(len(a), end_a + most + 1)):
        best, best_j = 0, 0
        if first[same[i]] < 0:
            continue
        for j in range(max(0, end_b - most), min(len(b), end_b + most + 1)):
            lap = max(0, end_b - j)
            gap = max(i - end_a + lap, j - end_b)
            if gap <= most and a[i] == b[j]:
                run = agree(a, b, i, j)
                if run > best and run + width - 1 - lap >= gap:
                    best, best_j = run, j
        if best:
            return i, best_j, best
    return 0, 0, 0


@jit
def longest_run(a: U64, b: U64, following: I32, i: int, j: int, after: int) -> tuple[int, int]:
    """Return the place in B where the longest run with A from `i` on starts, and its shingles.

    `j` is the first place that is one. Of equally long runs the first at or behind `after`, else the first.
    """
    tried, best, best_j = 0, 0, 0
    while j >= 0 and tried < OCCURRENCES:
        run = agree(a, b, i, j)
        if run > best or (run == best and best_j < after <= j):
            best, best_j = run, j
        j = following[j]
        tried += 1
    return best_j, best


@jit
def with_room(out: I64, n: int) -> I64:
    """Return an array that has a row `n`."""
    if n < len(out):
        return out
    grown = np.empty((2 * n, 4), np.int64)
    grown[:n] = out
    return grown


@jit
def walk(a: U64, b: U64, width: int, places: Any, out: I64, n: int) -> tuple[I64, int]:
    """Append the passages of one pair to `n` rows of `out`, as tokens, and return it and the new number.

    `places` are `same`, `first` and `following`.
    """
    same, first, following = places
    i, end_b, most = 0, 0, n + MOST
    while i < len(a) and n < most:
        if first[same[i]] < 0:
            i += 1
            continue
        j, run = longest_run(a, b, following, i, first[same[i]], end_b)
        out = with_room(out, n)
        out[n, 0], out[n, 2] = i, j
        lap = 0
        while run:
            tokens = run + width - 1
            i, end_b = i + tokens, j + tokens
            out[n, 1], out[n, 3] = i, end_b
            start, j, run = continue_passage(a, b, width, places, (i, end_b, tokens - lap))
            i, lap = start if run else i, max(0, end_b - j)
        n += 1
    return out, n


@jit
def most_tokens(documents: I64, offsets: I64) -> int:
    """Return the tokens of the longest of some documents."""
    most = 0
    for d in documents:
        most = max(most, offsets[d + 1] - offsets[d])
    return most


@jit
def find_passages(streams: Any, a: I64, b: I64, sizes: I64) -> I64:
    """Write how many passages each pair of documents has, and return them all, shape (n, 4), in code points."""
    shingles, starts, ends, offsets = streams
    room_a, room_b = most_tokens(a, offsets), most_tokens(b, offsets)
    slots, same, first = np.empty(SLOTS * room_a, np.int32), np.empty(room_a, np.int32), np.empty(room_a, np.int32)
    following = np.empty(room_b, np.int32)
    out, n, indexed = np.empty((64, 4), np.int64), 0, -1
    for pair in range(len(a)):
        at_a, at_b = offsets[a[pair]], offsets[b[pair]]
        tokens_a, tokens_b = offsets[a[pair] + 1] - at_a, offsets[b[pair] + 1] - at_b
        own_a = shingles[at_a : at_a + count_shingles(tokens_a)]
        own_b = shingles[at_b : at_b + count_shingles(tokens_b)]
        before = n
        if tokens_a:
            table = slots[: SLOTS * len(own_a)]
            if indexed != a[pair]:  # pairs are sorted by A, so mostly it is indexed once
                index_shingles(own_a, table, same)
                indexed = a[pair]
            find_places(own_a, own_b, table, first, following)
            out, n = walk(own_a, own_b, min(tokens_a, SHINGLE), (same, first, following), out, n)
        for row in out[before:n]:
            row[0], row[1] = starts[at_a + row[0]], ends[at_a + row[1] - 1]
            row[2], row[3] = starts[at_b + row[2]], ends[at_b + row[3] - 1]
        sizes[pair] = n - before
    return out[:n]


@jit
def cut(a: I64, b: I64, lengths: I64, most: int, ends: I64) -> int:
    """Write where batches of pairs end that each take at most so many bytes of text, or one pair; return how many."""
    batch_of = np.full(len(lengths), -1)
    batch, start, total = 0, 0, 0
    for pair in range(len(a)):
        new = 0 if batch_of[a[pair]] == batch else lengths[a[pair]]
        new += 0 if batch_of[b[pair]] == batch else lengths[b[pair]]
        if total + new > most and pair > start:
            ends[batch] = pair
            batch, start, total = batch + 1, pair, 0
            new = lengths[a[pair]] + lengths[b[pair]]
        batch_of[a[pair]] = batch_of[b[pair]] = batch
        total += new
    ends[batch] = len(a)
    return batch + 1


def passages(packed: Packed, a: I64, b: I64, *, workers: int = 2) -> tuple[I64, I64]:
    """Find the passages that pairs of documents share.

    Parameters
    ----------
    packed
        The texts.
    a, b
        The two documents of each pair; fastest where pairs with the same A stand together.
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
    documents, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    lengths = packed.offsets[documents + 1] - packed.offsets[documents]
    ends = np.empty(len(a) + 1, np.int64)
    ends = ends[: cut(places[: len(a)], places[len(a) :], lengths, _BATCH, ends)]
    sizes = np.zeros(len(a), np.int64)
    parts = [np.empty((0, 4), np.int64)]
    with ThreadPoolExecutor(workers) as pool:
        for start, end in zip([0, *ends[:-1].tolist()], ends.tolist(), strict=True):
            own = slice(start, end)
            parts += _in_threads(packed, a[own], b[own], sizes[own], pool, workers)
            release(packed.data)
    return np.concatenate(parts), np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])


def _in_threads(packed: Packed, a: I64, b: I64, sizes: I64, pool: ThreadPoolExecutor, workers: int) -> list[I64]:
    """Find the passages of one batch of pairs, and write how many each has."""
    documents, places = np.unique(np.concatenate([a, b]), return_inverse=True)
    one, other = places[: len(a)], places[len(a) :]
    streams = token_streams(packed, documents, workers=workers)
    columns = (streams.shingles, streams.starts, streams.ends, streams.offsets)
    step = min(_SLICE, -(-len(a) // workers)) or 1

    def run(start: int) -> I64:
        own = slice(start, start + step)
        return find_passages(columns, one[own], other[own], sizes[own])

    return list(pool.map(run, range(0, len(a), step)))

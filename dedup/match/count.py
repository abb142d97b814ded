"""Candidates of a block of documents: counted over posting lists, then held against each other's fingerprints.

For each document the lists that it stands in are walked from their end down to the document itself, and a counter of
each document met goes up ("ScanCount": Li, Lu, Lu 2008, "Efficient merging and filtering algorithms for approximate
string searches", section 3): no pair is ever written down that is not counted to the end. Those with enough common keys
have their fingerprints compared, common ones with the rest, so that of the many pairs that share two set phrases only
those are verified whose number of common fingerprints fits a copy that is wanted.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.match.need import SHARE, Bound, Documents, Need
from dedup.match.postings import HUBS, NEIGHBOURS, Postings
from dedup.match.rarity import FEWEST, LITTLE, NEARLY_ALL
from dedup.sketch.kernels import ALL_BELOW, SAMPLE_MASK

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

COMMON = 2
"""One common fingerprint alone is mostly a set phrase: of 37,554 English articles four million pairs have one, and 0.9
million two. Of 30 shared shingles two are sampled in 99.8 % of cases."""
OWN, MAINLY_COMMON, COMMON_ONLY, KINDS = 0, 1, 2, 4
"""What two documents share is their own; or it is that much in many documents that without it they would be no copies;
or it is nearly all."""
_EMPTY = np.uint64(0)
_LOW, _S32 = np.uint64(0xFFFFFFFF), np.uint64(32)
_HIGH = np.uint64(20)
# What a counter of a document met holds: in its low bit whether in the list of a chain or band, above it the number of
# singles.
_LIST, _SINGLE = 1, 2
_MOST = np.uint16(60_000)


class Room(NamedTuple):
    """Room for counting, as long as there are documents; each thread has its own."""

    counter: NDArray[np.uint16]
    """All 0, before and after."""
    met: U32


@jit
def copied(size_a: Any, size_b: Any, bound: Bound) -> Any:
    """Return how many shingles documents of so many must share to be copies by a bound, a passage aside."""
    alike = np.int64(math.ceil(bound.jaccard * (size_a + size_b) - 1e-9))
    inside = np.int64(math.ceil(bound.containment * min(size_a, size_b) - 1e-9))
    return max(1, min(alike, max(bound.shared, inside)))


@jit
def common_needed(size_a: Any, size_b: Any, need: Need, rare: Any) -> Any:
    """Return how many common fingerprints a pair of documents of so many shingles needs to be worth verifying.

    `rare` of them are known to be singles with a list. Where there are none to speak of, the two share what more than
    `RARE` documents carry, a template or everyone's phrase; each with each would be quadratic. Such a pair has to be a
    copy by the bounds that were asked for, not a passage, and not one that is kept for other bounds to come.
    """
    few = rare < need.rare
    copy = copied(size_a, size_b, need.asked if few else need.floor)
    if size_a < ALL_BELOW and size_b < ALL_BELOW:  # they carry all their shingles
        return min(copy, need.passage)
    least = need.least[min(copy, len(need.least) - 1)]
    return min(least, need.rare) if need.passage <= copy and not few else least


@jit
def may_be_near(size_a: Any, size_b: Any, total: Any, need: Need) -> Any:
    """Say whether a pair with so many common fingerprints may be near copies by the bounds that were asked for."""
    alike: Any = np.int64(math.ceil(need.asked.jaccard * (size_a + size_b) - 1e-9))
    if size_a < ALL_BELOW and size_b < ALL_BELOW:
        return total >= alike
    return total >= need.least[min(alike, len(need.least) - 1)]


@jit
def needed_of(size: int, sizes: NDArray[np.int64], rare: NDArray[np.int64], need: Need, out: I64) -> None:
    """Write `common_needed` of a document and each of others."""
    for i in range(len(sizes)):
        out[i] = common_needed(size, sizes[i], need, rare[i])


@jit
def take_common(of_common: U64, most: int, out: U32, used: int) -> int:
    """Append to the candidates those `most` that share most of what is only common, and return how many there are.

    `of_common` has of each the document below the common fingerprints, which are counted down from the largest number
    of 32 bits.
    """
    if len(of_common) > most:
        of_common = np.sort(of_common)[:most]
    for own in of_common:
        out[used] = KINDS * np.uint32(own & _LOW) + COMMON_ONLY
        used += 1
    return used


@jit
def note(b: int, kind: int, counter: NDArray[np.uint16], met: U32, n: int) -> int:
    """Count a document that was met, and return how many different ones were."""
    if not counter[b]:
        met[n] = b
        n += 1
    if kind != _SINGLE:
        counter[b] |= np.uint16(kind)
    elif counter[b] < _MOST:
        counter[b] += _SINGLE
    return n


@jit
def walk(a: int, part: U32, kind: int, full: int, salts: U64, counter: NDArray[np.uint16], met: U32, n: int) -> int:
    """Meet those of a list that come after document `a`, and return the new number of documents met."""
    if len(part) <= full:
        i = len(part) - 1
        while part[i] > a:
            n = note(part[i], kind, counter, met, n)
            i -= 1
        return n
    low, high = HUBS, len(part)
    while low < high:
        middle = (low + high) // 2
        if salts[part[middle]] < salts[a]:
            low = middle + 1
        else:
            high = middle
    first, last = max(HUBS, low - NEIGHBOURS), min(len(part), low + NEIGHBOURS + 1)
    if low == len(part) or part[low] != a:  # a hub
        first, last = HUBS, len(part)
    for i in range(HUBS):
        if part[i] > a:
            n = note(part[i], kind, counter, met, n)
    for i in range(first, last):
        if part[i] > a:
            n = note(part[i], kind, counter, met, n)
    return n


@jit
def meet(a: int, lists: U32, postings: Postings, salts: U64, counter: NDArray[np.uint16], met: U32) -> int:
    """Count the documents after `a` that stand in its lists, and return how many there are."""
    n = 0
    for own in lists:
        part = postings.members[postings.starts[own] : postings.starts[own + 1]]
        if own < postings.singles:
            n = walk(a, part, _SINGLE, len(part), salts, counter, met, n)
        else:
            n = walk(a, part, _LIST, postings.full, salts, counter, met, n)
    return n


@jit
def table_size(n: int) -> int:
    """Return the size of a table for `n` values: a power of two, mostly empty, so that most looks end at the first."""
    size = 64
    while size < 8 * n:
        size *= 2
    return size


@jit
def fill(values: U64, table: U64) -> int:
    """Empty the front of a table, put a document's values there, and return its last place."""
    last = table_size(len(values)) - 1
    table[: last + 1] = _EMPTY
    for value in values:
        place = np.int64(value >> _HIGH) & last
        while table[place] != _EMPTY and table[place] != value:
            place = (place + 1) & last
        table[place] = value
    return last


@jit
def holds(table: U64, last: int, value: np.uint64) -> bool:
    """Say whether a table holds a value."""
    place = np.int64(value >> _HIGH) & last
    while table[place] != _EMPTY:
        if table[place] == value:
            return True
        place = (place + 1) & last
    return False


@jit
def count_in(table: U64, last: int, values: U64) -> int:
    """Return how many distinct values a table holds."""
    count = 0
    for value in values:
        count += holds(table, last, value)
    return count


@jit
def tabled(values: U64, table: U64) -> tuple[U64, int]:
    """Put values into a table, which is replaced where it is too small, and return it with its last place."""
    if table_size(len(values)) > len(table):
        table = np.empty(table_size(len(values)), np.uint64)
    return table, fill(values, table)


@jit
def n_sampled(d: int, documents: Documents) -> Any:
    """Return how many sampled fingerprints a document has, or is expected to have where it carries all shingles."""
    if documents.n_shingles[d] < ALL_BELOW:
        return documents.n_shingles[d] * SHARE
    return documents.offsets[d + 1] - documents.offsets[d]


@jit
def commonness(
    a: int, b: int, total: int, documents: Documents, wide: U64, last: int, table: U64, end: int, inside: float
) -> int:
    """Say what the fingerprints that two documents share, `total`, are without those in many documents (`rarity`).

    Two tables hold the fingerprints of A that are in many documents, and all of them, each with its last place.
    `inside` is the containment of a copy.
    """
    offsets = documents.wide_offsets
    own = documents.wide[offsets[b] : offsets[b + 1]]
    shared = count_in(wide, last, own) if len(own) else 0
    if shared < FEWEST:
        return OWN
    if documents.n_shingles[a] < ALL_BELOW and documents.n_shingles[b] < ALL_BELOW:  # of which not all are sampled
        total = 0
        for value in documents.prints[documents.offsets[b] : documents.offsets[b + 1]]:
            total += value & SAMPLE_MASK == _EMPTY and holds(table, end, value)
    if shared >= NEARLY_ALL * total:
        return COMMON_ONLY
    rest_a = n_sampled(a, documents) - (offsets[a + 1] - offsets[a])
    rest_b = n_sampled(b, documents) - (offsets[b + 1] - offsets[b])
    return MAINLY_COMMON if total - shared < LITTLE * inside * min(rest_a, rest_b) else OWN


@jit
def weigh(a: int, b: int, least: int, documents: Documents, need: Need, tables: Any) -> tuple[int, int]:
    """Return the common fingerprints of two documents, 0 where they are too few, and their `commonness`.

    `tables` hold the fingerprints of A, and those of them in many documents, each with its last place.
    """
    table, last, wide_table, wide_last = tables
    total = count_in(table, last, documents.prints[documents.offsets[b] : documents.offsets[b + 1]])
    if total < least:
        return 0, OWN
    inside = need.asked.containment
    common = commonness(a, b, total, documents, wide_table, wide_last, table, last, inside)
    sizes = documents.n_shingles
    if common == COMMON_ONLY and total < common_needed(sizes[a], sizes[b], need, 0):
        return 0, common
    return total, common


@jit
def too_few(rare: Any, in_list: Any, n_common: Any, least: Any) -> Any:
    """Say that a pair is not worth a look: of what it meets in, and of the common fingerprints that it may share."""
    return rare + n_common < least or (rare < min(COMMON, least) and not in_list)


@jit
def candidates_of(
    first: int, offsets: I64, entries: U32, postings: Postings, documents: Documents, need: Need, room: Room, found: I64
) -> U32:
    """Return the candidates of documents from `first` on, ascending for each, and write their numbers to `found`.

    The lists of document ``first + d`` are ``entries[offsets[d]:offsets[d + 1]]``; only later documents are met. A
    candidate is `KINDS` times the document, and its `commonness`.
    """
    prints, print_offsets, n_shingles, n_common, salts, wide, wide_offsets = documents
    counter, met = room
    table, wide_table = np.empty(1 << 12, np.uint64), np.empty(1 << 10, np.uint64)
    last, wide_last, out, used, of_common = 0, 0, np.empty(1024, np.uint32), 0, np.empty(1024, np.uint64)
    for d in range(len(found)):
        a, before, ready, n_common_only = first + d, used, False, 0
        n = meet(a, entries[offsets[d] : offsets[d + 1]], postings, salts, counter, met)
        if used + n > len(out):
            grown = np.empty(2 * (used + n), np.uint32)
            grown[:used] = out[:used]
            out, of_common = grown, np.empty(2 * (used + n), np.uint64)
        for k in range(n):
            b = met[k]
            count, counter[b] = np.int64(counter[b]), 0
            rare, in_list = count // _SINGLE, count % _SINGLE
            least = common_needed(n_shingles[a], n_shingles[b], need, rare)
            if too_few(rare, in_list, min(n_common[a], n_common[b]), least):
                continue
            if not ready:
                table, last = tabled(prints[print_offsets[a] : print_offsets[a + 1]], table)
                wide_table, wide_last = tabled(wide[wide_offsets[a] : wide_offsets[a + 1]], wide_table)
                ready = True
            tables = (table, last, wide_table, wide_last)
            total, common = weigh(a, b, least, documents, need, tables)
            if not total:
                continue
            if common == COMMON_ONLY and not may_be_near(n_shingles[a], n_shingles[b], total, need):
                of_common[n_common_only] = (_LOW - np.uint64(total)) << _S32 | np.uint64(b)
                n_common_only += 1
            else:
                out[used] = KINDS * b + common
                used += 1
        used = take_common(of_common[:n_common_only], need.most_common, out, used)
        out[before:used].sort()
        found[d] = used - before
    return out[:used]


@jit
def worth_pairs(
    size_a: NDArray[np.int32], size_b: NDArray[np.int32], n_common: Any, rare: Any, in_list: Any, need: Need, out: Any
) -> None:
    """Write which pairs that met are worth a look; `n_common` is that of the one that has fewer."""
    for i in range(len(out)):
        least = common_needed(size_a[i], size_b[i], need, rare[i])
        out[i] = not too_few(rare[i], in_list[i], n_common[i], least)


@jit
def judge_pairs(a: I64, b: I64, rare: NDArray[np.int32], documents: Documents, need: Need, out: Any) -> None:
    """Write of each pair the common fingerprints, their `commonness`, and whether only the best such are taken."""
    totals, commons, bounded = out
    table, wide_table = np.empty(1 << 12, np.uint64), np.empty(1 << 10, np.uint64)
    last, wide_last, of, sizes = 0, 0, -1, documents.n_shingles
    for i in range(len(a)):
        if a[i] != of:
            of = a[i]
            table, last = tabled(documents.prints[documents.offsets[of] : documents.offsets[of + 1]], table)
            own = documents.wide[documents.wide_offsets[of] : documents.wide_offsets[of + 1]]
            wide_table, wide_last = tabled(own, wide_table)
        least = common_needed(sizes[of], sizes[b[i]], need, rare[i])
        totals[i], commons[i] = weigh(of, b[i], least, documents, need, (table, last, wide_table, wide_last))
        near = may_be_near(sizes[of], sizes[b[i]], totals[i], need)
        bounded[i] = totals[i] > 0 and commons[i] == COMMON_ONLY and not near


@jit
def count_shared(shingles: U64, offsets: I64, a: I64, b: I64, shared: NDArray[np.int32]) -> None:
    """Write the number of common values of sets `a[i]` and `b[i]`, without 0; pairs of one `a` stand together."""
    table, last, of = np.empty(1 << 12, np.uint64), 0, -1
    for pair in range(len(a)):
        if a[pair] != of:
            of = a[pair]
            table, last = tabled(shingles[offsets[of] : offsets[of + 1]], table)
        shared[pair] = count_in(table, last, shingles[offsets[b[pair]] : offsets[b[pair] + 1]])

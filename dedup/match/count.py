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
from dedup.match.words import GAP, SAMPLED, TAG, WIDE
from dedup.sketch.kernels import ALL_BELOW

I32 = NDArray[np.int32]
U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]

COMMON = 2
"""One common fingerprint alone is mostly a set phrase: of 37,554 English articles four million pairs have one, and 0.9
million two. Of 30 shared shingles two are sampled in 99.8 % of cases."""
OWN, MAINLY_COMMON, COMMON_ONLY, KINDS = 0, 1, 2, 4
"""What two documents share is their own; or it is that much in many documents that without it they would be no copies;
or it is nearly all."""
DOUBTED = 16
"""Common fingerprints, below which it is asked where they stand (`reach`): of 30 shared shingles, a passage, 7 or 8 are
sampled, and 16 stand for 64. Of the pairs that were verified of the first 50,000 of a million generated documents two
thirds failed, 94 % of them with fewer than 30 shared shingles, mostly in one place: set phrases."""
UNSEEN = 5
"""Shared shingles that a run of shared ones stands for that has none sampled: a text in which every other shingle is
changed has three of them for each that is sampled, one with runs of five has 1.6. Of 52,834 pairs of allsides_en 263
are given up, of 112,193 candidates 44,686; 3 would give up 321 and 47,697, 8 would 229 and 40,709."""
_LOW, _S32 = np.uint64(0xFFFFFFFF), np.uint64(32)
# What a counter of a document met holds: in its low bit whether in the list of a chain or band, above it the number of
# singles.
_LIST, _SINGLE = 1, 2
_MOST = np.uint16(60_000)


class Room(NamedTuple):
    """Room for counting, as long as there are documents; each thread has its own."""

    counter: NDArray[np.uint16]
    """All 0, before and after."""
    met: U32
    hits: I32
    """As many rows as the longest document has fingerprints."""
    weighed: I64
    """How many documents had their fingerprints read: counted up."""


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
def shared_needed(size_a: Any, size_b: Any, need: Need) -> Any:
    """Return how many shingles a pair of documents of so many must share to be kept."""
    return min(copied(size_a, size_b, need.floor), need.passage)


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
def tabled(words: U32, table: I32) -> tuple[I32, int]:
    """Put the places of a document's words, from 1, into a table, and return it with its last place.

    One that is too small is replaced.
    """
    if table_size(len(words)) > len(table):
        table = np.empty(table_size(len(words)), np.int32)
    last = table_size(len(words)) - 1
    table[: last + 1] = 0
    for k in range(len(words)):
        place = np.int64(words[k] >> TAG) & last
        while table[place] and words[table[place] - 1] >> TAG != words[k] >> TAG:
            place = (place + 1) & last
        if not table[place]:
            table[place] = k + 1
    return table, last


@jit
def hits_of(one: U32, other: U32, table: I32, last: int, hits: I32) -> int:
    """Write where two documents have the same fingerprint, in the order of the other, and return how many there are.

    The table is of the one.
    """
    n = 0
    for k in range(len(other)):
        tag = other[k] >> TAG
        place = np.int64(tag) & last
        while table[place]:
            if one[table[place] - 1] >> TAG == tag:
                hits[n, 0], hits[n, 1] = table[place] - 1, k
                n += 1
                break
            place = (place + 1) & last
    return n


@jit
def behind(words: U32, k: int, tail: Any) -> Any:
    """Return how many shingles stand behind a fingerprint, up to the next."""
    return np.int64(words[k + 1] & GAP) if k + 1 < len(words) else np.int64(tail)


@jit
def reach(one: U32, other: U32, tail: Any, other_tail: Any, hits: I32) -> Any:
    """Return how many shingles two documents share at most, as far as their common fingerprints tell.

    Next to one that both have, the two may agree up to the next fingerprint that only one of them has. Runs in which no
    shingle is sampled are not seen: `UNSEEN` are taken for each that is, after the first.
    """
    total: Any = 0
    last = len(hits) - 1
    for k in range(len(hits)):
        i, j = hits[k, 0], hits[k, 1]
        total += 1 + np.int64(min(one[i] & GAP, other[j] & GAP))
        if k == last or hits[k + 1, 0] != i + 1 or hits[k + 1, 1] != j + 1:
            total += min(behind(one, i, tail), behind(other, j, other_tail)) + (UNSEEN if k < last else 0)
    return total


@jit
def commonness(a: int, b: int, total: int, documents: Documents, shared: int, inside: float) -> int:
    """Say what the sampled fingerprints that two documents share are without those in many documents (`rarity`).

    `total` are shared, `shared` of them in many documents. `inside` is the containment of a copy.
    """
    if shared < FEWEST:
        return OWN
    if shared >= NEARLY_ALL * total:
        return COMMON_ONLY
    rest_a = n_sampled(a, documents) - documents.n_wide[a]
    rest_b = n_sampled(b, documents) - documents.n_wide[b]
    return MAINLY_COMMON if total - shared < LITTLE * inside * min(rest_a, rest_b) else OWN


@jit
def n_sampled(d: int, documents: Documents) -> Any:
    """Return how many sampled fingerprints a document has, or is expected to have where it carries all shingles."""
    if documents.n_shingles[d] < ALL_BELOW:
        return documents.n_shingles[d] * SHARE
    return documents.offsets[d + 1] - documents.offsets[d]


@jit
def weigh(a: int, b: int, least: int, documents: Documents, need: Need, tables: Any) -> tuple[int, int]:
    """Return the common fingerprints of two documents, 0 where they are too few, and their `commonness`.

    `least` are needed. `tables` are the table of A, its last place, and room for hits.
    """
    table, last, hits = tables
    offsets, sizes, words = documents.offsets, documents.n_shingles, documents.words
    one, other = words[offsets[a] : offsets[a + 1]], words[offsets[b] : offsets[b + 1]]
    total = hits_of(one, other, table, last, hits)
    if total < least:
        return 0, OWN
    sampled = total
    if sizes[a] < ALL_BELOW and sizes[b] < ALL_BELOW:  # of which not all are sampled
        sampled = 0
        for k in range(total):
            sampled += (other[hits[k, 1]] & SAMPLED) > 0
    elif sizes[a] >= ALL_BELOW and sizes[b] >= ALL_BELOW and total < DOUBTED:
        most = reach(one, other, documents.tails[a], documents.tails[b], hits[:total])
        if most < shared_needed(sizes[a], sizes[b], need):
            return 0, OWN
    wide = 0
    for k in range(total):
        wide += (other[hits[k, 1]] & WIDE) > 0
    common = commonness(a, b, sampled, documents, wide, need.asked.containment)
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
    counter, met, hits, weighed = room
    words, word_offsets, n_shingles, n_common, salts, _, _ = documents
    table, last = np.empty(1 << 12, np.int32), 0
    out, used, of_common = np.empty(1024, np.uint32), 0, np.empty(1024, np.uint64)
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
                table, last = tabled(words[word_offsets[a] : word_offsets[a + 1]], table)
                ready = True
            weighed[0] += 1
            total, common = weigh(a, b, least, documents, need, (table, last, hits))
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
def judge_pairs(a: I64, b: I64, rare: I32, documents: Documents, need: Need, hits: I32, out: Any) -> None:
    """Write of each pair the common fingerprints, their `commonness`, and whether only the best such are taken.

    `hits` is room, as in `Room`.
    """
    totals, commons, bounded = out
    table, last, of, sizes = np.empty(1 << 12, np.int32), 0, -1, documents.n_shingles
    for i in range(len(a)):
        if a[i] != of:
            of = a[i]
            table, last = tabled(documents.words[documents.offsets[of] : documents.offsets[of + 1]], table)
        least = common_needed(sizes[of], sizes[b[i]], need, rare[i])
        totals[i], commons[i] = weigh(of, b[i], least, documents, need, (table, last, hits))
        near = may_be_near(sizes[of], sizes[b[i]], totals[i], need)
        bounded[i] = totals[i] > 0 and commons[i] == COMMON_ONLY and not near

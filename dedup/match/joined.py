"""The search for candidates cut into steps that any scheduler can join: functions from arrays to arrays, no state.

On one machine candidates are counted over posting lists in memory (`candidates`). Over many, what is equal has to be
brought together first, so the same search is a chain of steps, each over one part of what it joins:

    keys of documents -> words by slot -> posting lists -> meetings by slot -> pairs that met -> worth a look -> judged

A *word* is a key with its document in the low bits; a *slot* is what is joined in one place: keys by their high bits,
meetings by the first of the two documents. Bounds, lists and rules are those of `postings`, `count` and `rarity`, so
the pairs are the same. Documents are numbered in input order and carried as a *code*, the number and a bit that says
whether the document is so small that one rare fingerprint alone makes it worth a look.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.match.count import common_needed, judge_pairs, worth_pairs
from dedup.match.keys import document_bits
from dedup.match.need import Documents, Need
from dedup.match.postings import RARE
from dedup.match.words import write_words
from dedup.sketch.kernels import ALL_BELOW

U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]
I32 = NDArray[np.int32]
Bools = NDArray[np.bool_]

MOST_DOCUMENTS = 1 << 30
"""What a word of two documents has room for."""
_LARGEST = 1 << 12
# In a word of a meeting, from the low end: whether in the list of a chain or band, whether one of the two is small, the
# two documents.
_B, _A = np.uint64(2), np.uint64(33)
_DOCUMENT = np.uint64((1 << 31) - 1)
_ONE = np.uint64(1)


class Lists(NamedTuple):
    """Posting lists: the members of all, one after the other, and what each is."""

    keys: U64
    """High bits of each list's key; the lowest are those that the document took."""
    members: NDArray[np.uint32]
    """Codes, ascending in each."""
    sizes: I32


def code_bits(n_documents: int) -> int:
    """Return the low bits of a word that hold the code of a document."""
    return int(document_bits(n_documents)) + 1


def codes_of(documents: I64, n_shingles: I32, need: Need) -> I64:
    """Return the codes of documents."""
    return documents << 1 | (n_shingles < smallest(need))


def smallest(need: Need) -> int:
    """Return the number of shingles from which no document is worth a look for one rare fingerprint alone."""
    most = 0
    for size in range(1, _LARGEST):
        others = (size, max(size, ALL_BELOW), 100 * max(size, ALL_BELOW))
        if any(common_needed(size, other, need, 1) <= 1 for other in others):
            most = size
    return most + 1 if most + 1 < _LARGEST else 1 << 31


def words_of(keys: U64, codes: I64, bits: int, shift: int) -> tuple[NDArray[np.uint32], U64]:
    """Return slot and word of keys with the code of each: 2^`bits` slots, and a code of `shift` bits."""
    if not bits:
        return np.zeros(len(keys), np.uint32), _word(keys, codes, shift)
    return (keys >> np.uint64(64 - bits)).astype(np.uint32), _word(keys << np.uint64(bits), codes, shift)


def _word(keys: U64, codes: I64, shift: int) -> U64:
    low = np.uint64(shift)
    return keys >> low << low | codes.astype(np.uint64)


def lists_of(words: U64, shift: int) -> Lists:
    """Return the lists of at least two documents of the words of one slot, in any order."""
    words = np.unique(words)
    keys = words >> np.uint64(shift)
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])) if len(keys) else np.empty(0, np.int64)
    sizes = np.diff(np.append(starts, len(words)))
    several = sizes > 1
    members = words[np.repeat(several, sizes)] & ((_ONE << np.uint64(shift)) - _ONE)
    return Lists(keys[starts[several]], members.astype(np.uint32), sizes[several].astype(np.int32))


def whole_key(keys: U64, slot: int, bits: int, shift: int) -> U64:
    """Return keys of the lists of a slot as they were, without the low bits, of which `cut` went."""
    low = keys << np.uint64(shift)
    return low if not bits else low >> np.uint64(bits) | np.uint64(slot) << np.uint64(64 - bits)


def cut(bits: int, shift: int) -> int:
    """Return the low bits that keys lose in words."""
    return max(0, shift - bits)


def split(lists: Lists, most: int) -> tuple[Lists, Lists]:
    """Return the lists of up to `most` documents, and the longer ones."""
    short = lists.sizes <= most
    return _some(lists, short), _some(lists, ~short)


def _some(lists: Lists, own: Bools) -> Lists:
    return Lists(lists.keys[own], lists.members[np.repeat(own, lists.sizes)], lists.sizes[own])


def rare_and_common(lists: Lists) -> tuple[Lists, Lists]:
    """Return the lists of rare singles, and what stands in more documents (`postings.RARE`)."""
    return split(lists, RARE)


@jit
def meet_in_lists(members: NDArray[np.uint32], sizes: I32, flag: int, out: U64) -> None:
    """Write a meeting of each member of each list with each after it."""
    n, start = 0, 0
    for size in sizes:
        for i in range(start, start + size):
            a = np.uint64(members[i])
            for j in range(i + 1, start + size):
                b = np.uint64(members[j])
                small = (a | b) & np.uint64(1)
                out[n] = (a >> np.uint64(1)) << np.uint64(33) | (b >> np.uint64(1)) << np.uint64(2)
                out[n] |= small << np.uint64(1) | np.uint64(flag)
                n += 1
        start += size


def meetings_of(lists: Lists, *, in_list: bool) -> U64:
    """Return a meeting of each two members of each list."""
    sizes = lists.sizes.astype(np.int64)
    out = np.empty(int((sizes * (sizes - 1) // 2).sum()), np.uint64)
    meet_in_lists(lists.members, lists.sizes, int(in_list), out)
    return out


def meetings(a: I64, b: I64) -> U64:
    """Return meetings in lists of documents, given by their numbers in either order."""
    low, high = np.minimum(a, b).astype(np.uint64), np.maximum(a, b).astype(np.uint64)
    return low << _A | high << _B | _ONE


def first_of(words: U64) -> I64:
    """Return the first document of each meeting."""
    return (words >> _A).astype(np.int64)


def count_meetings(words: U64) -> tuple[I64, I64, I32, Bools]:
    """Count meetings, in any order; return the pairs that may be worth a look.

    Returns
    -------
    a, b
        Documents, ``a < b``, sorted.
    rare
        Rare fingerprints that both have.
    in_list
        Whether both stand in the list of a chain or band.
    """
    words = np.sort(words)
    pairs = words >> _B
    starts = np.flatnonzero(np.append(True, pairs[1:] != pairs[:-1])) if len(pairs) else np.empty(0, np.int64)
    bits = np.bitwise_or.reduceat(words, starts) if len(starts) else words
    listed = np.add.reduceat((words & _ONE).astype(np.int64), starts) if len(starts) else starts
    rare = np.diff(np.append(starts, len(words))) - listed
    in_list, small = (bits & _ONE).astype(bool), (bits >> _ONE & _ONE).astype(bool)
    kept = in_list | small | (rare > 1)
    pairs = pairs[starts[kept]]
    a, b = (pairs >> (_A - _B)).astype(np.int64), (pairs & _DOCUMENT).astype(np.int64)
    return a, b, rare[kept].astype(np.int32), in_list[kept]


def worth(sizes: tuple[I32, I32], n_common: tuple[I32, I32], rare: I32, in_list: Bools, need: Need) -> Bools:
    """Say which pairs that met are worth a look at their fingerprints, by the shingles and common ones of both."""
    out = np.empty(len(rare), bool)
    worth_pairs(*sizes, np.minimum(*n_common), rare, in_list, need, out)
    return out


def judge(a: I64, b: I64, rare: I32, documents: Documents, need: Need) -> tuple[I64, NDArray[np.int8], Bools]:
    """Hold the fingerprints of pairs against each other; pairs of one `a` stand together.

    Returns
    -------
    total
        Common fingerprints of each pair; 0 for one that is not worth verifying.
    common
        How much of them stands in much of the corpus (`count.commonness`).
    bounded
        Which pairs share no more than that and are no near copies: of those of each `a` only `Need.most_common` are
        verified, those that share most, and of equals those with the lowest `b`.
    """
    total, common = np.empty(len(a), np.int64), np.empty(len(a), np.int8)
    bounded = np.empty(len(a), bool)
    judge_pairs(a, b, rare, documents, need, documents.room_for_hits(), (total, common, bounded))
    return total, common, bounded


def documents_of(sketches: Any, wide: U64, n_wide: I64) -> Documents:
    """Return what `judge` looks up of documents, from their sketches and their fingerprints in many documents."""
    none = np.zeros(len(sketches), np.int32)
    sizes = sketches.n_shingles.astype(np.int32)
    words, tails = np.empty(len(sketches.fingerprints), np.uint32), np.empty(len(sketches), np.uint8)
    counts = np.diff(sketches.offsets)
    write_words(sketches.fingerprints, counts, sketches.shingles, sketches.n_shingles, wide, n_wide, (words, tails))
    return Documents(words, sketches.offsets, sizes, none, sketches.digests, n_wide.astype(np.int32), tails)

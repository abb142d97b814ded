"""Candidate pairs by sorting: documents that hold the same key stand side by side.

A key and its document go into one 64-bit word, document in the low bits, and the words are sorted: equal keys become
groups with their documents in order. What does not fit of a key is cut off; two keys that meet by that make a
candidate too many, which verification throws out, never one too few.

A group is a posting list. Up to `HOT` documents all its pairs are taken. A longer one is template text or a story that
hundreds carry, and all pairs would be quadratic: each of its documents is paired with the next `NEIGHBOURS` in an
order of its own for each key (documents sorted by a hash of key and content). So two documents meet in a group of
`g` with a chance of ``p = 2 * NEIGHBOURS / g``, anew for each key that they share. What that costs, for pairs that must
meet twice (see `fingerprints`): at g = 1,000 a story of 400 shared words (100 fingerprints) is found in 99 % of cases
and a footer of 40 words (9) in 11 %; at g = 10,000 the story in 13 % and the footer in 0.1 %.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

HOT = 256
"""Groups up to this many documents are expanded in full, 32,640 pairs at most: a story that 256 sites carry has all its
pairs found, and a fingerprint costs each of its documents no more than 128 of them."""
NEIGHBOURS = 32
"""Documents each one is paired with in a longer group: at g = 257 a quarter of what full expansion takes."""
_CHUNK = 1 << 24
"""Pairs written before they are sorted and counted together: 128 MB."""

U64 = NDArray[np.uint64]
_ZERO, _ONE, _S32 = np.uint64(0), np.uint64(1), np.uint64(32)
_ORDER = np.uint64(0x9E3779B97F4A7C15)  # 2^64 divided by the golden ratio: Knuth's multiplicative hash
_MIX = np.uint64(0xFF51AFD7ED558CCD)


@jit
def write_group(words: U64, low: np.uint64, salts: U64, scratch: U64, out: U64, n: int) -> int:
    """Append the pairs of one group to `out`, each as ``a << 32 | b`` with ``a < b``, and return the new number."""
    g = len(words)
    if g <= HOT:
        for i in range(g):
            for j in range(i + 1, g):
                out[n] = (words[i] & low) << _S32 | (words[j] & low)
                n += 1
        return n
    for i in range(g):  # sorted by a hash of key and document; the document takes the low bits again
        document = words[i] & low
        mixed = ((words[i] & ~low) * _ORDER ^ salts[document]) * _MIX
        mixed = (mixed ^ mixed >> _S32) * _ORDER
        scratch[i] = mixed & ~low | document
    scratch[:g].sort()
    for i in range(g):
        for step in range(1, NEIGHBOURS + 1):
            one, other = scratch[i] & low, scratch[(i + step) % g] & low
            out[n] = min(one, other) << _S32 | max(one, other)
            n += 1
    return n


@jit
def group_end(words: U64, start: int, shift: np.uint64) -> int:
    """Return the end of the group that starts at `start` of sorted words."""
    end = start + 1
    while end < len(words) and words[end] >> shift == words[start] >> shift:
        end += 1
    return end


@jit
def write_pairs(words: U64, start: int, shift: np.uint64, salts: U64, scratch: U64, out: U64) -> tuple[int, int]:
    """Write the pairs of groups from `start` on until `out` may not hold the next; return where to go on, and how many.

    `out` must hold the pairs of the largest group.
    """
    low = (_ONE << shift) - _ONE
    n = 0
    while start < len(words):
        end = group_end(words, start, shift)
        g = end - start
        if g > 1:
            cost = g * (g - 1) // 2 if g <= HOT else g * NEIGHBOURS
            if n + cost > len(out):
                break
            n = write_group(words[start:end], low, salts, scratch, out, n)
        start = end
    return start, n


@jit
def largest_group(words: U64, shift: np.uint64) -> int:
    """Return the number of documents of the largest group."""
    most, start = 1, 0
    while start < len(words):
        end = group_end(words, start, shift)
        most = max(most, end - start)
        start = end
    return most


def distinct(values: U64) -> tuple[U64, NDArray[np.int64]]:
    """Return the distinct values, sorted, and how often each occurs; `values` are sorted in place.

    What `np.unique` does, which takes 9 s for 9 million values by its hash table; sorting takes 0.05 s.
    """
    values.sort()
    first = np.ones(len(values), bool)
    np.not_equal(values[1:], values[:-1], out=first[1:])
    starts = np.flatnonzero(first)
    return values[starts], np.diff(np.append(starts, len(values)))


def join(keys: U64, documents: NDArray[np.int64], salts: U64) -> tuple[U64, NDArray[np.int64]]:
    """Find the pairs of documents that have keys in common.

    Parameters
    ----------
    keys
        Hashes whose high bits are evenly spread; a document has each at most once.
    documents
        The document of each key.
    salts
        A hash of each document's content, shape (all documents,), fewer than 2^32: what the order in long groups is
        made of, so that the order of the documents does not matter.

    Returns
    -------
    pairs
        Distinct, sorted, each ``a << 32 | b`` with ``a < b``.
    common
        How many keys each pair has in common, as far as groups were expanded.
    """
    shift = np.uint64(max(1, (len(salts) - 1).bit_length()))
    words, _ = distinct(keys >> shift << shift | documents.astype(np.uint64))
    largest = int(largest_group(words, shift))
    out = np.empty(max(_CHUNK, largest * NEIGHBOURS), np.uint64)
    scratch = np.empty(largest, np.uint64)
    pairs, common = np.empty(0, np.uint64), np.empty(0, np.int64)
    start = 0
    while start < len(words):
        start, n = write_pairs(words, start, shift, salts, scratch, out)
        pairs, common = _add(pairs, common, *distinct(out[:n]))
    return pairs, common


def _add(
    pairs: U64, common: NDArray[np.int64], others: U64, counts: NDArray[np.int64]
) -> tuple[U64, NDArray[np.int64]]:
    """Unite two sorted lists of distinct pairs, adding up what is in both."""
    if not len(pairs):
        return others, counts
    united, _ = distinct(np.concatenate([pairs, others]))
    total = np.zeros(len(united), np.int64)
    total[np.searchsorted(united, pairs)] += common
    total[np.searchsorted(united, others)] += counts
    return united, total

"""Fingerprints as they are held against each other: a word of 32 bits for each, half of what a hash takes.

A word has the high bits of the hash, and what else is asked of it: whether it is one of the sampled (a small document
carries all its shingles), whether it stands in much of the corpus (`rarity`), and how many shingles of the document
stand between the fingerprint before and this one. Two that are alike in their high bits alone are taken for the same:
of two texts of 480 shingles that happens to one pair in 2,300, and makes at the worst a candidate too many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit
from dedup.sketch.kernels import SAMPLE_MASK

GAP = np.uint32(31)
"""Bits of the shingles between; 31 stands for more, too: as many in a row are not sampled once in 7,000 times."""
SAMPLED, WIDE = np.uint32(32), np.uint32(64)
TAG = np.uint32(7)
"""Low bits of a word that are not the hash's."""
_FROM_HASH = np.uint64(64 - 32)

U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]


@jit
def word_of(value: np.uint64, between: Any, is_wide: Any) -> Any:
    """Return the word of a fingerprint."""
    word = np.uint32(value >> _FROM_HASH) >> TAG << TAG | np.uint32(min(np.int64(between), np.int64(GAP)))
    if value & SAMPLE_MASK == np.uint64(0):
        word |= SAMPLED
    if is_wide:
        word |= WIDE
    return np.uint32(word)


@jit
def write_words(prints: U64, sizes: Any, shingles: U64, set_sizes: Any, wide: U64, n_wide: Any, out: Any) -> None:
    """Write the words of documents, and how many shingles of each stand behind its last fingerprint.

    Parameters
    ----------
    prints, shingles, wide
        Fingerprints, shingles, and sampled fingerprints in many documents, one document after the other, each in the
        order of its text.
    sizes, set_sizes, n_wide
        How many each document has of them.
    out
        The words, shape (fingerprints,), and the shingles behind, at most `GAP`, shape (documents,).
    """
    words, tails = out
    k, w, at = 0, 0, 0
    for d in range(len(sizes)):
        k_end, w_end, end, last = k + sizes[d], w + n_wide[d], at + set_sizes[d], at
        while k < k_end:
            while shingles[at] != prints[k]:
                at += 1
            is_wide = w < w_end and wide[w] == prints[k]
            words[k] = word_of(prints[k], at - last, is_wide)
            k, w, at = k + 1, w + is_wide, at + 1
            last = at
        tails[d] = min(end - last, np.int64(GAP))
        at = end

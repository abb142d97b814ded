"""What makes a pair of documents worth verifying, and what is looked up of documents to find it out."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup.match.table import Floor
from dedup.sketch.kernels import SAMPLE_MASK

SHARE = 1 / (int(SAMPLE_MASK) + 1)
"""Of shingles that are fingerprints."""
_DEVIATIONS = 3.0
"""A copy with fewer common fingerprints than this many standard deviations below the expected number is given up:
0.13 % of those that share just what they must."""
LEAST_COMMON, FREE_COMMON = 16, 1 << 21
"""Later documents that each is paired with for no more than what is in much of the corpus, those it shares most of it
with, and how many such pairs a corpus may have in any case: a template on a hundred thousand pages would else make
hundreds of pairs a page, which bind no cluster and which nobody reads. Near copies are not among them."""
PASSAGE_RARE = 3
"""Rare ones, between two long texts, for no more than a passage: three are sampled in 98.9 % of 30 shared shingles, and
in 99.9 % of 40."""
# Shared shingles for each rare one that is asked for: shorter passages need fewer.
_A_RARE = 10
_TABLE = 1 << 13


U32 = NDArray[np.uint32]
U64 = NDArray[np.uint64]
I64 = NDArray[np.int64]


class Bound(NamedTuple):
    """What makes a copy, as kernels take it."""

    jaccard: float
    """Shared shingles, as a share of those of both: ``j / (1 + j)``."""
    containment: float
    shared: int


class Need(NamedTuple):
    """What is worth verifying, as kernels take it."""

    floor: Bound
    """What is kept."""
    asked: Bound
    """What is a copy by the bounds asked for."""
    passage: int
    """Shared shingles of a passage."""
    rare: int
    """Rare ones among the common fingerprints that a passage needs."""
    most_common: int
    """Later documents that each is paired with for what is in much of the corpus."""
    least: NDArray[np.int64]
    """Fewest common fingerprints of so many shared shingles."""


class Documents(NamedTuple):
    """What is looked up of all documents."""

    words: U32
    """Fingerprints (`words`), one document after the other."""
    offsets: I64
    """Shape (documents + 1,): where those of each start, and the end."""
    n_shingles: NDArray[np.int32]
    n_common: NDArray[np.int32]
    """Fingerprints in more than `postings.RARE` documents."""
    salts: U64
    """Hash of the content."""
    n_wide: NDArray[np.int32]
    """Sampled fingerprints in many documents (`rarity`)."""
    tails: NDArray[np.uint8]
    """Shingles behind the last fingerprint (`words.write_words`)."""

    def room_for_hits(self) -> NDArray[np.int32]:
        """Return room for where two documents have the same fingerprint: for all of the document that has most."""
        return np.empty((int(np.diff(self.offsets).max(initial=1)), 2), np.int32)


def need_of(floor: Floor, asked: Floor, n_documents: int) -> Need:
    """Work out what is needed in a corpus to be kept, and to be a copy as was asked."""
    least = np.array([_least(n) for n in range(_TABLE)], np.int64)
    kept, copy = (Bound(one.jaccard / (1 + one.jaccard), one.containment, one.shared) for one in (floor, asked))
    rare = max(1, min(PASSAGE_RARE, floor.passage // _A_RARE))
    most_common = max(LEAST_COMMON, FREE_COMMON // max(1, n_documents))
    return Need(kept, copy, floor.passage, rare, most_common, least)


def _least(shared: int) -> int:
    expected = shared * SHARE
    return max(1, math.floor(expected - _DEVIATIONS * math.sqrt(expected * (1 - SHARE))))

"""Two documents held against each other directly, whatever they share."""

from __future__ import annotations

import numpy as np

from dedup.match.table import Floor, PairTable
from dedup.match.verify import verify
from dedup.sketch import Packed, sketch

_ANY = Floor(0.0, 0.0, 0, 0)


def compare(packed: Packed) -> PairTable:
    """Return the table of the one pair that two packed documents make, with exact figures."""
    a, b = np.array([0]), np.array([1])
    sketches = sketch(packed, workers=1)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(sketches.n_shingles)])
    shared = verify(sketches.shingles, offsets, a, b, workers=1)
    size_a, size_b = sketches.n_shingles[a], sketches.n_shingles[b]
    exact = (sketches.digests[a] == sketches.digests[b]) & (sketches.n_tokens[a] > 0)
    same = np.array([0, 0 if exact[0] else 1])
    return PairTable(a, b, shared.astype(np.int64), size_a, size_b, exact, np.zeros(1, bool), same, _ANY)

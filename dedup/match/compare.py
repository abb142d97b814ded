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
    shared, size_a, size_b = verify(packed, a, b, workers=1)
    sketches = sketch(packed, workers=1)
    exact = (sketches.digests[a] == sketches.digests[b]) & (sketches.n_tokens[a] > 0)
    return PairTable(a, b, shared, size_a, size_b, exact, np.zeros(1, bool), np.array([0, 0 if exact[0] else 1]), _ANY)

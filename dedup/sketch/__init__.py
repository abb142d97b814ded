"""Texts to folded tokens to shingle hashes to signatures and fingerprints, in kernels from the bytes on."""

from dedup.sketch.kernels import PERMUTATIONS, SHINGLE
from dedup.sketch.sketches import SCHEME, SEED, SLICE, Sketcher, Sketches, TokenStreams, sketch, token_streams
from dedup.sketch.tables import unicode_version
from dedup.sketch.text import Packed, pack

__all__ = [
    "PERMUTATIONS",
    "SCHEME",
    "SEED",
    "SHINGLE",
    "SLICE",
    "Packed",
    "Sketcher",
    "Sketches",
    "TokenStreams",
    "pack",
    "sketch",
    "token_streams",
    "unicode_version",
]

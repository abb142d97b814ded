"""Sketches to candidate pairs, to exact figures, to relations and passages."""

from dedup.match.compare import compare
from dedup.match.pairs import find_pairs
from dedup.match.passages import passages
from dedup.match.table import Floor, PairTable, check_floor, relate

__all__ = ["Floor", "PairTable", "check_floor", "compare", "find_pairs", "passages", "relate"]

"""Sketches to candidate pairs, to exact figures, to relations and passages."""

from dedup.match.compare import compare
from dedup.match.pairs import find_pairs, match_sketched
from dedup.match.passages import passages
from dedup.match.sketched import Sketched
from dedup.match.table import Floor, PairTable, check_floor, load_table, relate, save_table

__all__ = [
    "Floor",
    "PairTable",
    "Sketched",
    "check_floor",
    "compare",
    "find_pairs",
    "load_table",
    "match_sketched",
    "passages",
    "relate",
    "save_table",
]

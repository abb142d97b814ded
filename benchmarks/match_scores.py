"""What benchmarks/match.py counts: kept documents, pairs and dedup's own figures against exact truth (match_truth.py).

Kept documents. Two documents are neighbours if their exact Jaccard is at least 0.7. A removal is right if a neighbour
is kept, and *loosely* right if there is a neighbour at all: tools that cluster all that chains remove documents that
nothing kept resembles. A kept document is a miss if an earlier kept one is its neighbour.

    precision = right / removed       loose precision = loosely right / removed       recall = right / (right + misses)

Pairs. Precision: pairs given whose Jaccard is at least 0.7, of all given; recall: such pairs given, of all there are.

Tools cut words in their own ways, which moves a pair across the bound that lies on it. So all is counted a second time
*clear of the bound*: a removal is wrong only if no neighbour reaches 0.68, a miss only counts from 0.72 on.
"""

import json
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

BOUND = 0.7
SLACK = 0.02
CLASSES = ("Jaccard ≥ 0.7", "containment ≥ 0.5, shared ≥ 30", "containment 0.25–0.5, shared ≥ 30")


@dataclass
class Truth:
    """Pairs as tuples of ids in input order, with exact figures."""

    ids: list
    pairs: list
    jaccard: np.ndarray
    containment: np.ndarray
    shared: np.ndarray

    @classmethod
    def load(cls, path):
        table = np.load(path)
        return cls.of(table["ids"].tolist(), table["sizes"], table["a"], table["b"], table["shared"])

    @classmethod
    def of(cls, ids, sizes, a, b, shared):
        pairs = [(ids[i], ids[j]) for i, j in zip(a, b, strict=True)]
        union, smaller = sizes[a] + sizes[b] - shared, np.minimum(sizes[a], sizes[b])
        return cls(ids, pairs, shared / union, shared / smaller, shared)

    def near(self, bound):
        return {self.pairs[i] for i in np.flatnonzero(self.jaccard >= bound)}

    def neighbours(self, bound):
        found = defaultdict(set)
        for a, b in self.near(bound):
            found[a].add(b)
            found[b].add(a)
        return found

    def classes(self):
        """Which pairs belong to each of CLASSES."""
        partial = self.shared >= 30
        return dict(
            zip(
                CLASSES,
                (
                    self.jaccard >= BOUND,
                    partial & (self.containment >= 0.5),
                    partial & (self.containment >= 0.25) & (self.containment < 0.5),
                ),
                strict=True,
            )
        )


def ratio(part, whole):
    return part / whole if whole else None


def score_kept(truth, kept):
    """Scores of a set of kept ids."""
    place = {id: i for i, id in enumerate(truth.ids)}
    removed = [id for id in truth.ids if id not in kept]

    def counts(low, high):
        near, far = truth.neighbours(low), truth.neighbours(high)
        right = sum(any(other in kept for other in near[id]) for id in removed)
        loose = sum(bool(near[id]) for id in removed)
        misses = sum(any(other in kept and place[other] < place[id] for other in far[id]) for id in kept)
        return ratio(right, len(removed)), ratio(loose, len(removed)), ratio(right, right + misses)

    scores = dict(zip(("precision", "loose", "recall"), counts(BOUND, BOUND), strict=True))
    clear = counts(BOUND - SLACK, BOUND + SLACK)
    return scores | {"kept": len(kept), "clear_precision": clear[0], "clear_recall": clear[2]}


def score_pairs(truth, given):
    """Scores of a set of pairs of ids, each in input order."""
    exact, low, high = (truth.near(bound) for bound in (BOUND, BOUND - SLACK, BOUND + SLACK))
    return {
        "pairs": len(given),
        "precision": ratio(len(given & exact), len(given)),
        "recall": ratio(len(given & exact), len(exact)),
        "clear_precision": ratio(len(given & low), len(given)),
        "clear_recall": ratio(len(given & high), len(high)),
    }


def score_classes(truth, given, among=True):
    """For each class its pairs (those `among` counts), and those of them that are given, whatever the relation."""
    found = np.array([pair in given for pair in truth.pairs], dtype=bool)
    return {
        name: (int((which & among).sum()), int((which & found & among).sum()))
        for name, which in truth.classes().items()
    }


def in_order(ids, pairs):
    place = {id: i for i, id in enumerate(ids)}
    return {pair if place[pair[0]] < place[pair[1]] else pair[::-1] for pair in pairs}


def read_pairs(path, relations=None):
    """Pairs of a file of `id<TAB>id`, or of dedup's pairs.jsonl with the relations wanted."""
    with path.open(encoding="utf8") as file:
        if path.suffix != ".jsonl":
            return {tuple(line.rstrip("\n").split("\t")) for line in file}
        rows = map(json.loads, file)
        return {(row["a"], row["b"]) for row in rows if relations is None or row["relation"] in relations}

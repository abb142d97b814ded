"""Every figure of dedup's pairs.jsonl against a slow recomputation: `match_figures.py PAIRS.jsonl IN.jsonl`.

Words are those of tests/naive.py, dedup's slow twin; shingles are counted by match_truth.py, which does not know dedup.
"""

import json
import sys
from itertools import pairwise
from multiprocessing import Pool
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))
from benchmarks.match_truth import shingles
from tests.naive import words


def relation(same, jaccard, containment, shared):
    """The relation by the contract of the default bounds."""
    if same:
        return "exact"
    if jaccard >= 0.7:
        return "near"
    if containment >= 0.5 and shared >= 15:
        return "excerpt"
    return "passage" if shared >= 30 else None


def recomputed(documents, pairs):
    """Figures as pairs.jsonl has them for pairs of places of documents, which are lists of words."""
    count, owner, shingle = shingles(documents)
    bounds = np.searchsorted(owner, np.arange(count + 1))
    sets = [shingle[start:end] for start, end in pairwise(bounds)]
    for a, b in pairs:
        shared = len(np.intersect1d(sets[a], sets[b], assume_unique=True))
        in_a, in_b = shared / len(sets[a]), shared / len(sets[b])
        jaccard = shared / (len(sets[a]) + len(sets[b]) - shared)
        kind = relation(documents[a] == documents[b], jaccard, max(in_a, in_b), shared)
        yield {"relation": kind, "jaccard": jaccard, "containment_a": in_a, "containment_b": in_b, "shared": shared}


def check(rows, documents):
    """Rows of pairs.jsonl whose figures are not the recomputed ones; documents are lists of words by id."""
    place = {id: i for i, id in enumerate(documents)}
    found = recomputed(list(documents.values()), ((place[row["a"]], place[row["b"]]) for row in rows))
    return [(row, figures) for row, figures in zip(rows, found, strict=True) if not figures.items() <= row.items()]


def checked(pairs, source):
    """How many pairs a run of dedup gave, and which of them are wrong."""
    with pairs.open(encoding="utf8") as file:
        rows = [{k: v for k, v in json.loads(line).items() if k != "passages"} for line in file]
    wanted = {id for row in rows for id in (row["a"], row["b"])}
    with source.open(encoding="utf8") as file:
        texts = {row["id"]: row["text"] for row in map(json.loads, file) if row["id"] in wanted}
    with Pool() as pool:
        documents = dict(zip(texts, pool.imap(words, texts.values(), chunksize=64), strict=True))
    return len(rows), check(rows, documents)


if __name__ == "__main__":
    total, wrong = checked(*map(Path, sys.argv[1:]))
    for row, figures in wrong[:20]:
        print(row, "is", figures)
    print(f"{total:,} pairs, {len(wrong):,} with a wrong figure")
    sys.exit(bool(wrong))

"""Exact truth for benchmarks/match.py: the pairs of documents of a JSONL file that share text, every one of them.

Slow, obvious and independent of dedup. Words are `\\w+` of the lower-cased text, shingles are runs of five words, a
shorter document is one shingle, and a document has each shingle once. Words get numbers, pairs of words get numbers,
and so on up to five, so a shingle's number stands for its words and for nothing else: nothing is hashed, sampled or
left out, however common it is. The table of documents and shingles times itself transposed holds the shared shingles.

What is stored (numpy, beside the input): ids, distinct shingles of each document, and each pair with Jaccard >= 0.65,
or with 15 shared shingles that are a fifth of the smaller document.

    python benchmarks/match_truth.py IN.jsonl OUT.npz
"""

import json
import re
import sys
from pathlib import Path

import numpy as np
from scipy.sparse import csr_array

WORD = re.compile(r"\w+")
WIDTH = 5
NOTHING = 0
"""Number of the word that fills documents of fewer than five."""
MIN_JACCARD = 0.65
MIN_SHARED = 15
MIN_CONTAINMENT = 0.2
BLOCK = 512
"""Rows of the product made at a time."""


def words(text):
    return WORD.findall(text.lower())


def numbers(values):
    """The same number for the same value, from 0 up."""
    return np.unique(values, return_inverse=True)[1]


def shingles(documents):
    """How many documents there are, and number of document and of shingle, once for each that a document has.

    Documents are lists of words.
    """
    vocabulary, rows, lengths = {}, [], []
    for document in documents:
        row = [vocabulary.setdefault(word, len(vocabulary) + 1) for word in document]
        row += [NOTHING] * (WIDTH - len(row) if row else 0)
        rows.append(np.array(row, dtype=np.int64))
        lengths.append(len(row))
    word = np.concatenate([*rows, np.zeros(WIDTH, np.int64)])
    owner = np.concatenate([np.repeat(np.arange(len(rows)), lengths), np.full(WIDTH, -1)])
    two = numbers(word[:-1] * (len(vocabulary) + 1) + word[1:])
    four = numbers(two[:-2] * (two.max() + 1) + two[2:])
    five = numbers(four[:-1] * (len(vocabulary) + 1) + word[4:])
    inside = owner[:-4] == owner[4:]
    inside &= owner[:-4] >= 0
    pairs = np.unique(owner[:-4][inside] * (five.max() + 1) + five[inside])
    return len(rows), *np.divmod(pairs, five.max() + 1)


def shared_counts(owner, shingle, n_documents):
    """Blocks of (a, b, shingles that both have) with a < b."""
    table = csr_array(
        (np.ones(len(owner), np.int32), (owner, shingle)), shape=(n_documents, shingle.max(initial=0) + 1)
    )
    other = table.T.tocsr()
    for start in range(0, n_documents, BLOCK):
        product = (table[start : start + BLOCK] @ other).tocoo()
        a, b = product.row + start, product.col
        later = b > a
        yield a[later], b[later], product.data[later]


def overlaps(documents):
    """Sizes of all documents in shingles, and the pairs over the bounds of this module: a, b and shared."""
    count, owner, shingle = shingles(documents)
    sizes = np.bincount(owner, minlength=count)
    common = np.bincount(shingle)[shingle] > 1
    kept = []
    for a, b, shared in shared_counts(owner[common], numbers(shingle[common]), count):
        near = shared >= MIN_JACCARD * (sizes[a] + sizes[b] - shared)
        partial = (shared >= MIN_SHARED) & (shared >= MIN_CONTAINMENT * np.minimum(sizes[a], sizes[b]))
        kept.append(np.stack([a, b, shared])[:, near | partial])
    return sizes, np.concatenate([np.empty((3, 0), np.int64), *kept], axis=1)


def main():
    source, target = map(Path, sys.argv[1:])
    ids = []

    def documents():
        for line in file:
            row = json.loads(line)
            ids.append(row["id"])
            yield words(row["text"])

    with source.open(encoding="utf8") as file:
        sizes, (a, b, shared) = overlaps(documents())
    np.savez_compressed(target, ids=np.array(ids), sizes=sizes, a=a, b=b, shared=shared)


if __name__ == "__main__":
    main()

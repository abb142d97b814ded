"""In how many documents 5-word shingles stand, and how many pairs of documents share some: a corpus beside others.

    python benchmarks/phrases.py ../shared/data/copy/allsides_en.jsonl.zst
    python benchmarks/phrases.py corpus.jsonl.zst --truth truth.tsv --documents 37554

With a truth, documents that copy something are left out.
"""

import argparse
import io
import json
from collections.abc import Iterator
from itertools import combinations, islice, pairwise
from pathlib import Path

import numpy as np
import zstandard

from dedup.sketch import pack, sketch

DOCUMENTS = (1, 2, 3, 5, 9, 17, 33, 65, 129, 257, 513, 1025, 2049)
SHARED = (1, 2, 3, 4, 6, 8, 12, 15, 20, 30)
COMMON = 60
"""Shingles that stand in more documents make no pairs here."""


def texts(path: Path, left_out: set[str]) -> Iterator[str]:
    with path.open("rb") as file:
        raw = zstandard.ZstdDecompressor().stream_reader(file) if path.suffix == ".zst" else file
        for row in map(json.loads, io.TextIOWrapper(raw, encoding="utf8")):
            if row["id"] not in left_out:
                yield row["text"]


def pairs_of(documents: np.ndarray, starts: np.ndarray, counts: np.ndarray, n: int) -> np.ndarray:
    """Return how many shingles each pair of documents shares, of those that share one."""
    keys = [np.zeros(0, np.int64)]
    for count in range(2, COMMON + 1):
        rows = documents[starts[counts == count][:, None] + np.arange(count)]
        keys += [rows[:, i].astype(np.int64) * n + rows[:, j] for i, j in combinations(range(count), 2)]
    joined = np.sort(np.concatenate(keys))
    return np.diff(np.flatnonzero(np.diff(joined, prepend=-1, append=-1)))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path, help=".jsonl or .jsonl.zst")
    parser.add_argument("--truth", type=Path, help="of generate.py")
    parser.add_argument("--documents", type=int, metavar="N", help="the first N; all by default")
    options = parser.parse_args()
    left_out = set()
    if options.truth:
        left_out = {line.split("\t")[0] for line in options.truth.read_text(encoding="utf8").splitlines()[1:]}
    packed = pack(islice(texts(options.corpus, left_out), options.documents))
    n = len(packed)
    sketches = sketch(packed)
    shingles, sizes = sketches.shingles, sketches.n_shingles
    order = np.argsort(shingles, kind="stable")
    documents = np.repeat(np.arange(n, dtype=np.int32), sizes)[order]
    shingles = shingles[order]
    starts = np.flatnonzero(np.concatenate([[True], shingles[1:] != shingles[:-1]]))
    counts = np.diff(starts, append=len(shingles))
    print(f"{n:,} documents, {packed.offsets[-1] / 1e6:,.0f} MB, {len(shingles):,} shingles, {len(counts):,} distinct")
    for least, beyond in pairwise([*DOCUMENTS, n + 1]):
        part = np.mean((counts >= least) & (counts < beyond))
        print(f"in {least} to {beyond - 1} documents: {100 * part:.5f} %")
    print(
        f"occurrences of those in several: {100 * counts[counts > 1].sum() / len(shingles):.1f} %; most: {counts.max()}"
    )
    shared = pairs_of(documents, starts, counts, n)
    for least in SHARED:
        print(f"pairs a document that share {least} or more: {np.sum(shared >= least) / n:.3f}")


if __name__ == "__main__":
    main()

"""Sketches: what the literature offers beside what dedup takes, on the same shingles of the same texts.

Signatures are compared by what they cost (MB of text a second on one core, from shingle hashes on; bytes a document),
by how well they tell the Jaccard similarity (root mean square of the error, on the pairs of the truth tables and on
pairs drawn at random), and by the near copies they find (LSH with 20 bands of 6 rows; pairs of the tables with Jaccard
>= 0.7). `candidates` are all pairs that LSH brings.

Fingerprints are compared by how many a document has, and by how many of the partial copies of the tables have one in
common, and two (containment in the shorter one; at least 30 shingles shared, where nothing else is said). `pairs` are
all pairs of documents with two in common, most of them no copies; of fingerprints that over 1,000 documents have, none.

Jaccard similarities are exact, over the shingle sets that dedup verifies with. Times are CPU times, the least of three.
"""

import argparse
import csv
import io
import json
import time
from functools import partial
from itertools import pairwise
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import numba
import numpy as np
import zstandard

from dedup import sketch
from dedup.sketch import kernels
from dedup.sketch.sketches import permutations

SETS = ["reuters_en", "helsinki_en", "press_es"]
BINS = kernels.PERMUTATIONS
BANDS, ROWS = 20, 6
MOST = 1000  # documents of the largest group whose pairs are counted
LEAST_KEY = 24
"""Bits of a band's key below which most pairs of a set would be candidates by chance."""
ONES = np.uint32(2**32 - 1)
U32, U64 = np.uint32, np.uint64

jit = numba.njit(nogil=True)  # not cached: kernels here call one of dedup's
minhash, mix = kernels.minhash, kernels.mix64


@jit
def affine32(shingles, offsets, maps, out):
    """MinHash (Broder 1997) with 128 maps, as dedup has it."""
    low = np.empty(np.max(np.diff(offsets)) + 16, U32)
    for d in range(len(offsets) - 1):
        minhash(shingles[offsets[d] : offsets[d + 1]], offsets[d + 1] - offsets[d], maps, low, out[d])


@jit
def one_permutation(shingles, offsets, _, out):
    """One hash, 128 bins, the least value of each (Li, Owen, Zhang 2012); an empty bin takes that of another, which its
    number draws (optimal densification: Shrivastava 2017)."""
    least = np.empty(BINS, U32)
    for d in range(len(offsets) - 1):
        out[d] = ONES
        if offsets[d] == offsets[d + 1]:
            continue
        least[:] = ONES
        for i in range(offsets[d], offsets[d + 1]):
            place = shingles[i] >> U64(57)
            least[place] = min(least[place], U32(shingles[i] >> U64(25) & U64(0xFFFFFFFF)))
        for k in range(BINS):
            source, attempt = U64(k), 0
            while least[source] == ONES:
                attempt += 1
                source = mix(U64(k * 1_000_003 + attempt)) >> U64(57)
            out[d, k] = least[source]


def circulant(bits):
    """One permutation of a universe of 2^bits, turned by 1 for each of 128 values, after another (C-MinHash: Li and Li
    2022). The other is the hash itself; the first has its start repeated at its end: its turns lie side by side."""
    shift = U64(64 - bits)

    @jit
    def c_minhash(shingles, offsets, permutation, out):
        for d in range(len(offsets) - 1):
            own, last = out[d], offsets[d + 1] - 1
            own[:] = ONES
            for i in range(offsets[d], last + 1, 4):  # the last one is taken again where four do not divide n
                one, two = permutation[shingles[i] >> shift :], permutation[shingles[min(i + 1, last)] >> shift :]
                three = permutation[shingles[min(i + 2, last)] >> shift :]
                four = permutation[shingles[min(i + 3, last)] >> shift :]
                for k in range(BINS):
                    own[k] = min(own[k], one[k], two[k], three[k], four[k])

    return c_minhash


@jit
def super_minhash(shingles, offsets, _, out):
    """Values that are drawn without replacement, each shingle's in an order of its own (Ertl 2017, algorithm 3)."""
    order, stamp, value = np.empty(BINS, np.int64), np.empty(BINS, np.int64), np.empty(BINS, np.float64)
    counts = np.empty(BINS, np.int64)
    for d in range(len(offsets) - 1):
        stamp[:], value[:], counts[:] = -1, np.inf, 0
        counts[BINS - 1], last = BINS, BINS - 1
        for i in range(offsets[d], offsets[d + 1]):
            state, j = shingles[i], 0
            while j <= last:
                state += U64(0x9E3779B97F4A7C15)  # SplitMix64
                drawn = mix(state)
                k = j + np.int64(((drawn >> U64(32)) * U64(BINS - j)) >> U64(32))
                for place in (j, k):
                    if stamp[place] != i:
                        stamp[place], order[place] = i, place
                order[j], order[k] = order[k], order[j]
                new, at = j + np.float64(drawn & U64(0xFFFFFF)) / 2**24, order[j]
                if new < value[at]:
                    old = np.int64(min(value[at], BINS - 1.0))
                    value[at] = new
                    if j < old:
                        counts[old] -= 1
                        counts[j] += 1
                        while counts[last] == 0:
                            last -= 1
                j += 1
        for k in range(BINS):
            out[d, k] = U32(min(value[k], 255.0) * 2**24)


@jit
def sampled(shingles, offsets, settings, out):
    """Hashes that are 0 modulo a power of 2 (Manber 1994; Broder 1997), and all of documents with few."""
    mask, below = settings
    ends, kept = out
    used = 0
    for d in range(len(offsets) - 1):
        own = U64(0) if offsets[d + 1] - offsets[d] < below else mask
        for i in range(offsets[d], offsets[d + 1]):
            kept[used] = shingles[i]
            used += shingles[i] & own == U64(0)
        ends[d + 1] = used


def winnowing(window):
    """The least hash of each window of shingles (Schleimer, Wilkerson, Aiken 2003), or of a shorter document.

    A hash is the least of some window when it is the greatest of the least of all windows that it stands in. So it is
    found without a branch; where the least stands twice in a window, both are taken.
    """

    @jit
    def winnowed(shingles, offsets, _, out):
        ends, kept = out
        used = 0
        least = np.zeros(np.max(np.diff(offsets)) + 2 * window, U64)
        for d in range(len(offsets) - 1):
            own = shingles[offsets[d] : offsets[d + 1]]
            windows = max(len(own) - window + 1, 0)
            for i in range(windows):
                low = own[i]
                for k in range(1, window):
                    low = min(low, own[i + k])
                least[window - 1 + i] = low  # zeros before and after: no windows
            least[window - 1 + windows : 2 * window - 2 + windows] = 0
            for i in range(len(own) if windows else 0):
                high = least[i]
                for k in range(1, window):
                    high = max(high, least[i + k])
                kept[used] = own[i]
                used += high == own[i]
            if len(own) and not windows:
                kept[used] = np.min(own)
                used += 1
            ends[d + 1] = used

    return winnowed


@jit
def write_pairs(keys, documents, out):
    """Write ``a << 32 | b`` for each pair with a key in common, where keys are sorted; return their number."""
    n, start = 0, 0
    for end in range(1, len(keys) + 1):
        if end < len(keys) and keys[end] == keys[start]:
            continue
        if end - start <= MOST:
            for i in range(start, end):
                for j in range(i + 1, end):
                    if documents[i] != documents[j]:
                        if n < len(out):
                            out[n] = documents[i] << 32 | documents[j]
                        n += 1
        start = end
    return n


def pairs_in_common(keys, documents):
    """Pairs of documents with a key in common, and how many they have."""
    order = np.lexsort((documents, keys))
    keys, documents = keys[order], documents[order]
    fresh = np.ones(len(keys), bool)
    fresh[1:] = (keys[1:] != keys[:-1]) | (documents[1:] != documents[:-1])
    keys, documents = keys[fresh], documents[fresh]
    out = np.empty(write_pairs(keys, documents, np.empty(0, np.int64)), np.int64)
    write_pairs(keys, documents, out)
    out.sort()
    starts = np.flatnonzero(np.append(True, out[1:] != out[:-1])) if len(out) else np.empty(0, np.int64)
    return out[starts], np.diff(np.append(starts, len(out)))


class Corpus(NamedTuple):
    """Shingles of a set's documents in the order of the text, its text's size, and its truth."""

    shingles: np.ndarray
    offsets: np.ndarray
    megabytes: float
    pairs: np.ndarray
    """Of the table, shape (n, 2)."""
    jaccard: np.ndarray
    containment: np.ndarray
    shared: np.ndarray


def read(path, limit=None):
    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf8")
        rows, size = [], 0
        for row in map(json.loads, lines):
            rows.append(row)
            size += len(row["text"] or "")
            if limit and size > limit * 1e6:
                break
    packed = sketch.pack(row["text"] or "" for row in rows)
    stream = sketch.token_streams(packed, np.arange(len(packed)))
    inside = stream.shingles != 0
    offsets = np.append(0, np.cumsum(inside))[stream.offsets]
    table = path.with_name(path.name.replace(".jsonl.zst", ".pairs.tsv"))
    with table.open(encoding="utf8") if table.exists() else io.StringIO() as file:
        truth = list(csv.DictReader(file, delimiter="\t"))
    place = {row["id"]: d for d, row in enumerate(rows)}
    pairs = np.array([(place[row["id1"]], place[row["id2"]]) for row in truth], np.int64).reshape(-1, 2)
    figures = (np.array([float(row[name]) for row in truth]) for name in ("jaccard", "containment", "n_shared"))
    return Corpus(stream.shingles[inside], offsets, len(packed.data) / 1e6, pairs, *figures)


def seconds(run):
    """CPU time of the fastest of three runs, after one to warm up."""
    run()
    times = [(time.process_time(), run(), time.process_time()) for _ in range(3)]
    return min(end - start for start, _, end in times)


def jaccard(corpus, pairs):
    sets = [np.unique(corpus.shingles[a:b]) for a, b in pairwise(corpus.offsets)]
    shared = np.array([len(np.intersect1d(sets[a], sets[b], assume_unique=True)) for a, b in pairs])
    sizes = np.array([len(own) for own in sets])
    return shared / np.maximum(sizes[pairs[:, 0]] + sizes[pairs[:, 1]] - shared, 1)


def random_pairs(corpus, n=20_000):
    """Of documents that have a shingle."""
    some = np.flatnonzero(np.diff(corpus.offsets))
    return np.random.default_rng(1).choice(some, (n, 2))


def bits(b, signatures):
    return signatures & U32((1 << b) - 1)


def circle(b):
    order = np.random.default_rng(1).permutation(1 << b).astype(U32)
    return np.append(order, order[:BINS])


SIGNATURES = {  # name: kernel, what it takes, bits kept of a value
    "MinHash affine32, 128 maps (dedup)": (affine32, permutations, 32),
    "… its lowest 8 bits (b-bit)": (affine32, permutations, 8),
    "… its lowest 4 bits": (affine32, permutations, 4),
    "… its lowest bit": (affine32, permutations, 1),
    "one permutation, optimal densification": (one_permutation, tuple, 32),
    "C-MinHash, universe of 2^16": (circulant(16), partial(circle, 16), 32),
    "C-MinHash, universe of 2^20": (circulant(20), partial(circle, 20), 32),
    "SuperMinHash": (super_minhash, tuple, 32),
}
FINGERPRINTS = {
    "1 in 4, all of documents below 64 (dedup)": (sampled, (U64(3), kernels.ALL_BELOW)),
    "1 in 4": (sampled, (U64(3), 0)),
    "winnowing, window 7": (winnowing(7), None),
    "winnowing, window 11": (winnowing(11), None),
    "1 in 8, all of documents below 64": (sampled, (U64(7), kernels.ALL_BELOW)),
    "1 in 8": (sampled, (U64(7), 0)),
    "winnowing, window 15": (winnowing(15), None),
}
CLASSES = {  # of pairs in the tables
    "containment >= 0.5": lambda own: (own.containment >= 0.5) & (own.shared >= 30),
    "0.25-0.5": lambda own: (own.containment >= 0.25) & (own.containment < 0.5) & (own.shared >= 30),
    ">= 0.5, shared 15-29": lambda own: (own.containment >= 0.5) & (own.shared >= 15) & (own.shared < 30),
}


def estimate(signatures, pairs, kept):
    equal = np.mean(signatures[pairs[:, 0]] == signatures[pairs[:, 1]], axis=1)
    return (equal - 0.5**kept) / (1 - 0.5**kept)  # less those that are equal by chance


def bands(signatures, some):
    """Band keys of documents, and whose they are."""
    cut = signatures[some, : BANDS * ROWS].reshape(len(some), BANDS, ROWS).astype(U64)
    keys = np.broadcast_to(np.arange(BANDS, dtype=U64), cut.shape[:2]).copy()
    for row in range(ROWS):
        keys = mix.py_func(keys * U64(0x9E3779B97F4A7C15) + cut[:, :, row])
    return keys.ravel(), np.repeat(some, BANDS)


def find_near(corpora, signatures):
    """What LSH finds of the near copies of the tables, and how many pairs it brings."""
    found = wanted = candidates = 0
    for corpus, own in zip(corpora, signatures, strict=True):
        near, _ = pairs_in_common(*bands(own, np.flatnonzero(np.diff(corpus.offsets))))
        asked = np.sort(corpus.pairs[corpus.jaccard >= 0.7], axis=1)
        found += int(np.isin(asked[:, 0] << 32 | asked[:, 1], near).sum())
        wanted, candidates = wanted + len(asked), candidates + len(near)
    return f"{found} of {wanted}", candidates


def measure_signatures(corpora, speed):
    known, drawn = (
        [(pairs, jaccard(corpus, pairs)) for corpus in corpora for pairs in [draw(corpus)]]
        for draw in (attrgetter("pairs"), random_pairs)
    )
    for name, (kernel, setup, kept) in SIGNATURES.items():
        extra = setup()

        def sign(corpus, kernel=kernel, extra=extra, kept=kept):
            out = np.empty((len(corpus.offsets) - 1, BINS), U32)
            kernel(corpus.shingles, corpus.offsets, extra, out)
            return bits(kept, out)

        signatures = [sign(corpus) for corpus in corpora]
        errors = [
            np.concatenate(
                [estimate(own, pairs, kept) - exact for own, (pairs, exact) in zip(signatures, some, strict=True)]
            )
            for some in (known, drawn)
        ]
        near = find_near(corpora, signatures) if kept * ROWS >= LEAST_KEY else ("–", "–")
        rate = speed.megabytes / seconds(partial(sign, speed))
        yield name, f"{rate:,.0f}", BINS * kept // 8, *(f"{np.sqrt(np.mean(own**2)):.4f}" for own in errors), *near


def measure_fingerprints(corpora, speed):
    for name, (kernel, settings) in FINGERPRINTS.items():

        def keep(corpus, kernel=kernel, settings=settings):
            ends, kept = np.zeros(len(corpus.offsets), np.int64), np.empty(len(corpus.shingles) + 1, U64)
            kernel(corpus.shingles, corpus.offsets, settings, (ends, kept))
            return kept[: ends[-1]], ends

        found, wanted = np.zeros((len(CLASSES), 2), int), np.zeros((len(CLASSES), 1), int)
        candidates = total = documents = 0
        for corpus in corpora:
            kept, ends = keep(corpus)
            _, common = pairs_in_common(kept, np.repeat(np.arange(len(ends) - 1), np.diff(ends)))
            candidates += int((common >= 2).sum())
            total, documents = total + len(kept), documents + len(ends) - 1
            sets = [set(kept[a:b].tolist()) for a, b in pairwise(ends)]
            shared = np.array([len(sets[a] & sets[b]) for a, b in corpus.pairs])
            for k, belongs in enumerate(CLASSES.values()):
                asked = shared[belongs(corpus)]
                wanted[k] += len(asked)
                found[k] += [(asked >= 1).sum(), (asked >= 2).sum()]
        rate = speed.megabytes / seconds(partial(keep, speed))
        shares = [f"{one:.2%}, {two:.2%}" for one, two in found / np.maximum(wanted, 1)]
        yield name, f"{rate:,.0f}", f"{total / documents:.1f}", *shares, candidates


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|---" * len(head) + "|")
    for row in rows:
        print("| " + " | ".join(f"{cell:,}" if isinstance(cell, int) else cell for cell in row) + " |", flush=True)
    print()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", default=SETS, help="with truth tables")
    parser.add_argument("--speed", default="allsides_en", help="the set that is timed")
    parser.add_argument("--megabytes", type=float, default=30, help="of it")
    options = parser.parse_args()
    folder = options.data / "copy"
    corpora = [read(folder / f"{name}.jsonl.zst") for name in options.sets]
    speed = read(folder / f"{options.speed}.jsonl.zst", options.megabytes)
    head = ["signature", "MB/s", "bytes", "error, known pairs", "error, random pairs", "Jaccard >= 0.7", "candidates"]
    table(head, measure_signatures(corpora, speed))
    table(["fingerprints", "MB/s", "a document", *CLASSES, "pairs"], measure_fingerprints(corpora, speed))


if __name__ == "__main__":
    main()

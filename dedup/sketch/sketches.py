"""From packed texts to sketches, shingle sets and token streams, in threads over slices of documents.

Slices hold whole documents, so the results are the same whatever the number of workers.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from dedup.sketch import folding, kernels
from dedup.sketch.tables import unicode_tables
from dedup.sketch.text import Packed

T = TypeVar("T")

SCHEME = "affine32"
"""datasketch's name for the family of permutations."""
SEED = 1
"""datasketch's default seed."""

_SLICE = 1 << 20
"""Bytes of text in a slice, about: no worker waits long for another, and what kernels hand on stays in the cache."""


@dataclass(frozen=True)
class Sketches:
    """What stands for each document in the search for copies; rows are documents."""

    signatures: NDArray[np.uint32]
    """Shape (documents, 128): MinHash by `SCHEME` and `SEED`; all ones for a document without tokens."""
    fingerprints: NDArray[np.uint64]
    """Sampled shingle hashes, one document after the other; within each distinct, in the order of the text: a shingle
    that is repeated counts where it first stands. Documents of fewer than `kernels.ALL_BELOW` shingles carry all."""
    offsets: NDArray[np.int64]
    """Shape (documents + 1,): where the fingerprints of each document start, and the end."""
    shingles: NDArray[np.uint64]
    """Hashes of distinct shingles, never 0, in the order in which they first stand, one document after the other."""
    n_shingles: NDArray[np.int64]
    """Distinct shingles of each document."""
    n_tokens: NDArray[np.int64]
    digests: NDArray[np.uint64]
    """A hash of each document's whole token sequence: equal for texts that differ in nothing but folding and
    punctuation. Of a million documents two others share one with a chance of 3 in 10^8."""

    def __len__(self) -> int:
        """Count the documents."""
        return len(self.n_tokens)


@dataclass(frozen=True)
class TokenStreams:
    """Tokens of documents in order, one document after the other."""

    hashes: NDArray[np.uint64]
    """Of each token's folded code points."""
    shingles: NDArray[np.uint64]
    """Hash of the shingle that starts at each token; 0 where none does, at the end of a document."""
    starts: NDArray[np.int32]
    """First code point of each token in its text."""
    ends: NDArray[np.int32]
    """Code point after each token's last."""
    offsets: NDArray[np.int64]
    """Shape (documents + 1,): where each document's tokens start, and the end."""


@cache
def permutations() -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Return datasketch's maps ``a * h + b``, each of shape (128,): `MinHash._init_permutations` of `affine32`."""
    generator = np.random.RandomState(SEED)
    a = generator.randint(0, 1 << 31, kernels.PERMUTATIONS, dtype=np.uint32) * np.uint32(2) + np.uint32(1)
    return a, generator.randint(0, 1 << 32, kernels.PERMUTATIONS, dtype=np.uint32)


def sketch(packed: Packed, *, workers: int = 2) -> Sketches:
    """Sketch documents.

    Parameters
    ----------
    packed
        Their texts.
    workers
        Threads; the result does not depend on them.

    Returns
    -------
    Sketches
        A row for each document, in order.
    """
    documents = np.arange(len(packed))
    signatures = np.empty((len(packed), kernels.PERMUTATIONS), np.uint32)
    digests = np.empty(len(packed), np.uint64)
    n_tokens, n_shingles, n_fingerprints = (np.empty(len(packed), np.int64) for _ in range(3))

    def run(own: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
        rows = slice(own[0], own[-1] + 1)
        columns = (signatures[rows], digests[rows], n_tokens[rows], n_shingles[rows], n_fingerprints[rows])
        return kernels.sketch_slice(*_fold(packed, own), permutations(), columns)

    parts = _in_slices(packed, documents, workers, run) or [(np.empty(0, np.uint64), np.empty(0, np.uint64))]
    shingles, fingerprints = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Sketches(signatures, fingerprints, _offsets(n_fingerprints), shingles, n_shingles, n_tokens, digests)


def token_streams(packed: Packed, documents: NDArray[np.int64], *, workers: int = 2) -> TokenStreams:
    """Return tokens, their shingles and their places, for documents of any order, one after the other."""

    def run(own: NDArray[np.int64]) -> tuple[NDArray[np.generic], ...]:
        sizes = np.empty(len(own), np.int64)
        places = np.empty(_room(packed, own), np.int32)
        return (*kernels.streams_slice(*_fold(packed, own, places), places, sizes), sizes)

    parts = _in_slices(packed, documents, workers, run)
    kinds = (np.uint64, np.uint64, np.int32, np.int32, np.int64)
    columns = [np.concatenate([np.empty(0, kind), *(part[i] for part in parts)]) for i, kind in enumerate(kinds)]
    hashes, shingles, starts, ends, sizes = columns
    return TokenStreams(hashes, shingles, starts, ends, _offsets(sizes))


def _fold(
    packed: Packed, documents: NDArray[np.int64], places: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return folded documents one after the other, and where each starts and ends."""
    folded = np.empty(_room(packed, documents), np.uint8)  # memory that is never written is never taken
    return folded, folding.fold_documents(packed.data, packed.spans(documents), tuple(unicode_tables()), folded, places)


def _room(packed: Packed, documents: NDArray[np.int64]) -> int:
    return folding.EXPANSION * int(packed.lengths[documents].sum()) + folding.PADDING * len(documents)


def _in_slices(
    packed: Packed, documents: NDArray[np.int64], workers: int, run: Callable[[NDArray[np.int64]], T]
) -> list[T]:
    """Run a kernel over slices of documents of about the same number of bytes, and return its results in order."""
    slices = [own for own in _cut(packed.lengths[documents] + folding.PADDING, documents) if len(own)]
    if workers == 1 or len(slices) == 1:
        return [run(own) for own in slices]
    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(run, slices))


def _cut(weights: NDArray[np.int64], documents: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Cut where the sum of the weights comes past a multiple of a slice's."""
    return np.split(documents, np.flatnonzero(np.diff(np.cumsum(weights) // _SLICE)) + 1)


def _offsets(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])

"""From packed texts to sketches, shingle sets and token streams, in threads over slices of documents.

Slices hold whole documents, so the results are the same whatever the number of workers.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from queue import SimpleQueue
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.sketch import folding, kernels
from dedup.sketch.tables import unicode_tables
from dedup.sketch.text import Packed

SCHEME = "affine32"
"""datasketch's name for the family of permutations."""
SEED = 1
"""datasketch's default seed."""

SLICE = 1 << 21
"""Bytes of text in a slice, about: no worker waits long for another, and what kernels hand on stays in the cache."""
_MARGIN = 1.1
"""Room for more than the slices so far let expect; what is never touched takes no memory."""


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


class Sketcher:
    """Sketches documents, lot after lot in the same scratch arrays: fresh memory costs a page fault every 4 KB.

    Parameters
    ----------
    workers
        Threads; the results do not depend on them.
    """

    def __init__(self, workers: int = 2) -> None:
        self._workers = workers
        self._free: SimpleQueue[_Scratch] = SimpleQueue()
        for _ in range(workers):
            self._free.put(_Scratch())

    def sketch(self, packed: Packed) -> Sketches:
        """Sketch documents.

        Parameters
        ----------
        packed
            Their texts.

        Returns
        -------
        Sketches
            A row for each document, in order. Where all texts are one slice (`SLICE`), its shingles and fingerprints
            are good until the next call.
        """
        signatures = np.empty((len(packed), kernels.PERMUTATIONS), np.uint32)
        digests = np.empty(len(packed), np.uint64)
        n_tokens, n_shingles, n_fingerprints = (np.empty(len(packed), np.int64) for _ in range(3))

        def run(own: NDArray[np.int64], scratch: _Scratch) -> tuple[NDArray[Any], ...]:
            rows = slice(own[0], own[-1] + 1)
            columns = (signatures[rows], digests[rows], n_tokens[rows], n_shingles[rows], n_fingerprints[rows])
            folded, spans = _fold(packed, own, scratch)
            room = scratch.for_sketches(*_most_tokens(spans))
            return kernels.sketch_slice(folded, spans, permutations(), columns, room)

        shingles, fingerprints = self._in_slices(packed, np.arange(len(packed)), run, (np.uint64, np.uint64))
        return Sketches(signatures, fingerprints, _offsets(n_fingerprints), shingles, n_shingles, n_tokens, digests)

    def token_streams(self, packed: Packed, documents: NDArray[np.int64]) -> TokenStreams:
        """Return tokens, their shingles and their places, for documents of any order, one after the other."""

        def run(own: NDArray[np.int64], scratch: _Scratch) -> tuple[NDArray[Any], ...]:
            sizes = np.empty(len(own), np.int64)
            places = scratch.take("places", _room(packed, own), np.int32)
            folded, spans = _fold(packed, own, scratch, places)
            most, total = _most_tokens(spans)
            bounds = scratch.take("bounds", 2 * most + 1, np.int64)
            return (*kernels.streams_slice(folded, spans, places, sizes, bounds, total), sizes)

        kinds = (np.uint64, np.uint64, np.int32, np.int32, np.int64)
        hashes, shingles, starts, ends, sizes = self._in_slices(packed, documents, run, kinds)
        return TokenStreams(hashes, shingles, starts, ends, _offsets(sizes))

    def _in_slices(
        self, packed: Packed, documents: NDArray[np.int64], run: _Run, kinds: tuple[type, ...]
    ) -> list[NDArray[Any]]:
        """Run a kernel over slices of documents of about the same number of bytes, and return its columns of all."""
        if not len(documents):
            return [np.empty(0, kind) for kind in kinds]
        done = np.cumsum(packed.lengths[documents] + folding.PADDING)
        wanted = max(1, round(int(done[-1]) / SLICE))
        cuts = np.flatnonzero(np.diff((done - 1) * wanted // done[-1])) + 1
        slices = np.split(documents, cuts)
        if len(slices) == 1:
            return self._alone(run, documents)
        shares = (done[np.append(cuts, len(documents)) - 1] / done[-1]).tolist()
        columns, turn = _Columns(kinds), _Turn()

        def work(number: int) -> None:
            scratch = self._free.get()
            found: tuple[NDArray[Any], ...] = ()
            try:
                found = run(slices[number], scratch)
            finally:
                with turn.of(number):  # after a failure, too: the others wait for it
                    columns.add(found, shares[number])
                self._free.put(scratch)

        if self._workers == 1:
            for number in range(len(slices)):
                work(number)
        else:
            with ThreadPoolExecutor(self._workers) as pool:
                for _ in pool.map(work, range(len(slices))):
                    pass
        return columns.whole()

    def _alone(self, run: _Run, own: NDArray[np.int64]) -> list[NDArray[Any]]:
        """Run a kernel over one slice; what it returns stands in the scratch arrays."""
        scratch = self._free.get()
        try:
            return [*run(own, scratch)]
        finally:
            self._free.put(scratch)


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
    return Sketcher(workers).sketch(packed)


def token_streams(packed: Packed, documents: NDArray[np.int64], *, workers: int = 2) -> TokenStreams:
    """Return tokens of documents, with their shingles and places; see `Sketcher.token_streams`."""
    return Sketcher(workers).token_streams(packed, documents)


_Run = Callable[[NDArray[np.int64], "_Scratch"], tuple[NDArray[Any], ...]]
"""What a kernel makes of some documents: columns, which may stand in the scratch arrays."""


class _Scratch:
    """Arrays in which one worker takes slice after slice: fresh memory costs a page fault every 4 KB."""

    def __init__(self) -> None:
        self._arrays: dict[str, NDArray[Any]] = {}

    def take(self, name: str, size: int, kind: type) -> NDArray[Any]:
        """Return an array of at least this size: zeros, or what was left in it."""
        array = self._arrays.get(name)
        if array is None or len(array) < size:
            self._arrays[name] = array = np.zeros(size + size // 4, kind)  # what is never touched takes no memory
        return array

    def for_sketches(self, most: int, total: int) -> tuple[NDArray[Any], ...]:
        """Return the arrays that `kernels.sketch_slice` needs, for so many tokens of a document and of all."""
        return (
            self.take("bounds", 2 * most + 1, np.int64),
            self.take("hashes", most, np.uint64),
            self.take("table", 16 * most, np.int32),
            self.take("base", 1, np.int64),
            self.take("low", most + 16, np.uint32),
            self.take("shingles", total, np.uint64),
            self.take("fingerprints", total, np.uint64),
        )


def _fold(
    packed: Packed, documents: NDArray[np.int64], scratch: _Scratch, places: NDArray[np.int32] | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return folded documents one after the other, and where each starts and ends."""
    folded = scratch.take("folded", _room(packed, documents), np.uint8)
    return folded, folding.fold_documents(packed.data, packed.spans(documents), tuple(unicode_tables()), folded, places)


def _most_tokens(spans: NDArray[np.int64]) -> tuple[int, int]:
    """Return how many tokens there may be: in the longest document, and in all together."""
    each = (spans[:, 1] - spans[:, 0]) // 2 + 1
    return int(each.max()), int(each.sum())


def _room(packed: Packed, documents: NDArray[np.int64]) -> int:
    return folding.EXPANSION * int(packed.lengths[documents].sum()) + folding.PADDING * len(documents)


class _Columns:
    """Columns of slices, joined as they come, in order."""

    def __init__(self, kinds: tuple[type, ...]) -> None:
        self._columns: list[NDArray[Any]] = [np.empty(0, kind) for kind in kinds]
        self._used = [0] * len(kinds)

    def add(self, part: tuple[NDArray[Any], ...], share: float) -> None:
        """Copy the columns of the next slice, with which this share of all bytes is done."""
        for i, values in enumerate(part):
            used, end = self._used[i], self._used[i] + len(values)
            if end > len(self._columns[i]):
                grown: NDArray[Any] = np.empty(int(_MARGIN * end / share), values.dtype)
                grown[:used] = self._columns[i][:used]
                self._columns[i] = grown
            self._columns[i][used:end] = values
            self._used[i] = end

    def whole(self) -> list[NDArray[Any]]:
        """Return what was joined."""
        return [column[:end] for column, end in zip(self._columns, self._used, strict=True)]


class _Turn:
    """Lets threads in one after the other, in the order of their numbers."""

    def __init__(self) -> None:
        self._next = 0
        self._changed = threading.Condition()

    @contextmanager
    def of(self, number: int) -> Iterator[None]:
        """Wait until all lower numbers were let in; the block is alone, and is over also where it fails."""
        with self._changed:
            self._changed.wait_for(lambda: self._next == number)
            try:
                yield
            finally:
                self._next += 1
                self._changed.notify_all()


def _offsets(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.concatenate([np.zeros(1, np.int64), np.cumsum(sizes)])

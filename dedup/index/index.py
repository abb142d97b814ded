"""An index: documents that are held on disk, and which of them a text copies.

What adding day by day finds is what one scan of all finds: the candidates are those of a scan (`search`), figures are
exact (`packing`), relations are told by the same rule (`match.relate`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

import numpy as np

from dedup.errors import InputError, UsageError
from dedup.index import packing, rows
from dedup.index.adding import Batch, Part
from dedup.index.compacting import Plan
from dedup.index.matching import matches
from dedup.index.packing import I64, U32
from dedup.index.search import Candidates, Room, candidates
from dedup.index.segments import LISTS, Opened
from dedup.index.store import Counts, Store
from dedup.index.verifying import problems
from dedup.match import bands
from dedup.records import Bounds
from dedup.sketch import PERMUTATIONS, Packed, Sketches, sketch
from dedup.verdicts import Entry, IndexStats, Match, Row

PART = 10_000
"""Documents of a batch that are sketched and packed at a time."""
_TRIES = 10
"""Times that a reader looks again for segments that a writer merged away as it looked."""
_DEFAULT = Bounds()
_IDS, _DIGESTS = LISTS.index("ids"), LISTS.index("digests")


class _GivenUpError(Exception):
    def __init__(self, error: BaseException) -> None:
        self.error = error


class Index:
    """An index on disk; make it with `create` or `open`.

    One process writes at a time; any number reads meanwhile, each seeing whole batches. An object may be used by
    several threads, one after the other.

    Examples
    --------
    >>> import tempfile
    >>> from dedup.index import Index
    >>> from dedup.sketch import pack
    >>> from dedup.verdicts import Entry
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "held") as index:
    ...     index.add(pack([story]), [Entry("a", site="one.example")])
    ...     [[match]] = index.find(pack(["By Ann. " + story]))
    1
    >>> match.id, match.relation, match.shared
    ('a', 'near', 15)
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.RLock()
        self._counts = Counts()
        self._segments: list[Opened] = []
        self._seen: object = None
        self._rooms: list[Room] = []
        self._shape = bands.parameters(store.bounds.min_jaccard, PERMUTATIONS)
        self.bounds: Bounds = store.bounds
        self.keeps_texts: bool = store.keeps_texts
        with self._reading():
            pass

    @classmethod
    def create(cls, path: Path, bounds: Bounds = _DEFAULT, *, texts: bool = False) -> Index:
        """Make an index, and open it to write.

        Parameters
        ----------
        path
            Its folder: missing, or empty.
        bounds
            The lowest that will be asked for.
        texts
            True keeps the texts of all that is added; `export` gives them back.

        Raises
        ------
        UsageError
            Something stands there.
        OutputError
            It cannot be written.
        """
        return cls(Store.create(Path(path), bounds, texts=texts))

    @classmethod
    def open(cls, path: Path, *, write: bool = False) -> Index:
        """Open an index.

        Raises
        ------
        InputError
            It is missing, damaged, or of another version or other parameters.
        UsageError
            Another process writes to it, and `write` is set.
        """
        store = Store(Path(path), write=write)
        try:
            return cls(store)
        except BaseException:
            store.close()
            raise

    def __enter__(self) -> Index:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close it; another process may write."""
        with self._lock:
            self._segments = []
            self._store.close()

    def __len__(self) -> int:
        """Count the documents."""
        with self._lock, self._reading():
            return self._counts.documents

    def __contains__(self, id: object) -> bool:
        """Say whether a document of this id is held."""
        with self._lock, self._reading():
            return isinstance(id, str) and bool(self._held([id]))

    def held(self, ids: Iterable[str]) -> set[str]:
        """Return those of some ids whose documents are held."""
        with self._lock, self._reading():
            return {row.id for row in self._held(ids)}

    def add(self, packed: Packed, entries: Sequence[Entry]) -> int:
        """Add documents: all of them, durably, or none.

        Parameters
        ----------
        packed
            Their cleaned texts.
        entries
            What is held beside, in the same order.

        Returns
        -------
        int
            How many were added.

        Raises
        ------
        UsageError
            An id is held already, or stands twice; or the index is open for reading.
        OutputError
            The disk is full; the index is as it was.
        """
        with self.adding(packed, entries):
            return len(entries)

    @contextmanager
    def adding(self, packed: Packed, entries: Sequence[Entry]) -> Iterator[None]:
        """Add documents as `add` does, but have them there only when the block ends well.

        What can fail has mostly been done when the block begins: so what tells of the documents can be written in the
        block, and either both are there or none. The index must not be changed in the block.
        """
        if len(packed) != len(entries):
            raise UsageError(f"{len(entries)} entries for {len(packed)} texts", hint="Give one for each")
        try:
            with self._lock, self._writing() as batch:
                self._add(batch, packed, entries)
                batch.finish()
                try:
                    yield
                except BaseException as error:
                    raise _GivenUpError(error) from error
        except _GivenUpError as given_up:  # what fails in the block is not told as an error of the index
            raise given_up.error from None

    def _add(self, batch: Batch, packed: Packed, entries: Sequence[Entry]) -> None:
        self._check_new([entry.id for entry in entries])
        for first in range(0, len(entries), PART):
            last = min(first + PART, len(entries))
            part = Packed(packed.data, packed.offsets[first : last + 1])
            sketches = sketch(part)
            held = self._texts_of(sketches)
            batch.add(Part(part, sketches, entries[first:last], held, self._shape))
            self._segments, self._counts = batch.segments, batch.counts

    def find(
        self, packed: Packed, *, bounds: Bounds | None = None, most: int = 20, workers: int = 1
    ) -> list[list[Match]]:
        """Find for each text the held documents that it matches.

        Parameters
        ----------
        packed
            Cleaned texts.
        bounds
            What counts as a copy; not below those of the index, which are the default.
        most
            Matches of each text, the best.
        workers
            Threads; the result does not depend on them.

        Returns
        -------
        list of list of Match
            For each text, best first: by relation, then by shared shingles, then by id. Figures are exact.

        Raises
        ------
        UsageError
            The bounds are below those of the index.
        InputError
            The index is damaged.
        """
        bounds = self._allowed(bounds)
        sketches = sketch(packed, workers=workers)
        with self._lock, self._reading():
            held = self._texts_of(sketches)
            found = self._candidates(sketches, bounds, most, workers)
            ends = np.cumsum(sketches.n_shingles).tolist()
            result = []
            for text, (own, end) in enumerate(zip(found, ends, strict=True)):
                shingles = sketches.shingles[end - sketches.n_shingles[text] : end]
                same = int(held[text]) if held[text] >= 0 else None
                result.append(matches(self._store, shingles, own, same, bounds, most) if len(shingles) else [])
            return result

    def remove(self, ids: Iterable[str]) -> int:
        """Remove documents, all durably or none; return how many there were. Their place is freed by `compact`."""
        with self._lock, self._writing() as batch:
            found = self._held(ids)
            rows.remove_documents(self._store, [row.number for row in found])
            batch.counts.documents -= len(found)
            batch.finish()
        return len(found)

    def compact(self) -> None:
        """Merge all segments and free the place of removed documents.

        Raises
        ------
        OutputError
            The disk is full; the index is as it was.
        """
        with self._lock, self._writing() as batch:
            Plan(self._store).run(batch)
            batch.finish()
        self._store.settle()

    def verify(self) -> list[str]:
        """Look at every byte that is held, and return what is wrong; nothing where the index is sound."""
        with self._lock:
            try:
                with self._reading():
                    return problems(self._store, self._segments, self._counts)
            except InputError as error:  # what cannot even be read
                return [str(error)]

    def stats(self) -> IndexStats:
        """Say what is held."""
        with self._lock, self._reading():
            size = sum(path.stat().st_size for path in self._store.folder.iterdir() if path.is_file())
            counts = self._counts.documents, self._counts.texts, len(self._segments)
            return IndexStats(*counts, size, self.bounds, self.keeps_texts)

    def export(self) -> Iterator[Row]:
        """Give the documents in the order in which they came, as they are when the first is asked for."""
        with self._lock, self._reading():
            for held in rows.all_documents(self._store):
                text = rows.content_of(self._store, held.number)
                yield Row(held.id, held.site, held.published, held.agency, text)

    def _allowed(self, bounds: Bounds | None) -> Bounds:
        for name in ("min_jaccard", "min_containment", "min_shared"):
            asked, least = getattr(bounds or self.bounds, name), getattr(self.bounds, name)
            if asked < least:
                hint = "Ask for more, or make an index with lower bounds"
                raise UsageError(f"{name} is {asked}, and the index was made for {least} and more", hint=hint)
        return bounds or self.bounds

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """See one state of the index; what another process wrote since is taken up."""
        if self._store.db is not None and self._store.db.in_transaction:
            yield
            return
        for left in reversed(range(_TRIES)):
            with self._store.reading():
                try:
                    self._take_up()
                except InputError:
                    if left:
                        continue  # a writer merged segments away since this state was the last
                    raise
                yield
                return

    def _take_up(self) -> None:
        """Look whether another process wrote, and open its segments."""
        counts = self._store.counts()  # the first that is read fixes the state that is seen
        version = self._store.version()
        if version != self._seen:
            open_ = {opened.segment.name: opened for opened in self._segments}
            self._segments = [open_.get(own.name) or Opened(own, self._store.folder) for own in self._store.segments()]
            self._seen = version
        self._counts = counts

    @contextmanager
    def _writing(self) -> Iterator[Batch]:
        """Have what is done to a batch, and finished, visible at the end of the block, or nothing."""
        before = self._segments, self._counts
        batch: Batch | None = None
        try:
            with self._store.writing():
                self._take_up()
                batch = Batch(self._store, list(self._segments), self._counts)
                yield batch
        except BaseException:
            self._segments, self._counts = before
            if batch is not None:
                self._store.unlink(batch.written)
            raise
        self._segments, self._counts = batch.segments, batch.counts
        self._store.unlink(batch.gone)

    def _check_new(self, ids: list[str]) -> None:
        """Raise UsageError for an id that stands twice, or is held."""
        seen: set[str] = set()
        for id in ids:
            if id in seen:
                raise UsageError("this id stands twice", where=id, hint="Give every document an id of its own")
            seen.add(id)
        for row in self._held(ids)[:1]:
            hint = "Remove it first, or leave the document out"
            raise UsageError("the index holds this id already", where=row.id, hint=hint)

    def _held(self, ids: Iterable[str]) -> list[rows.Held]:
        """Return the documents of some ids, as far as they are held."""
        wanted = set(ids)
        numbers, _ = self._look_up(_IDS, np.array([packing.key_of_id(id) for id in wanted], np.uint32))
        found = (rows.document(self._store, number) for number in np.unique(numbers).tolist())
        return [row for row in found if row is not None and row.id in wanted]

    def _texts_of(self, sketches: Sketches) -> I64:
        """Return for each document the held text with the same tokens, -1 for none."""
        found = np.full(len(sketches), -1)
        numbers, which = self._look_up(_DIGESTS, (sketches.digests >> np.uint64(32)).astype(np.uint32))
        digests = sketches.digests.view(np.int64)
        for number, place in zip(numbers.tolist(), which.tolist(), strict=True):
            if sketches.n_tokens[place] and rows.digest_of(self._store, number) == digests[place]:
                found[place] = number
        return found

    def _look_up(self, list_: int, keys: U32) -> tuple[I64, I64]:
        """Return the documents of keys in a list of all segments, and the place of the key of each."""
        found = [opened.look_up(list_, keys) for opened in self._segments]
        empty = np.empty(0, np.int64)
        return (
            np.concatenate([empty, *(numbers for numbers, _ in found)]),
            np.concatenate([empty, *(which for _, which in found)]),
        )

    def _candidates(self, sketches: Sketches, bounds: Bounds, most: int, workers: int) -> Iterator[Candidates]:
        keys = bands.band_keys(sketches.signatures, *self._shape)
        longest = max((opened.segment.documents for opened in self._segments), default=0)
        self._rooms = [room for room in self._rooms if len(room.counter) >= longest]
        while len(self._rooms) < workers:
            self._rooms.append(Room(longest))

        def search(text: int) -> Candidates:
            room = self._rooms.pop()
            prints = sketches.fingerprints[sketches.offsets[text] : sketches.offsets[text + 1]]
            size = int(sketches.n_shingles[text])
            own = keys[text] if size else keys[text, :0]
            try:
                return candidates(self._segments, prints, own, size, bounds, self._counts.texts, most, room)
            finally:
                self._rooms.append(room)

        if workers == 1:
            yield from map(search, range(len(sketches)))
        else:
            with ThreadPoolExecutor(workers) as pool:
                yield from pool.map(search, range(len(sketches)))

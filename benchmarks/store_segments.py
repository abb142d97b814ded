"""Stores of benchmarks/stores.py in which postings are segments: sorted arrays that are merged by tiers.

`add` is atomic and durable when it returns; `meet` looks keys up; `records` hands out where records lie; `len` counts.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from store_rows import LISTS, MOST, Batch, LmdbRecords, add_records, joined, records_of

from dedup.index import packing

NOTHING = np.empty(0, np.int64)
FAN = 8
"""Segments of a tier that are merged into one of the next."""


def rare(documents: np.ndarray, which: np.ndarray, keys: int, most: int) -> np.ndarray:
    """Leave out the documents of keys that too many carry."""
    return documents[np.bincount(which, minlength=keys)[which] <= most]


def look_up(listed: packing.Listed, keys: np.ndarray, most: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the documents of a segment that carry each key, at most so many, and the number of the key."""
    entries, starts, bits, first = listed
    low, high = np.empty(len(keys), np.int64), np.empty(len(keys), np.int64)
    packing.locate(keys, entries, starts, bits, low, high)
    high = np.minimum(high, low + most)
    documents, which = (np.empty(int((high - low).sum()), np.int64) for _ in range(2))
    packing.numbers_of(entries, bits, first, low, high, documents, which)
    return documents, which


class Segment(NamedTuple):
    """Sorted postings of consecutive documents."""

    name: str
    tier: int
    first: int
    documents: int
    sizes: tuple[int, int]
    """Entries of each list."""

    def views(self, buffer: Any) -> list[packing.Listed]:
        """Return the lists that lie in its bytes: entries and starts of buckets, of prints and then of bands."""
        lists, at, bits = [], 0, packing.bits_of(self.documents)
        for size in self.sizes:
            entries = np.frombuffer(buffer, np.uint32, size, at)
            starts = np.frombuffer(buffer, np.uint32, (1 << bits) + 1, at + 4 * size)
            lists.append(packing.Listed(entries, starts, bits, self.first))
            at += 4 * (size + len(starts))
        return lists


class Tiers:
    """Which segments there are, how they are merged and looked up; where their bytes lie is the store's matter."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.lists: list[list[packing.Listed]] = []

    def view(self, read: Any) -> None:
        self.lists = [segment.views(read(segment)) for segment in self.segments]

    def add(self, batch: Batch, write: Any, read: Any) -> list[Segment]:
        """Write the batch's segment and those merged; return the ones that nothing needs any more."""
        packed = [packing.pack_list(each, batch.first, batch.documents) for each in (batch.prints, batch.bands)]
        new = Segment(f"{batch.first:010}-0", 0, batch.first, batch.documents, tuple(len(p.entries) for p in packed))
        with write(new) as out:
            for each in packed:
                out(each.entries)
                out(each.starts)
        self.segments, gone = [*self.segments, new], []
        while len(self.segments) >= FAN and len({segment.tier for segment in self.segments[-FAN:]}) == 1:
            old = self.segments[-FAN:]
            self.segments[-FAN:] = [self._merge(old, write, read)]
            gone += old
        return gone

    def _merge(self, old: list[Segment], write: Any, read: Any) -> Segment:
        documents, tier = sum(segment.documents for segment in old), old[0].tier + 1
        sizes = tuple(sum(segment.sizes[i] for segment in old) for i in range(len(LISTS)))
        new = Segment(f"{old[0].first:010}-{tier}", tier, old[0].first, documents, sizes)
        views = [segment.views(read(segment)) for segment in old]
        with write(new) as out:
            for i in range(len(LISTS)):
                out(packing.merge([each[i] for each in views], old[0].first, documents, NOTHING, out).starts)
        return new

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up(0, prints), self._look_up(1, bands)

    def _look_up(self, number: int, keys: np.ndarray) -> np.ndarray:
        most = MOST[LISTS[number]]
        found = [look_up(lists[number], keys, most + 1) for lists in self.lists] or [(NOTHING, NOTHING)]
        documents, which = (np.concatenate(column) for column in zip(*found, strict=True))
        return rare(documents, which, len(keys), most)


class Writing:
    """A segment's file, synced when it is whole."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")

    def __enter__(self) -> Any:
        return lambda array: self.file.write(memoryview(array).cast("B"))

    def __exit__(self, *_: object) -> None:
        self.file.flush()
        os.fsync(self.file.fileno())
        self.file.close()


def mapped(path: Path) -> Any:
    return np.asarray(np.memmap(path, np.uint8, "r"))


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    os.fsync(handle)
    os.close(handle)


class Segments:
    """Files: records and their offsets, appended to; a file of postings a segment; a manifest, replaced as a whole.

    What the manifest does not speak of is not there: an interrupted batch leaves a longer file or one too many.
    """

    def __init__(self, folder: Path, write: bool) -> None:
        self.folder = folder
        state = {"documents": 0, "bytes": 0, "segments": []}
        with suppress(FileNotFoundError):
            state = msgspec.json.decode((folder / "manifest.json").read_bytes())
        self.documents, self.bytes = state["documents"], state["bytes"]
        self.tiers = Tiers([Segment(*each[:4], tuple(each[4])) for each in state["segments"]])
        self.meet = self.tiers.meet
        if write:
            self.files = [(folder / name).open("ab") for name in ("records", "offsets")]
            for file, size in zip(self.files, (self.bytes, 8 * self.documents), strict=True):
                file.truncate(size)
        else:
            self.files = [(folder / "records").open("rb", buffering=0)]
            self.offsets = mapped(folder / "offsets").view(np.int64)
            self.tiers.view(self._read)

    def _read(self, segment: Segment) -> Any:
        return mapped(self.folder / segment.name)

    def __len__(self) -> int:
        return self.documents

    def add(self, batch: Batch) -> None:
        for file, array in zip(self.files, (batch.data, self.bytes + batch.offsets[:-1]), strict=True):
            file.write(memoryview(array).cast("B"))
            file.flush()
            os.fsync(file.fileno())
        gone = self.tiers.add(batch, lambda segment: Writing(self.folder / segment.name), self._read)
        self.documents += batch.documents
        self.bytes += len(batch.data)
        segments = [tuple(segment) for segment in self.tiers.segments]
        state = {"documents": self.documents, "bytes": self.bytes, "segments": segments}
        with Writing(self.folder / "manifest.new") as out:
            out(np.frombuffer(msgspec.json.encode(state), np.uint8))
        sync_folder(self.folder)
        (self.folder / "manifest.new").replace(self.folder / "manifest.json")
        sync_folder(self.folder)
        for segment in gone:
            (self.folder / segment.name).unlink()

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        # Read, not mapped: mapped pages count as memory of this process, 64 KB at a touch.
        spans = zip(self.offsets[documents].tolist(), self._ends(documents).tolist(), strict=True)
        return joined([os.pread(self.files[0].fileno(), end - start, start) for start, end in spans])

    def _ends(self, documents: np.ndarray) -> np.ndarray:
        last = documents + 1 == self.documents
        return np.where(last, self.bytes, self.offsets[np.where(last, 0, documents + 1)])

    def close(self) -> None:
        for file in self.files:
            file.close()


class SqliteSegments:
    """SQLite holds the records and says which segments there are; segments are files beside it.

    WAL with `synchronous=FULL`; pages of 32 KB hold twelve records; 32 MB of cache, nothing mapped.
    """

    def __init__(self, folder: Path, write: bool) -> None:
        self.folder = folder
        self.db = sqlite3.connect(folder / "index.sqlite", isolation_level=None)
        self.db.executescript("PRAGMA page_size=32768; PRAGMA cache_size=-32768")
        if write:
            self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            self.db.execute("CREATE TABLE IF NOT EXISTS documents (number INTEGER PRIMARY KEY, record BLOB)")
            columns = "name TEXT PRIMARY KEY, tier INT, first INT, documents INT, prints INT, bands INT"
            self.db.execute(f"CREATE TABLE IF NOT EXISTS segments ({columns})")
        rows = self.db.execute("SELECT * FROM segments ORDER BY first").fetchall()
        self.tiers = Tiers([Segment(*row[:4], row[4:]) for row in rows])
        self.meet = self.tiers.meet
        if not write:
            self.tiers.view(self._read)

    def _read(self, segment: Segment) -> Any:
        return mapped(self.folder / segment.name)

    def __len__(self) -> int:
        return self.db.execute("SELECT coalesce(sum(documents), 0) FROM segments").fetchone()[0]

    def add(self, batch: Batch) -> None:
        gone = self.tiers.add(batch, lambda segment: Writing(self.folder / segment.name), self._read)
        sync_folder(self.folder)
        self.db.execute("BEGIN IMMEDIATE")
        add_records(self.db, batch)
        self.db.execute("DELETE FROM segments")
        rows = [(*segment[:4], *segment.sizes) for segment in self.tiers.segments]
        self.db.executemany("INSERT INTO segments VALUES (?, ?, ?, ?, ?, ?)", rows)
        self.db.execute("COMMIT")
        for segment in gone:
            (self.folder / segment.name).unlink()

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return records_of(self.db, documents)

    def close(self) -> None:
        self.db.close()


class LmdbSegments(LmdbRecords):
    """LMDB holds records by batch and each segment's bytes as one value; all is read in place."""

    def open_lists(self, write: bool) -> None:
        self.databases[b"segments"] = self.env.open_db(b"segments", create=write)
        with self.env.begin() as txn:
            state = msgspec.json.decode(txn.get(b"manifest", b"[]"))
        self.tiers = Tiers([Segment(*each[:4], tuple(each[4])) for each in state])
        self.meet = self.tiers.meet

    def open_views(self) -> None:
        self.tiers.view(lambda segment: self.txn.get(segment.name.encode(), db=self.databases[b"segments"]))

    def add(self, batch: Batch) -> None:
        db = self.databases[b"segments"]
        with self.env.begin(write=True, buffers=True) as txn:
            self.add_records(txn, batch)
            gone = self.tiers.add(
                batch,
                lambda segment: Putting(txn, db, segment),
                lambda segment: bytes(txn.get(segment.name.encode(), db=db)),
            )
            for segment in gone:
                txn.delete(segment.name.encode(), db=db)
            txn.put(b"manifest", msgspec.json.encode([tuple(segment) for segment in self.tiers.segments]))


class Putting:
    """A segment's bytes as a value, put when they are whole."""

    def __init__(self, txn: Any, db: Any, segment: Segment) -> None:
        self.txn, self.db, self.name, self.parts = txn, db, segment.name.encode(), []

    def __enter__(self) -> Any:
        return lambda array: self.parts.append(array.copy())

    def __exit__(self, *_: object) -> None:
        self.txn.put(self.name, b"".join(memoryview(part) for part in self.parts), db=self.db)

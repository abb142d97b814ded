"""The stores that benchmarks/stores.py compares, each behind the same four calls.

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
import store_packing as packing

COMMON = 64
"""A fingerprint in more documents is not looked at."""
FAN = 8
"""Segments of a tier that are merged into one of the next."""
LISTS = ("prints", "bands")
TOP = np.uint64(1 << 63)


class Batch(NamedTuple):
    """What is added at once."""

    first: int
    documents: int
    prints: np.ndarray
    """Sorted `key << 32 | document`."""
    bands: np.ndarray
    data: np.ndarray
    """Records, one after the other."""
    offsets: np.ndarray


def rare(documents: np.ndarray, which: np.ndarray, keys: int) -> np.ndarray:
    """Leave out the documents of keys that too many carry."""
    return documents[np.bincount(which, minlength=keys)[which] <= COMMON] if len(which) else documents


def joined(records: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array([len(record) for record in records], np.int64)
    return np.frombuffer(b"".join(records), np.uint8), np.cumsum(sizes) - sizes


# ---------------------------------------------------------------------------------------------- rows: a key a posting


class SqliteRows:
    """SQLite: a posting is a row whose whole content is its rowid; a record is a blob.

    WAL with `synchronous=FULL`; pages of 8 KB hold three records; 256 MB of cache, mapped reads; rows come sorted.
    """

    def __init__(self, folder: Path, write: bool) -> None:
        self.db = sqlite3.connect(folder / "index.sqlite", isolation_level=None)
        self.db.executescript("PRAGMA page_size=8192; PRAGMA mmap_size=17179869184; PRAGMA cache_size=-262144")
        if write:
            self.db.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL")
            for name in LISTS:
                self.db.execute(f"CREATE TABLE IF NOT EXISTS {name} (posting INTEGER PRIMARY KEY)")
            self.db.execute("CREATE TABLE IF NOT EXISTS documents (number INTEGER PRIMARY KEY, record BLOB)")

    def __len__(self) -> int:
        return self.db.execute("SELECT coalesce(max(number), -1) + 1 FROM documents").fetchone()[0]

    def add(self, batch: Batch) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        for name, postings in zip(LISTS, (batch.prints, batch.bands), strict=True):
            rows = (postings ^ TOP).view(np.int64).tolist()
            self.db.executemany(f"INSERT INTO {name} VALUES (?)", zip(rows, strict=True))
        add_records(self.db, batch)
        self.db.execute("COMMIT")

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up("prints", prints), self._look_up("bands", bands)

    def _look_up(self, name: str, keys: np.ndarray) -> np.ndarray:
        query = f"SELECT posting FROM {name} WHERE posting BETWEEN ? AND ? LIMIT {COMMON + 1}"
        low = ((keys.astype(np.uint64) << np.uint64(32)) ^ TOP).view(np.int64).tolist()
        found: list[tuple[int]] = []
        for key in low:
            rows = self.db.execute(query, (key, key + 0xFFFFFFFF)).fetchall()
            if len(rows) <= COMMON:
                found += rows
        return np.array(found, np.int64).reshape(-1) & 0xFFFFFFFF

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return records_of(self.db, documents)

    def close(self) -> None:
        self.db.close()


def add_records(db: sqlite3.Connection, batch: Batch) -> None:
    data, at = memoryview(batch.data), batch.offsets.tolist()
    rows = ((batch.first + i, data[at[i] : at[i + 1]]) for i in range(batch.documents))
    db.executemany("INSERT INTO documents VALUES (?, ?)", rows)


def records_of(db: sqlite3.Connection, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    query = "SELECT record FROM documents WHERE number = ?"
    return joined([db.execute(query, (number,)).fetchone()[0] for number in documents.tolist()])


class LmdbRecords:
    """LMDB: the records of a batch are one value (one a value would take a page of 4 KB or two each), read in place."""

    lists = 0

    def __init__(self, folder: Path, write: bool) -> None:
        import lmdb

        # The map's size must be given before: it is a sparse file here, address space only.
        # Without readahead, as reads are random; the file is synced at each commit, which is LMDB's default.
        self.env = lmdb.open(
            str(folder), map_size=1 << 36, max_dbs=8, readonly=not write, readahead=False, create=write
        )
        self.databases = {b"records": self.env.open_db(b"records", create=write)}
        self.open_lists(write)
        self.txn = None if write else self.env.begin(buffers=True)
        self._views: list[tuple[int, np.ndarray, np.ndarray]] = []
        if not write:
            self._views = [self._view(key, value) for key, value in self.txn.cursor(self.databases[b"records"])]
            self._firsts = np.array([first for first, _, _ in self._views])
            self.open_views()

    def open_lists(self, write: bool) -> None: ...

    def open_views(self) -> None: ...

    def _view(self, key: Any, value: Any) -> tuple[int, np.ndarray, np.ndarray]:
        n = int.from_bytes(value[:8], "little")
        offsets = np.frombuffer(value, np.int64, n + 1, 8)
        return int.from_bytes(key, "big"), np.frombuffer(value, np.uint8, -1, 8 * (n + 2)), offsets

    def __len__(self) -> int:
        with self.env.begin() as txn:
            cursor = txn.cursor(self.databases[b"records"])
            if not cursor.last():
                return 0
            return int.from_bytes(cursor.key(), "big") + int.from_bytes(cursor.value()[:8], "little")

    def add_records(self, txn: Any, batch: Batch) -> None:
        value = b"".join([batch.documents.to_bytes(8, "little"), batch.offsets.tobytes(), memoryview(batch.data)])
        txn.put(batch.first.to_bytes(4, "big"), value, db=self.databases[b"records"], append=True)

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        found = []
        for number, i in zip(documents.tolist(), (np.searchsorted(self._firsts, documents, "right") - 1).tolist(),
                             strict=True):
            first, data, offsets = self._views[i]
            found.append(data[offsets[number - first] : offsets[number - first + 1]])
        sizes = np.array([len(record) for record in found], np.int64)
        return (np.concatenate(found) if found else np.empty(0, np.uint8)), np.cumsum(sizes) - sizes

    def close(self) -> None:
        self._views = []
        if self.txn is not None:
            self.txn.abort()
        self.env.close()


class LmdbRows(LmdbRecords):
    """LMDB: postings in fixed-size duplicates, packed without headers: 2 bytes of the key, then 6 of the rest."""

    def open_lists(self, write: bool) -> None:
        for name in LISTS:
            self.databases[name.encode()] = self.env.open_db(
                name.encode(), create=write, dupsort=True, dupfixed=True
            )

    def add(self, batch: Batch) -> None:
        with self.env.begin(write=True) as txn:
            for name, postings in zip(LISTS, (batch.prints, batch.bands), strict=True):
                rows = postings.astype(">u8").view("V8").tolist()
                cursor = txn.cursor(self.databases[name.encode()])
                cursor.putmulti([(row[:2], row[2:]) for row in rows])
            self.add_records(txn, batch)

    def open_views(self) -> None:
        self.cursors = [self.txn.cursor(self.databases[name.encode()]) for name in LISTS]

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up(self.cursors[0], prints), self._look_up(self.cursors[1], bands)

    def _look_up(self, cursor: Any, keys: np.ndarray) -> np.ndarray:
        found: list[bytes] = []
        for key in keys.astype(">u4").view("V4").tolist():
            own, rest = [], key[2:]
            more = cursor.set_range_dup(key[:2], rest + b"\0\0\0\0")
            while more and len(own) <= COMMON:
                value = bytes(cursor.value())
                if value[:2] != rest:
                    break
                own.append(value[2:])
                more = cursor.next_dup()
            if len(own) <= COMMON:
                found += own
        return np.frombuffer(b"".join(found), ">u4").astype(np.int64)


class RocksdbRows:
    """RocksDB: a posting is a key of 8 bytes without a value; column families for prints, bands and records.

    Synced write batches; write buffers of 64 MB; lz4 for postings, none for records (hashes do not compress), which lie in
    blob files so that compaction leaves them alone; 256 MB of block cache; bloom filters of the key's first 4 bytes.
    """

    def __init__(self, folder: Path, write: bool) -> None:
        import rocksdict as r

        self.r = r
        families = {**{name: self._options(True) for name in LISTS}, "records": self._options(False)}
        access = r.AccessType.read_write() if write else r.AccessType.read_only()
        self.db = r.Rdict(str(folder / "rocksdb"), self._options(False), families, access)
        self.families = {name: self.db.get_column_family(name) for name in families}
        self.handles = {name: self.db.get_column_family_handle(name) for name in families}
        self.sync = r.WriteOptions()
        self.sync.sync = True
        if not write:
            self.iterators = [self._iterator(self.families[name]) for name in LISTS]

    def _options(self, postings: bool) -> Any:
        r = self.r
        options = r.Options(raw_mode=True)
        options.create_if_missing(True)
        options.create_missing_column_families(True)
        options.set_write_buffer_size(64 << 20)
        options.set_max_background_jobs(2)
        options.set_level_compaction_dynamic_level_bytes(True)
        table = r.BlockBasedOptions()
        table.set_block_cache(r.Cache(256 << 20))
        if postings:
            table.set_bloom_filter(10, False)
            options.set_prefix_extractor(r.SliceTransform.create_fixed_prefix(4))
            options.set_compression_type(r.DBCompressionType.lz4())
        else:
            options.set_compression_type(r.DBCompressionType.none())
            options.set_enable_blob_files(True)
            options.set_min_blob_size(512)
        options.set_block_based_table_factory(table)
        return options

    def _iterator(self, family: Any) -> Any:
        reading = self.r.ReadOptions()
        reading.set_prefix_same_as_start(True)
        return family.iter(reading)

    def __len__(self) -> int:
        return int.from_bytes(self.db.get(b"documents") or b"", "big")

    def add(self, batch: Batch) -> None:
        writes = self.r.WriteBatch(raw_mode=True)
        put = writes.put
        for name, postings in zip(LISTS, (batch.prints, batch.bands), strict=True):
            handle = self.handles[name]
            for row in postings.astype(">u8").view("V8").tolist():
                put(row, b"", handle)
        data, at, handle = batch.data.tobytes(), batch.offsets.tolist(), self.handles["records"]
        for i in range(batch.documents):
            put((batch.first + i).to_bytes(4, "big"), data[at[i] : at[i + 1]], handle)
        put(b"documents", (batch.first + batch.documents).to_bytes(8, "big"))
        self.db.write(writes, self.sync)

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up(self.iterators[0], prints), self._look_up(self.iterators[1], bands)

    def _look_up(self, iterator: Any, keys: np.ndarray) -> np.ndarray:
        found: list[bytes] = []
        for key in keys.astype(">u4").view("V4").tolist():
            own: list[bytes] = []
            iterator.seek(key + b"\0\0\0\0")
            while len(own) <= COMMON and iterator.valid():
                row = iterator.key()
                if row[:4] != key:
                    break
                own.append(row[4:])
                iterator.next()
            if len(own) <= COMMON:
                found += own
        return np.frombuffer(b"".join(found), ">u4").astype(np.int64)

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return joined(self.families["records"].get([number.to_bytes(4, "big") for number in documents.tolist()]))

    def close(self) -> None:
        self.db.close()


# ---------------------------------------------------------------------------- segments: sorted arrays, merged by tiers


class Segment(NamedTuple):
    """Sorted postings of consecutive documents."""

    name: str
    tier: int
    first: int
    documents: int
    sizes: tuple[int, int]
    """Entries of each list."""

    def views(self, buffer: Any) -> list[packing.Postings]:
        """Return the lists that lie in its bytes: entries and starts of buckets, of prints and then of bands."""
        lists, at, bits = [], 0, packing.bits_of(self.documents)
        for size in self.sizes:
            entries = np.frombuffer(buffer, np.uint32, size, at)
            starts = np.frombuffer(buffer, np.uint32, (1 << bits) + 1, at + 4 * size)
            lists.append(packing.Postings(entries, starts, bits, self.first))
            at += 4 * (size + len(starts))
        return lists


class Tiers:
    """Which segments there are, how they are merged and looked up; where their bytes lie is the store's matter."""

    def __init__(self, segments: list[Segment]) -> None:
        self.segments = segments
        self.lists: list[list[packing.Postings]] = []
        self._room = np.empty(0, np.int64), np.empty(0, np.int64)

    def view(self, read: Any) -> None:
        self.lists = [segment.views(read(segment)) for segment in self.segments]

    def add(self, batch: Batch, write: Any, read: Any) -> list[Segment]:
        """Write the batch's segment and those merged; return the ones that nothing needs any more."""
        packed = [packing.pack_postings(each, batch.first, batch.documents) for each in (batch.prints, batch.bands)]
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
                out(packing.merge([each[i] for each in views], documents, out).starts)
        return new

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up(0, prints, COMMON + 1), self._look_up(1, bands, 1 << 12)

    def _look_up(self, number: int, keys: np.ndarray, most: int) -> np.ndarray:
        room = len(keys) * most * len(self.lists)
        if len(self._room[0]) < room:  # what is never touched takes no memory
            self._room = np.empty(room, np.int64), np.empty(room, np.int64)
        documents, which = self._room
        n = 0
        for lists in self.lists:
            entries, starts, bits, first = lists[number]
            n = packing.find(keys, entries, starts, bits, first, most, documents, which, n)
        return rare(documents[:n], which[:n], len(keys)) if number == 0 else documents[:n].copy()


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
        self.folder, self.write = folder, write
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
            self.data = mapped(folder / "records")
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
        os.replace(self.folder / "manifest.new", self.folder / "manifest.json")
        sync_folder(self.folder)
        for segment in gone:
            (self.folder / segment.name).unlink()

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self.data, self.offsets[documents]

    def close(self) -> None:
        for file in self.files if self.write else []:
            file.close()


class SqliteSegments:
    """SQLite holds the records and says which segments there are; segments are files beside it."""

    def __init__(self, folder: Path, write: bool) -> None:
        self.folder = folder
        self.db = sqlite3.connect(folder / "index.sqlite", isolation_level=None)
        self.db.executescript("PRAGMA page_size=16384; PRAGMA mmap_size=17179869184; PRAGMA cache_size=-65536")
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
                batch, lambda segment: Putting(txn, db, segment), lambda segment: bytes(txn.get(segment.name.encode(), db=db))
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


STORES = {
    "sqlite": SqliteRows,
    "lmdb": LmdbRows,
    "rocksdb": RocksdbRows,
    "segments": Segments,
    "sqlite+segments": SqliteSegments,
    "lmdb+segments": LmdbSegments,
}

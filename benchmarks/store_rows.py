"""Stores of benchmarks/stores.py in which a posting is a key or a row of its own, each behind the same four calls.

`add` is atomic and durable when it returns; `meet` looks keys up; `records` hands out where records lie; `len` counts.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

COMMON = 64
"""A fingerprint in more documents is not looked at."""
MOST = {"prints": COMMON, "bands": 1 << 12}
"""Documents of a key from which on it is left out."""
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


def joined(records: list[Any]) -> tuple[np.ndarray, np.ndarray]:
    sizes = np.array([len(record) for record in records], np.int64)
    return np.frombuffer(b"".join(records), np.uint8), np.cumsum(sizes) - sizes


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
        query = f"SELECT posting FROM {name} WHERE posting BETWEEN ? AND ? LIMIT {MOST[name] + 1}"
        low = ((keys.astype(np.uint64) << np.uint64(32)) ^ TOP).view(np.int64).tolist()
        found: list[tuple[int]] = []
        for key in low:
            rows = self.db.execute(query, (key, key + 0xFFFFFFFF)).fetchall()
            if len(rows) <= MOST[name]:
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
        for number, i in zip(
            documents.tolist(), (np.searchsorted(self._firsts, documents, "right") - 1).tolist(), strict=True
        ):
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
            self.databases[name.encode()] = self.env.open_db(name.encode(), create=write, dupsort=True, dupfixed=True)

    def add(self, batch: Batch) -> None:
        with self.env.begin(write=True) as txn:
            for name, postings in zip(LISTS, (batch.prints, batch.bands), strict=True):
                rows = postings.astype(">u8").view("V8").tolist()
                cursor = txn.cursor(self.databases[name.encode()])
                cursor.putmulti([(row[:2], row[2:]) for row in rows])
            self.add_records(txn, batch)

    def open_views(self) -> None:
        self.cursors = {name: self.txn.cursor(self.databases[name.encode()]) for name in LISTS}

    def meet(self, prints: np.ndarray, bands: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return self._look_up("prints", prints), self._look_up("bands", bands)

    def _look_up(self, name: str, keys: np.ndarray) -> np.ndarray:
        cursor, most = self.cursors[name], MOST[name]
        found: list[bytes] = []
        for key in keys.astype(">u4").view("V4").tolist():
            own, rest = [], key[2:]
            more = cursor.set_range_dup(key[:2], rest + b"\0\0\0\0")
            while more and len(own) <= most:
                value = bytes(cursor.value())
                if value[:2] != rest:
                    break
                own.append(value[2:])
                more = cursor.next_dup()
            if len(own) <= most:
                found += own
        return np.frombuffer(b"".join(found), ">u4").astype(np.int64)


class RocksdbRows:
    """RocksDB: a posting is a key of 8 bytes without a value; column families for prints, bands and records.

    Synced write batches; write buffers of 64 MB; lz4 for postings, none for records (hashes do not compress), which lie
    in blob files so that compaction leaves them alone; 256 MB of block cache; bloom filters of a key's first 4 bytes.
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
            self.iterators = {name: self._iterator(self.families[name]) for name in LISTS}

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
        return self._look_up("prints", prints), self._look_up("bands", bands)

    def _look_up(self, name: str, keys: np.ndarray) -> np.ndarray:
        iterator, most = self.iterators[name], MOST[name]
        found: list[bytes] = []
        for key in keys.astype(">u4").view("V4").tolist():
            own: list[bytes] = []
            iterator.seek(key + b"\0\0\0\0")
            while len(own) <= most and iterator.valid():
                row = iterator.key()
                if row[:4] != key:
                    break
                own.append(row[4:])
                iterator.next()
            if len(own) <= most:
                found += own
        return np.frombuffer(b"".join(found), ">u4").astype(np.int64)

    def records(self, documents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return joined(self.families["records"].get([number.to_bytes(4, "big") for number in documents.tolist()]))

    def close(self) -> None:
        self.db.close()

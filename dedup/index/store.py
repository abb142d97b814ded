"""The folder of an index: a SQLite database, segments beside it, and the lock of the one that writes.

The database holds a row for each document and one for each text (documents with the same tokens share one), and says
which segments there are: one transaction makes all of a batch visible, after its segments are on the disk. In WAL mode
readers see whole batches while one writes; `synchronous=FULL` brings a batch to the disk before it is acknowledged.
Pages of 8 KB hold three records of news: little is wasted at their ends, and little read beside what is wanted.

Where nothing can be written, as on a mounted image, SQLite can keep no log and no locks. It is then told that the file
stays as it is (`immutable`), unless a log stands there; and as a writer elsewhere may prove that wrong, the files are
looked at before each reading.
"""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

import msgspec

from dedup.errors import InputError, OutputError, UsageError
from dedup.index.segments import Segment
from dedup.records import Bounds
from dedup.sketch import PERMUTATIONS, SCHEME, SEED, SHINGLE, unicode_version

try:
    import fcntl
except ImportError:  # not on Windows: there SQLite tells the second writer when it begins to write
    fcntl = None  # type: ignore[assignment]

APPLICATION = 0x64656475
"""`dedu`: says in the file's head whose database it is."""
VERSION = 1
"""Of what stands in the folder."""
NORMALISER = 1
"""Of the way from text to shingles and fingerprints: one more whenever the same text gives others."""
MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {}
"""What brings an index of a version to the next one, when it is opened to write."""
DATABASE, LOCK = "index.sqlite", "lock"
_LOG, _SHARED = f"{DATABASE}-wal", f"{DATABASE}-shm"
_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (number INTEGER PRIMARY KEY, text INTEGER NOT NULL, id TEXT NOT NULL, site TEXT, published TEXT,
    agency TEXT, sum INTEGER NOT NULL);
CREATE INDEX documents_of_text ON documents (text, id);
CREATE TABLE texts (number INTEGER PRIMARY KEY, digest INTEGER NOT NULL, record BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE contents (number INTEGER PRIMARY KEY, content BLOB NOT NULL, sum INTEGER NOT NULL);
CREATE TABLE segments (first INTEGER PRIMARY KEY, segment TEXT NOT NULL);
"""
_WAIT = 30.0
"""Seconds a reader waits for what a writer does in an instant."""
_CACHE, _SPILL = -32768, 64
"""Cache of a reader (KB, as it is negative), and of a writer (pages). What a batch writes beyond it goes to the log at
once: so a full disk shows while what tells of the batch is not written yet, and not when it is acknowledged."""
_ANEW = "Make the index anew with this version of dedup, or use the version that made it"
_DAMAGED = "Run `dedup index verify`; make the index anew, or take it from a copy"


def parameters(bounds: Bounds) -> dict[str, Any]:
    """Return what the keys and records of an index depend on."""
    return {
        "normaliser": NORMALISER,
        "unicode": unicode_version(),
        "shingle": SHINGLE,
        "signature": f"{SCHEME} {PERMUTATIONS} {SEED}",
        "bounds": msgspec.to_builtins(bounds),
    }


class Counts(msgspec.Struct):
    """How many there are of what, as the database says."""

    documents: int = 0
    texts: int = 0
    next: int = 0
    """Number of the next document."""
    serial: int = 0
    """Number of the next segment's file."""


class Store:
    """An index's folder, open.

    Parameters
    ----------
    folder
        Of an index.
    write
        True takes the lock, and removes what a writer that was killed left.

    Raises
    ------
    InputError
        There is no index, or it is damaged, or of another version or other parameters.
    UsageError
        Another process writes to it.
    """

    def __init__(self, folder: Path, *, write: bool) -> None:
        self.folder = folder
        self.write = write
        if not (folder / DATABASE).is_file():
            raise InputError("no index stands here", where=os.fspath(folder), hint="Make one with dedup index create")
        self._lock: IO[bytes] | None = self._locked() if write else None
        self.db: sqlite3.Connection | None = None
        self._connections = 0
        try:
            with self.told():
                self._connect()
                self.bounds, self.keeps_texts = self._check()
                if write:
                    self._sweep()
        except BaseException:
            self.close()
            raise

    @classmethod
    def create(cls, folder: Path, bounds: Bounds, *, texts: bool) -> Store:
        """Make an empty index, with or without texts; the folder is made, or empty.

        Raises
        ------
        UsageError
            Something stands there.
        OutputError
            It cannot be written.
        """
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if any(folder.iterdir()):
                hint = "Name a new folder; to add to an index use dedup index add"
                raise UsageError("the folder is not empty", where=os.fspath(folder), hint=hint)
            _make(folder, bounds, texts=texts)
        except FileExistsError as error:
            raise UsageError("a file stands here", where=os.fspath(folder), hint="Name a new folder") from error
        except (OSError, sqlite3.Error) as error:
            with suppress(OSError):
                (folder / DATABASE).unlink()
            raise OutputError(f"cannot make an index: {error}", where=os.fspath(folder)) from error
        return cls(folder, write=True)

    def close(self) -> None:
        """Close the database and let the next one write."""
        if self.db is not None:
            if self.write:
                self.settle()
            self.db.close()
            self.db = None
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def settle(self) -> None:
        """Give free pages back, and bring what was written from the log into the database where no reader needs it."""
        with suppress(sqlite3.Error):  # it stands in the log, and the next one may bring it
            if self.db is not None:
                # A script, as `execute` takes the first step only, which frees one page.
                self.db.executescript("PRAGMA incremental_vacuum; PRAGMA wal_checkpoint(TRUNCATE)")

    def run(self, statement: str, values: Any = ()) -> sqlite3.Cursor:
        """Run a statement.

        Raises
        ------
        UsageError
            The index is closed.
        """
        if self.db is None:
            raise UsageError("the index is closed", where=os.fspath(self.folder), hint="Open it again")
        return self.db.execute(statement, values)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """See one state of the index, whatever is written meanwhile."""
        with self.told():
            if self.db is not None and self._still and self._still != _stamp(self.folder):
                self._connect()
            self.run("BEGIN")
            try:
                yield
            finally:
                self.run("ROLLBACK")

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Have all that is written visible at the end of the block, durably, or nothing."""
        if not self.write:
            hint = "Open it with write=True"
            raise UsageError("the index is open for reading", where=os.fspath(self.folder), hint=hint)
        with self.told(), self._spilling():
            self.run("BEGIN IMMEDIATE")
            try:
                yield
                self.run("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):  # a full disk may have ended the transaction already
                    self.run("ROLLBACK")
                raise

    @contextmanager
    def _spilling(self) -> Iterator[None]:
        self.run(f"PRAGMA cache_size={_SPILL}")
        try:
            yield
        finally:
            self.run(f"PRAGMA cache_size={_CACHE}")

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn errors of the database and the system into ours."""
        where = os.fspath(self.folder)
        try:
            yield
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise _busy(self.folder) from error
            if self.write:
                hint = "Free some space there; the index is as it was before"
                raise OutputError(f"cannot write: {error}", where=where, hint=hint) from error
            raise InputError(f"cannot be read: {error}", where=where, hint=_DAMAGED) from error
        except sqlite3.Error as error:
            raise InputError(f"damaged: {error}", where=where, hint=_DAMAGED) from error
        except OSError as error:
            what = f"cannot {'write' if self.write else 'be read'}: {error.strerror or error}"
            kind = OutputError if self.write else InputError
            hint = "Free some space there; the index is as it was before" if self.write else _DAMAGED
            raise kind(what, where=where, hint=hint) from error

    def version(self) -> tuple[int, int]:
        """Return what is another one when another process wrote."""
        return self._connections, self.run("PRAGMA data_version").fetchone()[0]

    def counts(self) -> Counts:
        """Return the counts, as the database says."""
        [(value,)] = self.run("SELECT value FROM meta WHERE name = 'counts'")
        return msgspec.json.decode(value, type=Counts)

    def segments(self) -> list[Segment]:
        """Return the segments, in the order of their documents."""
        rows = self.run("SELECT segment FROM segments ORDER BY first").fetchall()
        return [msgspec.json.decode(value, type=Segment) for (value,) in rows]

    def put(self, counts: Counts, segments: list[Segment]) -> None:
        """Write down how many there are, and which segments."""
        self.run("UPDATE meta SET value = ? WHERE name = 'counts'", (msgspec.json.encode(counts).decode(),))
        self.run("DELETE FROM segments")
        for segment in segments:
            self.run("INSERT INTO segments VALUES (?, ?)", (segment.first, msgspec.json.encode(segment).decode()))

    def unlink(self, names: list[str]) -> None:
        """Delete files of segments that nothing needs any more."""
        for name in names:
            with suppress(OSError):  # on Windows a reader may have it open: the next writer sweeps it
                (self.folder / name).unlink()

    def _sweep(self) -> None:
        """Delete what a writer left that was killed before its batch was acknowledged."""
        known = {segment.name for segment in self.segments()}
        self.unlink([path.name for path in self.folder.glob("*.segment") if path.name not in known])

    def _connect(self) -> None:
        """Open the database, as one that stays as it is where nothing can be written."""
        if self.db is not None:
            self.db.close()
            self.db = None
        log, can_write = self.folder / _LOG, os.access(self.folder, os.W_OK)
        has_log = log.exists() and log.stat().st_size > 0
        if has_log and not can_write and not (self.folder / _SHARED).exists():
            what = "its last batches stand in a log, which cannot be read from here"
            hint = "Open a copy where it can be written, as with dedup index stats, and put that one in its place"
            raise InputError(what, where=os.fspath(self.folder), hint=hint)
        is_still = not has_log and not can_write
        self._still = _stamp(self.folder) if is_still else None
        uri = (self.folder / DATABASE).absolute().as_uri() + ("?mode=ro&immutable=1" if is_still else "?mode=rw")
        self.db = sqlite3.connect(uri, uri=True, timeout=_WAIT, isolation_level=None, check_same_thread=False)
        self.db.executescript(f"PRAGMA cache_size={_CACHE}; PRAGMA synchronous=FULL; PRAGMA cell_size_check=ON")
        self._connections += 1

    def _locked(self) -> IO[bytes]:
        try:
            lock = (self.folder / LOCK).open("ab")
        except OSError as error:
            is_full = error.errno in (errno.ENOSPC, errno.EDQUOT)
            hint = "Free some space there" if is_full else "It can only be read here: add where it can be written"
            raise OutputError(f"cannot write: {error.strerror}", where=os.fspath(self.folder), hint=hint) from error
        if fcntl is not None:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                lock.close()
                raise _busy(self.folder) from None
        return lock

    def _check(self) -> tuple[Bounds, bool]:
        """Check whose database it is, its version and its parameters; return its bounds, and whether texts are kept."""
        where = os.fspath(self.folder)
        if self.run("PRAGMA application_id").fetchone()[0] != APPLICATION:
            raise InputError("this is no index of dedup, or a damaged one", where=where, hint=_DAMAGED)
        version = self.run("PRAGMA user_version").fetchone()[0]
        if version > VERSION or (version < VERSION and version not in MIGRATIONS):
            raise InputError(f"made by another version of dedup, its format is {version}", where=where, hint=_ANEW)
        if version < VERSION:
            self._migrate(version)
        try:
            meta = dict(self.run("SELECT name, value FROM meta").fetchall())
            found = msgspec.json.decode(meta["parameters"])
            bounds = msgspec.convert(found["bounds"], Bounds)
            texts = msgspec.json.decode(meta["texts"], type=bool)
            self.counts()
            self.segments()
        except (msgspec.MsgspecError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"damaged: {error}", where=where, hint=_DAMAGED) from error
        own = parameters(bounds)
        differ = [
            f"{name} {found.get(name)} instead of {value}" for name, value in own.items() if found.get(name) != value
        ]
        if differ:
            raise InputError(f"made with other parameters: {', '.join(differ)}", where=where, hint=_ANEW)
        return bounds, texts

    def _migrate(self, version: int) -> None:
        if not self.write:
            hint = "Bring it to this version with dedup index compact"
            raise InputError(f"an index of the earlier format {version}", where=os.fspath(self.folder), hint=hint)
        with self.writing():
            while version < VERSION:
                assert self.db is not None  # noqa: S101 - for the type checker
                MIGRATIONS[version](self.db)
                version += 1
            self.run(f"PRAGMA user_version = {version}")


def _busy(folder: Path) -> UsageError:
    return UsageError("another process writes to the index", where=os.fspath(folder), hint="Wait until it is done")


def _stamp(folder: Path) -> list[tuple[int, int, int]]:
    """Return what is another one when somebody wrote."""
    found = [path.stat() for path in (folder / DATABASE, folder / _LOG) if path.exists()]
    return [(own.st_ino, own.st_mtime_ns, own.st_size) for own in found]


def _make(folder: Path, bounds: Bounds, *, texts: bool) -> None:
    db = sqlite3.connect(folder / DATABASE, isolation_level=None)
    try:
        db.executescript("PRAGMA page_size=8192; PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL")
        db.executescript(f"PRAGMA synchronous=FULL; BEGIN; {_SCHEMA}")
        db.execute(f"PRAGMA application_id = {APPLICATION}")
        db.execute(f"PRAGMA user_version = {VERSION}")
        values = {"parameters": parameters(bounds), "counts": Counts(), "texts": texts}
        rows = [(name, msgspec.json.encode(value).decode()) for name, value in values.items()]
        db.executemany("INSERT INTO meta VALUES (?, ?)", rows)
        db.execute("COMMIT")
    finally:
        db.close()

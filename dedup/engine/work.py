"""The folder in which a scan keeps what it has done: its memory beyond the machine's, and beyond a kill.

What is done is said in one small file, `state.json`, replaced as a whole after what it speaks of is on the disk. Files
that grow (rows, texts) may be longer than it says, where a kill came between: what is too much is cut off. So a scan
that goes on has neither lost a document that the state counts nor taken one twice.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from dedup.errors import OutputError, UsageError

try:
    import fcntl
except ImportError:  # not on Windows: there two scans into one folder are not told apart
    fcntl = None  # type: ignore[assignment]

VERSION = 3
"""Of what stands in the folder; another one is not gone on with."""
_STATE = "state.json"
# Bytes gathered before they are written.
_BUFFER = 1 << 20


class State(msgspec.Struct):
    """What a scan has done."""

    plan: dict[str, Any] = {}
    """What it was asked: inputs and options, as far as they change the result."""
    version: int = VERSION
    done: list[str] = []
    """Stages that are finished."""
    documents: int = 0
    """Documents read and cleaned."""
    bytes: dict[str, int] = {}
    """Length of the files that grow."""
    blocks: dict[str, int] = {}
    """Blocks by label, once all are read."""
    bad_records: int = 0
    figures: dict[str, Any] = {}
    """What a stage worked out for others, by its name."""
    seconds: dict[str, float] = {}


class Work:
    """A scan's folder.

    Parameters
    ----------
    folder
        Made if it is missing. None for a temporary one, which goes with the object.
    plan
        What the scan is asked.
    resume
        Go on where an earlier scan with the same plan was stopped; False starts anew.

    Raises
    ------
    UsageError
        Another scan is at work in the folder, or an earlier one there had another plan.
    OutputError
        The folder cannot be made.
    """

    def __init__(self, folder: Path | None = None, plan: dict[str, Any] | None = None, *, resume: bool = False) -> None:
        plan = msgspec.json.decode(msgspec.json.encode(plan or {}))  # as it comes back from the disk
        if folder is None:
            self.folder = Path(tempfile.mkdtemp(prefix="dedup-"))
            weakref.finalize(self, shutil.rmtree, self.folder, ignore_errors=True)
        else:
            self.folder = folder
        self._lock: IO[bytes] | None = None
        self.state = State(plan)
        if folder is not None:
            try:
                with self.told():
                    self._open(plan, resume=resume)
            except BaseException:
                self.release()
                raise

    def _open(self, plan: dict[str, Any], *, resume: bool) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = (self.folder / "lock").open("ab")
        if fcntl is not None:
            try:
                fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._lock.close()
                hint = "Wait until it is done, or write to another folder"
                raise UsageError("another scan is at work", where=os.fspath(self.folder), hint=hint) from None
        if resume and (self.folder / _STATE).exists():
            self.state = self._earlier(plan)
            return
        for path in self.folder.iterdir():
            if path.is_dir():
                shutil.rmtree(path)
            elif path.name != "lock":
                path.unlink()

    def _earlier(self, plan: dict[str, Any]) -> State:
        where, anew = os.fspath(self.folder / _STATE), "Start anew, without --resume"
        try:
            state = msgspec.json.decode((self.folder / _STATE).read_bytes(), type=State)
        except msgspec.DecodeError as error:
            raise UsageError(f"damaged: {error}", where=where, hint=anew) from error
        if state.version != VERSION:
            raise UsageError("the earlier scan was made by another version of dedup", where=where, hint=anew)
        if state.plan != plan:
            differ = [
                name for name in sorted(plan.keys() | state.plan.keys()) if plan.get(name) != state.plan.get(name)
            ]
            hint = f"Ask for the same, or start anew without --resume. What differs: {', '.join(differ)}"
            raise UsageError("the earlier scan was another one", where=where, hint=hint)
        return state

    @property
    def is_kept(self) -> bool:
        """Say whether the folder outlives this object."""
        return self._lock is not None

    def path(self, name: str) -> Path:
        """Return the place of a file or folder of a stage."""
        return self.folder / name

    def is_done(self, stage: str) -> bool:
        """Say whether a stage is finished."""
        return stage in self.state.done

    def finish(self, stage: str) -> None:
        """Note that a stage is finished, with all that it wrote on the disk."""
        self.state.done.append(stage)
        self.save()

    def save(self) -> None:
        """Write the state down, where the folder is kept; it stands as a whole, or the one before it does."""
        if not self.is_kept:
            return
        new = self.folder / f"{_STATE}.new"
        with self.told(), new.open("wb") as file:
            file.write(msgspec.json.encode(self.state))
            file.flush()
            os.fsync(file.fileno())
            new.replace(self.folder / _STATE)

    def remove(self) -> None:
        """Delete the folder and let others in."""
        self.release()
        shutil.rmtree(self.folder, ignore_errors=True)

    def release(self) -> None:
        """Let others in, and leave the folder for a scan that goes on."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    @contextmanager
    def told(self) -> Iterator[None]:
        """Turn errors of the system in this folder into `OutputError`."""
        try:
            yield
        except OSError as error:
            hint = "Free some space there and go on with --resume, or write to (or set TMPDIR to) another disk"
            what = f"cannot keep what is done: {error.strerror or error}"
            raise OutputError(what, where=os.fspath(self.folder), hint=hint) from error

    def grown(self, name: str) -> IO[bytes]:
        """Open a file that grows, cut to the length that the state says."""
        with self.told():
            file = self.path(name).open("ab", _BUFFER)
            length = self.state.bytes.get(name, 0)
            if file.tell() < length:
                file.close()
                hint = "Start anew, without --resume"
                raise UsageError("shorter than the state says", where=os.fspath(self.path(name)), hint=hint)
            os.truncate(self.path(name), length)
            file.seek(0, os.SEEK_END)
            return file

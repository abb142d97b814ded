"""Writing documents and rows: whole or not at all.

A file is written under a hidden name beside its target and takes its place when it is complete; whatever stood there
stays until then, and a run that fails or is interrupted leaves nothing half-written.
"""

from __future__ import annotations

import bz2
import errno
import gzip
import io
import lzma
import os
import re
import shutil
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext, suppress
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, cast

import msgspec

from dedup.corpus.fields import NAMES
from dedup.errors import MissingExtraError, OutputError
from dedup.records import Document

STDOUT = "-"
# Fewer calls to the system than the default of 8 KiB.
_BUFFER = 1 << 20
# Rows encoded at a time.
_ROWS = 256
# What `_hidden` makes; people are told the name that a file will have.
_HIDDEN_FOLDER = re.compile(r"\.dedup-\d+-[0-9a-f]{8}/")
# What stands in a folder of parts.
_PART = re.compile(r"part-|_SUCCESS$|\.(?:part-|_SUCCESS).*\.crc$")
_HINTS = {
    errno.ENOSPC: "Free some space or write to another disk",
    errno.EDQUOT: "Free some space or write to another disk",
    errno.EFBIG: "Write to a disk that can hold files of this size",
    errno.EACCES: "Choose a place that you may write to",
    errno.EPERM: "Choose a place that you may write to",
    errno.EROFS: "Choose a place that you may write to",
    errno.ENOENT: "Create the folder first",
    errno.ENOTDIR: "A part of the path is a file; choose another path",
    errno.EISDIR: "It is a folder; name a file",
}


@contextmanager
def open_output(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file for writing, compressed by its suffix (.gz .bz2 .xz .zst); `-` is stdout.

    The file appears when the block ends well. Special files (`/dev/null`, a pipe) are written to directly.

    Raises
    ------
    OutputError
        It cannot be written: a missing folder, no permission, a full disk.
    MissingExtraError
        The suffix is .zst, and the extra `zstd` is not installed.
    BrokenPipeError
        The reader of stdout or of a pipe has gone.
    """
    with open_outputs([path]) as [stream]:
        yield stream


@contextmanager
def open_outputs(
    paths: Iterable[str | os.PathLike[str]], within: AbstractContextManager[object] | None = None
) -> Iterator[list[BinaryIO]]:
    """Open several files as `open_output` does; none appears before all are written.

    Parameters
    ----------
    paths
        Of the files.
    within
        Something that belongs together with them: entered before they are opened, and left when they are written and
        have not appeared yet. Where it fails they do not appear, and where they fail it is told.
    """
    with ExitStack() as places, within or nullcontext(), ExitStack() as streams:
        yield [streams.enter_context(places.enter_context(_placed(path))) for path in paths]


@contextmanager
def _placed(path: str | os.PathLike[str]) -> Iterator[AbstractContextManager[BinaryIO]]:
    """Give a stream that is to be entered and left in the block, at whose end the file appears."""
    if os.fspath(path) == STDOUT:
        if sys.stdout is None or sys.stdout.closed:
            raise OutputError("cannot be written: it is closed", where="stdout", hint="Name a file")
        yield _closing(_Target(sys.stdout.buffer, "stdout"))
        return
    final = Path(os.path.realpath(path))
    shown = _HIDDEN_FOLDER.sub("", os.fspath(path))
    with _told(shown):
        direct = _is_special(final)
    working = final if direct else final.with_name(_hidden())
    compress = _compressor(final.suffix.lower(), shown)
    with _told(shown):
        file = working.open("wb" if direct else "xb", buffering=0)
    if not direct:
        _keep_mode(working, final)
    try:
        with file:
            yield _closing(_Target(file, shown), compress)
        if not direct:
            with _told(shown):
                working.replace(final)
    except BaseException:
        if not direct:
            working.unlink(missing_ok=True)
        raise


@contextmanager
def output_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Make ready a folder for several files that belong together; they appear in `path` when the block ends well.

    Yields a hidden folder inside `path` to write to. Other files in `path` are left alone, earlier ones of the same
    names stay until the new ones are complete. If the block fails, a folder that was made for it goes again.

    Raises
    ------
    OutputError
        The folder cannot be made or written to.
    """
    folder, shown = Path(path), os.fspath(path)
    made = [parent for parent in (folder, *folder.parents) if not parent.exists()]
    working = folder / _hidden()
    try:
        with _told(shown):
            working.mkdir(parents=True)
        yield working
        files = {file: folder / file.name for file in sorted(working.iterdir())}
        for target in files.values():  # before the first is replaced: all or none
            with _told(str(target)):
                if not _is_parts(target):
                    _is_special(target)
        for file, target in files.items():
            with _told(str(target)):
                _put(file, target)
        with _told(shown):
            working.rmdir()
    except BaseException:
        shutil.rmtree(working, ignore_errors=True)
        for parent in made:
            with suppress(OSError):  # was never made, or something else has come to stand in it
                parent.rmdir()
        raise


def sweep(path: str | os.PathLike[str], but: Path) -> None:
    """Delete the hidden folders in `path` that runs left which were killed, all `but` one.

    For callers who know that nobody else writes there.
    """
    for folder in Path(path).iterdir():
        if folder != but and _HIDDEN_FOLDER.fullmatch(f"{folder.name}/"):
            shutil.rmtree(folder, ignore_errors=True)


def write_jsonl(rows: Iterable[object], stream: BinaryIO) -> int:
    """Write rows as JSON Lines in UTF-8 and return their number.

    Values that JSON has no form for, from Parquet or from callers, are written as their string.
    """
    encoder = msgspec.json.Encoder(enc_hook=str)
    count, rows = 0, iter(rows)
    while some := list(islice(rows, _ROWS)):
        stream.write(encoder.encode_lines(some))
        count += len(some)
    return count


def as_dict(document: Document) -> dict[str, Any]:
    """Return a document as a row of output: the fields that are set, id first, then the others unchanged."""
    known = {name: value for name in NAMES if (value := getattr(document, name)) is not None}
    return {**known, **{name: value for name, value in document.extra.items() if name not in known}}


class _Target(io.RawIOBase):
    """Where bytes go in the end. Its errors are told as `OutputError`; once `discard` is set it swallows everything."""

    def __init__(self, file: BinaryIO | io.FileIO, shown: str) -> None:
        self._file = file
        self._shown = shown
        self.discard = False

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        if self.discard:
            return len(data)
        with _told(self._shown):
            return self._file.write(data) or 0

    def finish(self) -> None:
        with _told(self._shown):
            self._file.flush()


@contextmanager
def _closing(target: _Target, compress: Any = None) -> Iterator[BinaryIO]:
    """Buffer and compress; at the end everything is written, after a failure nothing more."""
    buffered = io.BufferedWriter(target, _BUFFER)
    try:
        stream = compress(buffered) if compress else buffered
        try:
            yield cast(BinaryIO, stream)
        except BaseException:
            target.discard = True
            raise
        finally:
            stream.close()
            buffered.close()
        target.finish()
    finally:
        target.discard = True


@contextmanager
def _told(shown: str) -> Iterator[None]:
    """Turn errors of the system into `OutputError`."""
    try:
        yield
    except BrokenPipeError:  # not an error of output: who reads it has seen enough
        raise
    except OSError as error:
        hint = _HINTS.get(error.errno or 0, "Choose another place")
        raise OutputError(f"cannot be written: {error.strerror or error}", where=shown, hint=hint) from error


def _is_parts(path: Path) -> bool:
    """Tell whether there is a folder of parts, as a scan on Spark writes it in the place of a file."""
    names = [part.name for part in path.iterdir()] if path.is_dir() else []
    return bool(names) and all(map(_PART.match, names))


def _put(new: Path, target: Path) -> None:
    """Put a file or a folder of parts in its place, and take away what was there."""
    if target.is_dir() or (new.is_dir() and target.exists()):
        old = target.with_name(_hidden())
        target.rename(old)
        new.replace(target)
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    else:
        if not new.is_dir():
            _keep_mode(new, target)
        new.replace(target)
    _clear_other_form(target)


def _clear_other_form(table: Path) -> None:
    """Take away the other form of a table that was written: an earlier scan's, which would be read in its place."""
    if table.suffix not in (".jsonl", ".parquet"):
        return
    other = table.with_suffix(".parquet" if table.suffix == ".jsonl" else ".jsonl")
    if _is_parts(other):
        shutil.rmtree(other)
    elif table.is_dir() and other.suffix == ".jsonl":  # a file of Parquet is an export of `dedup report`
        other.unlink(missing_ok=True)


def _is_special(path: Path) -> bool:
    """Tell whether there is a pipe or device; raise where nothing can be written there."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return False
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return not stat.S_ISREG(mode)


def _keep_mode(working: Path, final: Path) -> None:
    """Give a file the rights of the one that it will replace, if there is one and the file system has any."""
    with suppress(OSError):
        working.chmod(stat.S_IMODE(final.stat().st_mode))


def _hidden() -> str:
    # Hidden, so that a folder that is read while it is written to does not show half a file.
    return f".dedup-{os.getpid()}-{os.urandom(4).hex()}"


def _compressor(suffix: str, shown: str) -> Any:
    """Return what opens a compressed stream on a file; the same bytes in give the same bytes out."""
    if suffix == ".gz":
        return lambda file: gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0)
    if suffix == ".bz2":
        return lambda file: bz2.BZ2File(file, "wb")
    if suffix == ".xz":
        return lambda file: lzma.LZMAFile(file, "wb")
    if suffix != ".zst":
        return None
    try:
        import zstandard
    except ImportError as error:
        raise MissingExtraError("zstd", "writing .zst needs zstandard", where=shown) from error
    return lambda file: zstandard.ZstdCompressor().stream_writer(file, closefd=False)

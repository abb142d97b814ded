"""Opening inputs, whatever they are compressed with, and cutting them into lines in bounded memory.

A stream counts the bytes that it takes from the disk, and turns whatever a decompressor or the disk complains about
into `DamagedError`, so that readers need to know neither.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from dedup.errors import InputError, MissingExtraError

STDIN = "-"
COMPRESSIONS = (".gz", ".bz2", ".xz", ".zst")
# The longest news page known to us is under 20 MiB; a longer record is a file without line ends, and not worth
# several times its size in memory.
MAX_RECORD_BYTES = 64 << 20
# Large enough that Python's work per chunk does not count, small enough to stay in a core's cache.
CHUNK = 1 << 20
# Compressed bytes given to zstd at once: a block of 3 bytes may stand for 128 KiB, so this bounds what comes out.
_ZSTD_PIECE = 1 << 12
# zstd --long=31, as large public dumps are packed; the default would refuse them.
_ZSTD_WINDOW = 1 << 31
_DAMAGED = (OSError, EOFError, zlib.error, lzma.LZMAError)
_WIDE_BOMS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


class DamagedError(Exception):
    """A stream that cannot be read on; `reason` says why. Readers let it pass, `read` makes a bad record of it."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Stream(io.RawIOBase):
    """The decompressed bytes of an input, one read of the decompressor at a time.

    So nothing is lost of what came before a damage. Seekable only where nothing is decompressed.
    """

    def __init__(self, inner: Any, *, compressed: bool) -> None:
        self._inner = inner
        self._compressed = compressed
        self._position = 0

    def readable(self) -> bool:
        """Say that this is for reading."""
        return True

    def seekable(self) -> bool:
        """Tell whether `seek` works: on plain files only."""
        return not self._compressed and self._inner.seekable()

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place of a plain file."""
        self._position = self._inner.seek(offset, whence)
        return self._position

    def tell(self) -> int:
        """Return the place in the decompressed bytes."""
        return self._position

    def read(self, size: int = -1) -> bytes:
        """Return what one read of the decompressor gives, at most `size` bytes; below 0 all that is left."""
        if size < 0:
            return self.readall()
        try:
            data: bytes = self._inner.read1(size)
        except _DAMAGED as error:
            raise DamagedError(self._reason(error)) from error
        self._position += len(data)
        return data

    def readinto(self, buffer: Any) -> int:
        """Fill as much of a buffer as one read of the decompressor gives."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _reason(self, error: BaseException) -> str:
        if not self._compressed:
            return f"cannot be read: {getattr(error, 'strerror', None) or error}"
        if isinstance(error, EOFError):
            return "compressed stream ends early; what came before the end was read"
        return f"compressed stream is damaged: {error}; what came before the damage was read"


@contextmanager
def open_stream(path: str, on_progress: Callable[[int], None] | None = None) -> Iterator[Stream]:
    """Open a file, or stdin for `-`, decompressed as its suffix says.

    Parameters
    ----------
    path
        The file.
    on_progress
        Told the number of bytes that were taken from the disk, each time some are.

    Raises
    ------
    InputError
        The file cannot be opened.
    MissingExtraError
        The file is compressed with zstd, and the extra `zstd` is not installed.
    """
    if path == STDIN:
        if sys.stdin is None or sys.stdin.closed:
            raise InputError("stdin is closed", where=STDIN, hint="Name a file, or pipe something in")
        yield Stream(io.BufferedReader(_Counted(sys.stdin.buffer, on_progress), CHUNK), compressed=False)
        return
    try:
        file = Path(path).open("rb", buffering=0)  # noqa: SIM115 - closed below
    except OSError as error:
        hint = "Check that the file is still there and that you may read it"
        raise InputError(f"cannot be opened: {error.strerror}", where=path, hint=hint) from error
    with file:
        raw = io.BufferedReader(_Counted(file, on_progress), CHUNK)
        suffix = PurePath(path).suffix.lower()
        # An empty file is no error, also where a compressor would have written a header.
        compressed = suffix in COMPRESSIONS and _begins(raw)
        yield Stream(_decompressed(raw, suffix, path) if compressed else raw, compressed=compressed)


def is_wide(beginning: bytes) -> bool:
    """Tell by the first 4 bytes of a file whether it is UTF-16 or UTF-32, as a byte order mark says."""
    return any(beginning.startswith(mark) for mark, _ in _WIDE_BOMS)


def lines(stream: Stream) -> Iterator[bytes | None]:
    """Cut a stream of UTF-8, or of UTF-16 or UTF-32 with a byte order mark, at its line feeds.

    Yields
    ------
    bytes or None
        A line as UTF-8 without its line feed; None for one over `MAX_RECORD_BYTES`, which is never held.
    """
    pieces: list[bytes] = []
    size = 0
    for chunk in _utf8(stream):
        first, *others = chunk.split(b"\n")
        size += len(first)
        _append(pieces, first, size)
        if others:
            yield _joined(pieces, size)
            last = others.pop()
            for line in others:  # whole in the chunk
                yield line if len(line) <= MAX_RECORD_BYTES else None
            pieces, size = [], len(last)
            _append(pieces, last, size)
    if size:
        yield _joined(pieces, size)


def _append(pieces: list[bytes], piece: bytes, size: int) -> None:
    if size > MAX_RECORD_BYTES:
        pieces.clear()
    else:
        pieces.append(piece)


def _joined(pieces: list[bytes], size: int) -> bytes | None:
    return None if size > MAX_RECORD_BYTES else b"".join(pieces)


def _utf8(stream: Stream) -> Iterator[bytes]:
    """Read chunks as UTF-8: a mark of UTF-8 goes, other Unicode encodings that say so by their mark are recoded."""
    chunk = stream.read(CHUNK) or b""
    while chunk and len(chunk) < 4 and (more := stream.read(CHUNK)):  # the longest mark has 4 bytes
        chunk += more
    for mark, name in _WIDE_BOMS:
        if chunk.startswith(mark):
            yield from _recoded(chunk[len(mark) :], stream, name)
            return
    chunk = chunk.removeprefix(codecs.BOM_UTF8)
    while chunk:
        yield chunk
        chunk = stream.read(CHUNK) or b""


def _recoded(chunk: bytes, stream: Stream, name: str) -> Iterator[bytes]:
    # Lone surrogates pass, as bytes that are no UTF-8: they spoil their own record only.
    decoder = codecs.getincrementaldecoder(name)("surrogatepass")
    try:
        while chunk:
            yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
            chunk = stream.read(CHUNK) or b""
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise DamagedError(f"not valid {name[:6].upper()}, as its byte order mark says: {error.reason}") from error


class _Counted(io.RawIOBase):
    """A file that says how many bytes were read from it."""

    def __init__(self, file: Any, on_progress: Callable[[int], None] | None) -> None:
        self._file = file
        self._on_progress = on_progress

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return bool(self._file.seekable())

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return int(self._file.seek(offset, whence))

    def readinto(self, buffer: Any) -> int:
        count = self._file.readinto(buffer) or 0
        if self._on_progress is not None and count:
            self._on_progress(count)
        return count


def _begins(raw: Any) -> bool:
    try:
        return bool(raw.peek(1))
    except OSError:  # told when it is read
        return True


def _decompressed(raw: Any, suffix: str, path: str) -> Any:
    if suffix == ".gz":
        return gzip.GzipFile(fileobj=raw)
    if suffix == ".bz2":
        return bz2.BZ2File(raw)
    if suffix == ".xz":
        return lzma.LZMAFile(raw)
    return io.BufferedReader(_ZstdFile(raw, path), CHUNK)


class _ZstdFile(io.RawIOBase):
    """Frames of zstd, decompressed; unlike the library's own reader, it notices a frame that ends early."""

    def __init__(self, raw: Any, path: str) -> None:
        try:
            import zstandard
        except ImportError as error:
            raise MissingExtraError("zstd", "reading .zst needs zstandard", where=path) from error
        self._raw = raw
        self._error = zstandard.ZstdError
        self._decompressor = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW)
        self._frame = self._decompressor.decompressobj()
        self._inside = False
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            piece = self._raw.read(_ZSTD_PIECE)
            if not piece and self._inside:
                raise EOFError
            if not piece:
                return 0
            self._ready = memoryview(self._decompress(piece))
        size = min(len(buffer), len(self._ready))
        buffer[:size] = self._ready[:size]
        self._ready = self._ready[size:]
        return size

    def _decompress(self, piece: bytes) -> bytes:
        parts = []
        while piece:
            try:
                parts.append(self._frame.decompress(piece))
            except self._error as error:
                raise OSError(str(error)) from error
            self._inside = not self._frame.eof
            piece = b"" if self._inside else self._frame.unused_data
            if not self._inside:
                self._frame = self._decompressor.decompressobj()
        return b"".join(parts)


def too_long(what: str) -> str:
    """Say that a record is over `MAX_RECORD_BYTES`."""
    return f"{what} is longer than {MAX_RECORD_BYTES / (1 << 20):g} MiB"

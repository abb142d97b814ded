"""Which files the inputs mean: folders and globs are expanded, doubles go, and the order is that of the paths.

The order in which inputs were named never counts, so that a result does not depend on it.
"""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from dedup.corpus.interface import SUFFIXES, format_of
from dedup.corpus.streams import STDIN
from dedup.errors import InputError

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One input or several: files, folders, globs, or `-` for stdin."""

_KNOWN = " ".join(SUFFIXES)
# What a scan writes.
_TABLES = ("pairs", "clusters", "documents", "outlets", "readings")
_WRITTEN = frozenset({*(f"{name}.jsonl" for name in _TABLES), "summary.json", "report.html"})
# Folders, where it writes in parts.
_PARTED = frozenset(f"{name}.{suffix}" for name in _TABLES for suffix in ("jsonl", "parquet"))


class File(NamedTuple):
    """A file to read."""

    path: str
    named: bool
    """Named by the caller, not found in a folder or by a glob."""


def find(inputs: Inputs, format: str | None = None, exclude: Path | None = None) -> list[File]:
    """Expand inputs to files, each once, sorted by path; stdin comes last.

    Of a folder, all regular files of a known suffix are taken, at any depth, or all where `format` says what they are;
    hidden ones and links to folders are passed over, and what lies in the folder `exclude`. A glob takes the files and
    folders that it matches in the same way. Two paths to one file are one.

    Raises
    ------
    InputError
        A file is missing, a glob matches nothing, a folder holds nothing readable.
    """
    several = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
    names = [os.fspath(name) for name in several]
    files = {file for name in names if name != STDIN for file in _expand(name, format, exclude)}
    unique: dict[str, File] = {}
    for file in sorted(files, key=lambda file: (file.path, not file.named)):
        unique.setdefault(os.path.realpath(file.path), file)
    return [*unique.values(), *([File(STDIN, named=True)] if STDIN in names else [])]


def total_bytes(inputs: Inputs, *, format: str | None = None, exclude: Path | None = None) -> int | None:
    """Return the size of all inputs on the disk, in bytes; None where stdin is one of them.

    Raises
    ------
    InputError
        As `find`.
    """
    paths = [file.path for file in find(inputs, format, exclude)]
    if STDIN in paths:
        return None
    return sum(_size(path) for path in paths)


def listing(
    inputs: Inputs, *, format: str | None = None, exclude: Path | None = None
) -> list[tuple[str, int, int] | tuple[str]]:
    """Return path, bytes and time of change (ns) of all files of the inputs: whether they are still the same.

    Of stdin there is nothing to say but `-`.

    Raises
    ------
    InputError
        As `find`.
    """
    found: list[tuple[str, int, int] | tuple[str]] = []
    for file in find(inputs, format, exclude):
        if file.path == STDIN:
            found.append((STDIN,))
            continue
        name = os.fsencode(os.path.abspath(file.path)).decode("utf-8", "backslashreplace")  # noqa: PTH100 - keeps links
        try:
            known = Path(file.path).stat()
        except OSError:  # told when it is opened
            found.append((name,))
        else:
            found.append((name, known.st_size, known.st_mtime_ns))
    return found


def _expand(name: str, format: str | None, exclude: Path | None) -> Iterator[File]:
    exists = _exists(name)
    if exists and not Path(name).is_dir():
        yield File(str(Path(name)), named=True)
        return
    root = Path(name)
    while not exists and glob.has_magic(str(root)):
        root = root.parent
    found = False
    for path in _inside(name) if exists else _matching(name):
        if (format or format_of(path)) and _may_be_read(path) and not _is_excluded(path, root, exclude):
            found = True
            yield File(str(Path(path)), named=False)
    if not found:
        what = "no readable file in this folder" if exists else "no readable file matches"
        raise InputError(what, where=name, hint=f"Known suffixes: {_KNOWN}")


def _is_excluded(path: str, root: Path, exclude: Path | None) -> bool:
    """Tell whether a scan may have written this file; `root` is the folder that it was found from."""
    if exclude is None:
        return False
    folder, file = Path(os.path.realpath(exclude)), Path(os.path.realpath(path))
    if Path(os.path.realpath(root)).is_relative_to(folder):
        top, *below = file.relative_to(folder).parts if file.is_relative_to(folder) else ("",)
        return top in (_PARTED if below else _WRITTEN)
    return file.is_relative_to(folder)


def _may_be_read(path: str) -> bool:
    """Tell regular files, and those that nothing is known of: why is told when they are opened."""
    try:
        return stat.S_ISREG(Path(path).stat().st_mode)
    except OSError:
        return True


def _exists(name: str) -> bool:
    try:
        return name != "" and Path(name).exists()
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be entered, a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=name, hint="Check the path") from error


def _matching(name: str) -> Iterator[str]:
    if not glob.has_magic(name):
        hint = "Check the path; a relative one starts at the folder that the command runs in"
        raise InputError("no such file or folder", where=name, hint=hint)
    matches = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
    if not matches:
        raise InputError("no file matches", where=name, hint="Check the pattern; ** reaches into subfolders")
    for match in matches:
        if os.path.isdir(match):  # noqa: PTH112 - a path stays the string that it was given as
            yield from _inside(match)
        else:
            yield match


def _inside(folder: str) -> Iterator[str]:
    for parent, folders, files in os.walk(folder, onerror=_cannot_list):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield str(Path(parent) / name)


def _cannot_list(error: OSError) -> None:
    hint = "Check that you may read the folder"
    raise InputError(f"cannot be listed: {error.strerror}", where=str(error.filename), hint=hint) from error


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:  # told when it is opened
        return 0

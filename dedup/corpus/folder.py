"""Which files the inputs mean: folders and globs are expanded, doubles go, and the order is that of the paths.

The order in which inputs were named never counts, so that a result does not depend on it.
"""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from dedup.corpus.interface import SUFFIXES, format_of
from dedup.corpus.streams import STDIN
from dedup.errors import InputError

Inputs = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]
"""One input or several: files, folders, globs, or `-` for stdin."""

_KNOWN = " ".join(SUFFIXES)


def find(inputs: Inputs, format: str | None = None) -> list[str]:
    """Expand inputs to files, each once, sorted by path; stdin comes last.

    Of a folder, all files of a known suffix are taken, at any depth, or all files where `format` says what they are;
    hidden ones and links to folders are passed over. Two paths to one file are one.

    Raises
    ------
    InputError
        A file is missing, a glob matches nothing, a folder holds nothing readable.
    """
    several = [inputs] if isinstance(inputs, str | os.PathLike) else inputs
    names = [os.fspath(name) for name in several]
    paths = sorted({path for name in names if name != STDIN for path in _expand(name, format)})
    unique: dict[str, str] = {}
    for path in paths:
        unique.setdefault(os.path.realpath(path), path)
    return [*unique.values(), *([STDIN] if STDIN in names else [])]


def total_bytes(inputs: Inputs, *, format: str | None = None) -> int | None:
    """Return the size of all inputs on the disk, in bytes; None where stdin is one of them.

    Raises
    ------
    InputError
        As `find`.
    """
    paths = find(inputs, format)
    if STDIN in paths:
        return None
    return sum(_size(path) for path in paths)


def _expand(name: str, format: str | None) -> Iterator[str]:
    matches = [name] if _exists(name) else _matches(name)
    for match in matches:
        if os.path.isdir(match):  # noqa: PTH112 - a path stays the string that it was given as
            yield from _inside(match, format)
        else:
            yield str(Path(match))


def _exists(name: str) -> bool:
    try:
        return name != "" and Path(name).exists()
    except (OSError, ValueError) as error:  # a name too long, a folder that may not be entered, a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read: {reason}", where=name, hint="Check the path") from error


def _matches(name: str) -> list[str]:
    if not glob.has_magic(name):
        hint = "Check the path; a relative one starts at the folder that the command runs in"
        raise InputError("no such file or folder", where=name, hint=hint)
    matches = glob.glob(name, recursive=True)  # noqa: PTH207 - Path.glob refuses absolute patterns
    if not matches:
        raise InputError("no file matches", where=name, hint="Check the pattern; ** reaches into subfolders")
    return matches


def _inside(folder: str, format: str | None) -> Iterator[str]:
    found = False
    for parent, folders, files in os.walk(folder, onerror=_cannot_list):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith(".") and (format or format_of(name)):
                found = True
                yield str(Path(parent) / name)
    if not found:
        raise InputError("no readable file in this folder", where=folder, hint=f"Known suffixes: {_KNOWN}")


def _cannot_list(error: OSError) -> None:
    hint = "Check that you may read the folder"
    raise InputError(f"cannot be listed: {error.strerror}", where=str(error.filename), hint=hint) from error


def _size(path: str) -> int:
    try:
        return Path(path).stat().st_size
    except OSError:  # told when it is opened
        return 0

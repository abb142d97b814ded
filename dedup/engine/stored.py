"""The rows of one table of a scan as they stand in its folder: in a file, or in parts.

Parts are what engines leave that write with many workers: a folder with the table's name in which the names of the
files `part-*`, sorted, give the order of the rows. Whatever else is in it (`_SUCCESS`, hidden
checksums) is passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

import msgspec

from dedup.corpus.parquet import rows_of
from dedup.errors import InputError, MissingExtraError

AGAIN = "Scan again into this folder"
# Rows of Parquet turned into Python objects at once: readings have texts.
_BATCH = 512

T = TypeVar("T")


class Choice(NamedTuple):
    """Which rows are wanted, told by some of their fields: the others are never made whole."""

    kind: type[msgspec.Struct]
    """A record with these fields."""
    wanted: Callable[[Any], bool]


class Rows(Generic[T]):
    """The rows of a table, read anew each time they are gone through.

    Parameters
    ----------
    folder
        Of the scan.
    name
        Of the table: `pairs` stands in `pairs.jsonl`, a file or a folder of parts, or in the folder `pairs.parquet`.
    kind
        Record of a row.
    count
        Number of rows there should be, where it is known.
    choice
        Which rows are wanted; None for all.
    """

    def __init__(
        self, folder: Path, name: str, kind: type[T], count: int | None = None, choice: Choice | None = None
    ) -> None:
        lines, columns = folder / f"{name}.jsonl", folder / f"{name}.parquet"
        # A file of that name is an export of dedup report.
        self._path = columns if columns.is_dir() and not lines.exists() else lines
        self._kind, self._count, self._choice = kind, count, choice

    def exists(self) -> bool:
        """Tell whether the scan has this table: those of older versions have fewer."""
        return self._path.exists()

    def __iter__(self) -> Iterator[T]:
        """Read the rows.

        Raises
        ------
        InputError
            A file is missing, cut off or damaged, or there are not as many rows as there should be.
        MissingExtraError
            The parts are Parquet, and pyarrow is not installed.
        """
        number, in_parts = 0, self._path.is_dir()
        read = _columns if in_parts and self._path.suffix == ".parquet" else _lines
        for part in _parts(self._path) if in_parts else [self._path]:
            for row in read(part, self._kind, self._choice):
                number += 1
                if row is not None:
                    yield row
        if self._count not in (None, number):
            have = "its parts have" if in_parts else "the file has"
            what = f"{have} {number:,} rows, and summary.json counts {self._count:,}"
            raise InputError(what, where=str(self._path) if in_parts else f"{self._path}:{number}", hint=AGAIN)


def decoded(decoder: msgspec.json.Decoder[T], raw: bytes, where: str) -> T:
    """Decode what a scan wrote, or say where it did not."""
    try:
        return decoder.decode(raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _strange(str(error) or type(error).__name__, where) from error


def unreadable(path: Path, error: OSError) -> InputError:
    """Say that a file cannot be read."""
    return InputError(f"cannot be read: {error.strerror}", where=str(path), hint=AGAIN)


def _parts(path: Path) -> list[Path]:
    try:
        return sorted(part for part in path.iterdir() if part.name.startswith("part-"))
    except OSError as error:
        raise unreadable(path, error) from error


def _lines(path: Path, kind: type[T], choice: Choice | None) -> Iterator[T | None]:
    """Read the rows of a file of JSON Lines; None for those that are not wanted."""
    whole = msgspec.json.Decoder(kind)
    some = msgspec.json.Decoder(choice.kind) if choice else None
    try:
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                where = f"{path}:{number}"
                if not line.endswith(b"\n"):
                    raise InputError("the file was cut off in this line", where=where, hint=AGAIN)
                is_wanted = not (choice and some) or choice.wanted(decoded(some, line, where))
                yield decoded(whole, line, where) if is_wanted else None
    except OSError as error:
        raise unreadable(path, error) from error


def _columns(path: Path, kind: type[T], choice: Choice | None) -> Iterator[T | None]:
    """Read the rows of a Parquet file; None for those that are not wanted."""
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingExtraError("parquet", "reading Parquet needs pyarrow", where=str(path)) from error
    number = 0
    try:
        for batch in parquet.ParquetFile(path).iter_batches(batch_size=_BATCH):
            for row in _of_batch(pyarrow.table(batch), kind, choice, path, number):
                number += 1
                yield row
    except (OSError, pyarrow.ArrowException) as error:
        what = str(error).partition("\n")[0].strip().rstrip(".")
        raise InputError(f"damaged after row {number}: {what}", where=str(path), hint=AGAIN) from error


def _of_batch(table: Any, kind: type[T], choice: Choice | None, path: Path, before: int) -> Iterator[T | None]:
    if choice is None:
        for number, row in enumerate(_plain(table), before + 1):
            yield _converted(row, kind, f"{path}:{number}")
        return
    names = [name for name in choice.kind.__struct_fields__ if name in table.column_names]
    for place, some in enumerate(_plain(table.select(names))):
        where = f"{path}:{before + place + 1}"
        if choice.wanted(_converted(some, choice.kind, where)):
            (row,) = _plain(table.slice(place, 1))
            yield _converted(row, kind, where)
        else:
            yield None


def _plain(table: Any) -> Iterable[dict[str, Any] | str]:
    """Turn a table into rows as JSON has them, or the reason why one is none.

    A map is a dict, not pairs; a passage may be a structure of its four numbers.
    """
    import pyarrow

    maps = [field.name for field in table.schema if pyarrow.types.is_map(field.type)]
    for row in rows_of(table):
        if not isinstance(row, str):
            row.update((name, dict(row[name])) for name in maps if row[name] is not None)
            if passages := row.get("passages"):
                row["passages"] = [[*one.values()] if isinstance(one, dict) else one for one in passages]
        yield row


def _converted(row: dict[str, Any] | str, kind: type[T], where: str) -> T:
    if isinstance(row, str):
        raise _strange(row, where)
    try:
        return msgspec.convert(row, kind)
    except msgspec.MsgspecError as error:
        raise _strange(str(error), where) from error


def _strange(reason: str, where: str) -> InputError:
    return InputError(f"not what dedup scan writes here: {reason}", where=where, hint=AGAIN)

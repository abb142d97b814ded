"""The rows of documents and texts in the database, with their checksums."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import msgspec
import numpy as np

from dedup.errors import InputError
from dedup.index.packing import I64, U64
from dedup.index.store import Store
from dedup.sketch import Packed
from dedup.sketch.text import SURROGATES
from dedup.verdicts import Entry

_AT_ONCE = 256
"""Texts that one statement asks for."""
_SELECT = "SELECT number, text, id, site, published, agency, sum FROM documents"


class Held(NamedTuple):
    """A document, as the database has it."""

    number: int
    text: int
    """Number of the document that brought its text."""
    id: str
    site: str | None
    published: str | None
    agency: str | None
    sum: int

    def is_sound(self) -> bool:
        """Say whether it is as it was written."""
        return self.sum == sum_of_document(*self[:-1])


def sum_of_document(*values: object) -> int:
    """Return the checksum of a document's columns."""
    return zlib.crc32(msgspec.msgpack.encode(values))


def sum_of_text(number: int, digest: int, record: object) -> int:
    """Return the checksum of a text's columns."""
    return _sum_of((number, digest), record)


def _sum_of(keys: tuple[int, ...], value: object) -> int:
    if not isinstance(value, bytes | memoryview):  # a damaged row may have any type
        return -1
    return zlib.crc32(value, zlib.crc32(msgspec.msgpack.encode(keys)))


def put_documents(store: Store, numbers: I64, texts: I64, entries: Sequence[Entry]) -> None:
    """Add rows of documents."""
    for number, text, entry in zip(numbers.tolist(), texts.tolist(), entries, strict=True):
        row = (number, text, entry.id, entry.site, entry.published, entry.agency)
        store.run("INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?)", (*row, sum_of_document(*row)))


def put_texts(store: Store, numbers: I64, digests: U64, records: tuple[memoryview, I64]) -> None:
    """Add rows of texts; records lie one after the other, and where each starts, and the end."""
    data, offsets = records[0], records[1].tolist()
    for i, (number, digest) in enumerate(zip(numbers.tolist(), digests.view(np.int64).tolist(), strict=True)):
        row = (number, digest, data[offsets[i] : offsets[i + 1]])
        store.run("INSERT INTO texts VALUES (?, ?, ?, ?)", (*row, sum_of_text(*row)))


def put_contents(store: Store, numbers: I64, packed: Packed) -> None:
    """Add the texts of documents themselves, compressed."""
    for place, number in enumerate(numbers.tolist()):
        content = zlib.compress(packed.encoded(place))
        store.run("INSERT INTO contents VALUES (?, ?, ?)", (number, content, _sum_of((number,), content)))


def content_of(store: Store, number: int) -> str | None:
    """Return the text of a document, None where it was not kept.

    Raises
    ------
    InputError
        It is not as it was written.
    """
    row = store.run("SELECT content, sum FROM contents WHERE number = ?", (number,)).fetchone()
    if row is None:
        return None
    if row[1] != _sum_of((number,), row[0]):
        raise damaged(store, f"the content of document {number}")
    return zlib.decompress(row[0]).decode("utf-8", SURROGATES)


def damaged_contents(store: Store) -> Iterator[int]:
    """Give the numbers of documents whose text is not as it was written."""
    for number, content, found in store.run("SELECT * FROM contents"):
        if found != _sum_of((number,), content):
            yield number


def remove_documents(store: Store, numbers: Iterable[int]) -> None:
    """Delete rows of documents, and what was kept with them."""
    for number in numbers:
        store.run("DELETE FROM documents WHERE number = ?", (number,))
        store.run("DELETE FROM contents WHERE number = ?", (number,))


def records_of(store: Store, numbers: Sequence[int]) -> dict[int, bytes]:
    """Return the records of texts by their numbers, without those that are gone.

    Raises
    ------
    InputError
        One is not as it was written.
    """
    found: dict[int, bytes] = {}
    for first in range(0, len(numbers), _AT_ONCE):
        asked = numbers[first : first + _AT_ONCE]
        room = 1 << (len(asked) - 1).bit_length()  # so that there are few different statements, which stay prepared
        marks = ",".join("?" * room)
        query = f"SELECT number, digest, record, sum FROM texts WHERE number IN ({marks})"  # noqa: S608 - question marks
        for number, digest, record, own in store.run(query, [*asked, *[-1] * (room - len(asked))]):
            if own != sum_of_text(number, digest, record):
                raise damaged(store, f"the text {number}")
            found[number] = record
    return found


def digest_of(store: Store, number: int) -> int | None:
    """Return the digest of a text as the database has it, None where it is gone."""
    row = store.run("SELECT digest FROM texts WHERE number = ?", (number,)).fetchone()
    return row[0] if row else None


def documents_of_text(store: Store, text: int, most: int) -> list[Held]:
    """Return the documents that hold a text, those with the lowest ids.

    Raises
    ------
    InputError
        One is not as it was written.
    """
    rows = store.run(_SELECT + " WHERE text = ? ORDER BY id LIMIT ?", (text, most))
    found = [Held(*row) for row in rows]
    for held in found:
        if not held.is_sound():
            raise damaged(store, f"the document {held.number}")
    return found


def document(store: Store, number: int) -> Held | None:
    """Return a document by its number, None where it is gone."""
    row = store.run(_SELECT + " WHERE number = ?", (number,)).fetchone()
    return Held(*row) if row else None


def all_documents(store: Store) -> Iterator[Held]:
    """Give all documents, in the order in which they came."""
    for row in store.run(_SELECT + " ORDER BY number"):
        yield Held(*row)


def damaged(store: Store, what: str) -> InputError:
    """Return the error of a row that is not as it was written."""
    hint = "Run dedup index verify; make the index anew, or take it from a copy"
    return InputError(f"{what} is damaged", where=os.fspath(store.folder), hint=hint)

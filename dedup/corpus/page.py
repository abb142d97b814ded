"""One document a file: .html and .txt. The id is the path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from dedup.corpus import encoding, streams
from dedup.corpus.fields import FieldMap
from dedup.corpus.interface import Source
from dedup.records import BadRecord, Document


class PageReader:
    """Reads a file as one document: a page (`html`) or a plain text (`text`)."""

    def __init__(self, field: Literal["html", "text"]) -> None:
        self._field = field

    def read(self, source: Source, _fields: FieldMap) -> Iterator[Document | BadRecord]:
        """Read the file whole; an empty one is an empty document. A page has no field names to be overridden."""
        data = _whole(source.stream)
        if len(data) > streams.MAX_RECORD_BYTES:
            yield BadRecord(source.name, streams.too_long("file"))
        elif encoding.is_binary(data):
            yield BadRecord(source.name, "not text")
        else:
            text = encoding.decode(data, markup=self._field == "html")
            yield FieldMap().document({"id": source.name, self._field: text}, source.name)


def _whole(stream: streams.Stream) -> bytes:
    """Read all, or one chunk more than may be held."""
    data = bytearray()
    while len(data) <= streams.MAX_RECORD_BYTES and (chunk := stream.read(streams.CHUNK)):
        data += chunk
    return bytes(data)

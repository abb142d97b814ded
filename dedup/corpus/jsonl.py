"""JSON Lines: one object a line, UTF-8. Empty lines are passed over."""

from __future__ import annotations

import re
from collections.abc import Iterator

import msgspec

from dedup.corpus import streams
from dedup.corpus.fields import FieldMap
from dedup.corpus.interface import Source
from dedup.records import BadRecord, Document

_KINDS = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean"}


class JsonlReader:
    """Reads JSON Lines."""

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder()

    def read(self, source: Source, fields: FieldMap, before: int = 0) -> Iterator[Document | BadRecord]:
        """Read one document a line; `where` is `file:line`, lines counted from 1, or on from those `before`."""
        for number, line in enumerate(streams.lines(source.stream), before + 1):
            where = f"{source.name}:{number}"
            if line is None:
                yield BadRecord(where, streams.too_long("line"))
            elif line and not line.isspace():
                yield self._record(line, where, fields)

    def _record(self, line: bytes, where: str, fields: FieldMap) -> Document | BadRecord:
        try:
            record = self._decoder.decode(line)
        except UnicodeDecodeError as error:
            return BadRecord(where, f"not valid UTF-8: {error.reason}")
        except msgspec.DecodeError as error:
            return BadRecord(where, _reason(line, error))
        except RecursionError:
            return BadRecord(where, "JSON is nested too deeply")
        if isinstance(record, dict):
            return fields.document(record, where)
        return BadRecord(where, f"not a JSON object but {_KINDS.get(type(record), 'null')}")


def _reason(line: bytes, error: msgspec.DecodeError) -> str:
    if line.strip() in (b"[", b"{"):
        return "an indented JSON file, not one object a line; make it so with: jq -c '.[]? // .'"
    if line.rstrip().endswith(b"}") and (lone := _lone_surrogate(line)):
        return f"a lone surrogate ({lone}) in a string"
    return f"invalid JSON: {str(error).removeprefix('JSON is malformed: ')}"


def _lone_surrogate(line: bytes) -> str | None:
    r"""Return the first `\ud800` or the like that is not half of a pair (RFC 8259, section 8.2)."""
    escapes = re.sub(rb"\\\\|\\ud[89ab]..\\ud[c-f]..", b" ", line, flags=re.IGNORECASE)
    found = re.search(rb"\\ud[89a-f][0-9a-f]{2}", escapes, re.IGNORECASE)
    return found[0].decode() if found else None

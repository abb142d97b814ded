"""The baseline of a check: documents that somebody looked at and accepted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from dedup.corpus import write_jsonl
from dedup.corpus.streams import DamagedError, open_stream
from dedup.errors import InputError
from dedup.verdicts import Checked

_ADVICE = "Give one id a line, or a JSON object with id; --write-baseline makes such a file"


class _Accepted(msgspec.Struct):
    id: str


def read_baseline(path: Path) -> frozenset[str]:
    """Read the ids of accepted documents: one a line, as it is, as a JSON string, or as `id` of a JSON object.

    Raises
    ------
    InputError
        The file is missing or damaged, or a line is none of this.
    """
    decoder: msgspec.json.Decoder[str | _Accepted] = msgspec.json.Decoder(str | _Accepted)
    ids = set()
    try:
        with open_stream(str(path)) as stream:
            lines = (stream.readall() or b"").removeprefix(b"\xef\xbb\xbf").split(b"\n")
    except DamagedError as error:
        raise InputError(error.reason, where=str(path), hint="Make it again with --write-baseline") from error
    for number, line in enumerate(lines, 1):
        try:
            found: str | _Accepted = decoder.decode(line) if line[:1] in b'{"' and line else line.decode().rstrip("\r")
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            raise InputError(f"no accepted document: {error}", where=f"{path}:{number}", hint=_ADVICE) from error
        ids.add(found if isinstance(found, str) else found.id)
    return frozenset(ids - {""})


def write_baseline(rows: Iterable[Checked], stream: BinaryIO) -> int:
    """Write the accepted documents of a check, each with what was found of it; return their number."""
    return write_jsonl(_lines(rows), stream)


def _lines(rows: Iterable[Checked]) -> Iterator[dict[str, object]]:
    for row in rows:
        if row.accepted:
            best = row.matches[0] if row.matches else None
            yield {
                "id": row.id,
                "duplicate": row.duplicate,
                "excerpt": row.excerpt,
                "boilerplate": round(row.boilerplate, 4),
                "body_chars": row.body_chars,
                "of": best.id if best else None,
            }

"""WARC and WET (ISO 28500), through FastWARC (the extra `warc`).

Documents are the `response` and `resource` records with HTML or plain text, and the `conversion` records of WET files.
Other records and other media types are passed over. The id is `WARC-Record-ID`, the url `WARC-Target-URI`. `WARC-Date`
is the time of the crawl, not of publication: it goes to `extra["warc_date"]`.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import Any

from dedup.corpus import encoding, streams
from dedup.corpus.fields import FieldMap
from dedup.corpus.interface import Source
from dedup.errors import MissingExtraError
from dedup.records import BadRecord, Document

_ZLIB = ("gzip", "x-gzip", "deflate")
_GZIP = b"\x1f\x8b"
_MEDIA = {"text/html": "html", "application/xhtml+xml": "html", "text/plain": "text"}


class WarcReader:
    """Reads the records of a WARC or WET file."""

    def read(self, source: Source, _fields: FieldMap) -> Iterator[Document | BadRecord]:
        """Read one document a record; `where` is `file:record`, records of every type counted from 1."""
        try:
            from fastwarc import warc
        except ImportError as error:
            raise MissingExtraError("warc", "reading WARC needs FastWARC", where=source.name) from error
        number = 0
        try:
            # The stream is decompressed already; HTTP is parsed apart, so that a bad body spoils its record only.
            for record in warc.ArchiveIterator(source.stream, parse_http=False, stream_detect=False):
                number += 1
                where = f"{source.name}:{number}"
                if found := _document(record, where, warc):
                    yield found
        except OSError as error:
            after = f"damaged after record {number}" if number else "not a WARC file"
            raise streams.DamagedError(f"{after}: {error}") from error


def _document(record: Any, where: str, warc: Any) -> Document | BadRecord | None:
    if not (record.headers.get("Content-Length") or "").isdigit() or record.record_id is None:
        return BadRecord(where, "WARC record with an incomplete header")
    if record.record_type not in (warc.response, warc.resource, warc.conversion):
        return None
    size = record.content_length
    if size > streams.MAX_RECORD_BYTES:
        return BadRecord(where, streams.too_long("record"))
    block = record.reader.read()
    if len(block) < size:
        return BadRecord(where, "WARC record ends early")
    try:
        data, media, charset = _body(record, block, warc)
    except OSError as error:
        return BadRecord(where, f"HTTP body cannot be decoded: {error}")
    field = _MEDIA.get(media)
    return _made(record, data, field, charset, where) if field and data else None


def _body(record: Any, block: bytes, warc: Any) -> tuple[bytes, str, str | None]:
    """Return the body, its media type and its charset; chunking and compression of HTTP are undone."""
    if not record.is_http:
        media, charset = _content_type(record.headers.get("Content-Type"))
        return block, media, charset
    response = _response(block, "transfer", warc)
    headers = response.http_headers
    media, charset = _content_type(headers.get("Content-Type") if headers is not None else None)
    if media not in _MEDIA:
        return b"", media, charset
    packing = (headers.get("Content-Encoding") or "").strip().lower()
    if packing in _ZLIB:
        return _inflated(response.reader.read()), media, charset
    if packing:
        response = _response(block, "all", warc)
    # One byte more than may be held shows that there is more.
    return response.reader.read(streams.MAX_RECORD_BYTES + 1), media, charset


def _response(block: bytes, auto_decode: str, warc: Any) -> Any:
    response = warc.WarcRecord()
    response.set_bytes_content(block)
    response.is_http = True
    response.parse_http(auto_decode=auto_decode)
    return response


def _inflated(packed: bytes) -> bytes:
    """Unpack gzip or deflate, one byte more than may be held at most; FastWARC would not notice an early end."""
    bound = streams.MAX_RECORD_BYTES + 1
    try:
        if packed.startswith(_GZIP):
            return gzip.GzipFile(fileobj=io.BytesIO(packed)).read(bound)
        stream = zlib.decompressobj()
        data = stream.decompress(packed, bound)
    except EOFError as error:
        raise OSError("compressed stream ends early") from error
    except zlib.error as error:
        raise OSError(str(error)) from error
    if packed and not stream.eof and len(data) < bound:
        raise OSError("compressed stream ends early")
    return data


def _content_type(value: str | None) -> tuple[str, str | None]:
    media, *parameters = (value or "").split(";")
    charset = None
    for parameter in parameters:
        name, _, given = parameter.partition("=")
        if name.strip().lower() == "charset":
            charset = given.strip().strip("\"'")
    return media.strip().lower(), charset


def _made(record: Any, data: bytes, field: str, charset: str | None, where: str) -> Document | BadRecord:
    if len(data) > streams.MAX_RECORD_BYTES:
        return BadRecord(where, streams.too_long("page"))
    if encoding.is_binary(data):
        return BadRecord(where, "not text")
    values = {
        "id": record.record_id,
        "url": record.headers.get("WARC-Target-URI"),
        field: encoding.decode(data, http=charset, markup=field == "html"),
        "warc_date": record.headers.get("WARC-Date"),
    }
    return FieldMap().document({name: value for name, value in values.items() if value}, where)

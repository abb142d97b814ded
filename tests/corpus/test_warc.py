import gzip
import random
import sys
import time
import zlib

import pytest

from dedup.corpus import streams
from dedup.errors import MissingExtraError
from tests.corpus.helpers import places, reading

pytest.importorskip("fastwarc")
PAGE = "<p>Déjà l'été</p>"


def record(number, body, kind="response", media="application/http; msgtype=response"):
    head = (
        f"WARC/1.0\r\nWARC-Type: {kind}\r\nWARC-Record-ID: <urn:uuid:{number}>\r\nWARC-Date: 2020-01-02T03:04:05Z\r\n"
        f"WARC-Target-URI: https://www.site{number}.example/x\r\nContent-Type: {media}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body + b"\r\n\r\n"


def http(body, media="text/html; charset=utf-8", more=""):
    return f"HTTP/1.1 200 OK\r\nContent-Type: {media}\r\n{more}\r\n".encode() + body


def warc(tmp_path, *records, name="f.warc"):
    path = tmp_path / name
    path.write_bytes(b"".join(records))
    documents, bad = reading(path)
    return documents, places(bad, tmp_path)


def test_response(tmp_path):
    (document,), bad = warc(tmp_path, record(1, b"software: x\r\n", "warcinfo", "application/warc-fields"),
                            record(2, http(PAGE.encode())))  # fmt: skip
    assert (document.id, document.html, document.text) == ("<urn:uuid:2>", PAGE, None)
    assert (document.url, document.site) == ("https://www.site2.example/x", "site2.example")
    assert (document.published, document.extra) == (None, {"warc_date": "2020-01-02T03:04:05Z"})
    assert document.where == f"{tmp_path}/f.warc:2"
    assert bad == []


@pytest.mark.parametrize("name", ["f.wet", "f.warc.wet.gz", "f.WARC.gz"])
def test_conversion_and_resource(tmp_path, name):
    pack = gzip.compress if name.endswith("gz") else bytes
    documents, bad = warc(
        tmp_path,
        pack(record(1, "Été".encode(), "conversion", "text/plain")),
        pack(record(2, PAGE.encode(), "resource", "text/html")),
        name=name,
    )
    assert [(d.text, d.html) for d in documents] == [("Été", None), (None, PAGE)]
    assert bad == []


def test_charset_of_the_http_header(tmp_path):
    body = http("Привет".encode("cp1251"), 'text/html; Charset="windows-1251"')
    assert warc(tmp_path, record(1, body))[0][0].html == "Привет"


def test_http_compression_and_chunks(tmp_path):
    packed = gzip.compress(PAGE.encode())
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    more = "Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n"
    assert warc(tmp_path, record(1, http(chunked, more=more)))[0][0].html == PAGE


@pytest.mark.parametrize("name", ["gzip", "GZIP", "x-gzip", "deflate"])
def test_http_compression_that_ends_early(tmp_path, name):
    page = f"<p>{PAGE * 50}".encode()
    packed = zlib.compress(page) if name == "deflate" else gzip.compress(page[:40]) + gzip.compress(page[40:])
    more = f"Content-Encoding: {name}\r\n"
    bodies = [packed, packed[:-1], packed[:25], packed[: len(packed) // 2]]
    documents, bad = warc(tmp_path, *(record(n, http(body, more=more)) for n, body in enumerate(bodies)))
    assert [d.html for d in documents] == [page.decode()]
    assert bad == [
        (f"f.warc:{n}", "HTTP body cannot be decoded: compressed stream ends early") for n in range(2, len(bodies) + 1)
    ]


def test_many_gzip_members_stay_linear(tmp_path):
    start = time.perf_counter()
    body = gzip.compress(b"") * 50_000 + gzip.compress(PAGE.encode())
    assert warc(tmp_path, record(1, http(body, more="Content-Encoding: gzip\r\n")))[0][0].html == PAGE
    assert time.perf_counter() - start < 30


def test_http_compression_with_brotli(tmp_path):
    packed = b"\x0b\x02\x80<p>ab\x03"  # one uncompressed block
    (document,), bad = warc(tmp_path, record(1, http(packed, more="Content-Encoding: br\r\n")))
    assert (document.html, bad) == ("<p>ab", [])


def test_other_media_and_types_are_passed_over(tmp_path):
    documents, bad = warc(
        tmp_path,
        record(1, http(b"\x89PNG\0", "image/png")),
        record(2, b"GET / HTTP/1.1\r\n\r\n", "request", "application/http; msgtype=request"),
        record(3, http(b"{}", "application/json")),
        record(4, http(b"")),
        record(5, http(PAGE.encode())),
    )
    assert [d.id for d in documents] == ["<urn:uuid:5>"]
    assert bad == []


def test_bad_bodies_spoil_their_record_only(tmp_path):
    broken = bytearray(gzip.compress(PAGE.encode() * 100))
    broken[12:40] = b"z" * 28
    documents, bad = warc(
        tmp_path,
        record(1, http(bytes(broken), more="Content-Encoding: gzip\r\n")),
        record(2, http(b"%PDF-1.7")),
        record(3, http(PAGE.encode())),
        record(3, http(PAGE.encode())),
    )
    assert [d.where[-2:] for d in documents] == [":3"]
    assert [where for where, _ in bad] == ["f.warc:1", "f.warc:2", "f.warc:4"]
    assert [reason.split(":")[0] for _, reason in bad[:2]] == ["HTTP body cannot be decoded", "not text"]


@pytest.mark.parametrize("limit", [len(PAGE.encode()) - 1, 60])
def test_record_over_the_bound(tmp_path, monkeypatch, limit):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", limit)
    documents, bad = warc(
        tmp_path, record(1, http(PAGE.encode() * 10)), record(2, PAGE.encode()[:5], "resource", "text/html")
    )
    assert [d.id for d in documents] == ["<urn:uuid:2>"]
    assert bad[0][0] == "f.warc:1"
    assert "longer than" in bad[0][1]


def test_http_bomb_is_not_unpacked(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1 << 20)
    body = http(gzip.compress(b"x" * 20_000_000), more="Content-Encoding: gzip\r\n")
    documents, bad = warc(tmp_path, record(1, body))
    assert documents == []
    assert bad == [("f.warc:1", "page is longer than 1 MiB")]


def test_truncated_anywhere(tmp_path):
    whole = record(1, http(PAGE.encode())) + record(2, http(PAGE.encode()))
    half = len(whole) // 2
    for length in range(half + 1, len(whole) - 4):
        documents, bad = warc(tmp_path, whole[:length])
        assert [d.id for d in documents] == ["<urn:uuid:1>"]
        assert len(bad) == 1, length


def test_truncated_gzip(tmp_path):
    whole = [gzip.compress(record(n, http(PAGE.encode()))) for n in range(5)]
    documents, bad = warc(tmp_path, b"".join(whole)[:-20], name="f.warc.gz")
    assert [d.id for d in documents] == [f"<urn:uuid:{n}>" for n in range(4)]
    assert bad[-1][0].startswith("f.warc.gz")


def test_not_a_warc(tmp_path):
    documents, bad = warc(tmp_path, b"nothing of the kind\r\n\r\n" * 5)
    assert documents == []
    assert bad[0][0] == "f.warc"
    assert bad[0][1].startswith("not a WARC file")
    assert warc(tmp_path, b"") == ([], [])


def test_damaged_bytes_never_escape(tmp_path):
    chance = random.Random(7)
    whole = b"".join(record(n, http(gzip.compress(PAGE.encode()), more="Content-Encoding: gzip\r\n")) for n in range(3))
    for _ in range(500):
        data = bytearray(whole)
        for _ in range(chance.randint(1, 6)):
            data[chance.randrange(len(data))] = chance.choice([0, 10, 13, 32, 58, 255, chance.randrange(256)])
        warc(tmp_path, bytes(data))


def test_missing_fastwarc(tmp_path, monkeypatch):
    path = tmp_path / "f.warc"
    path.write_bytes(record(1, http(b"x")))
    monkeypatch.setitem(sys.modules, "fastwarc", None)
    with pytest.raises(MissingExtraError, match=r"f\.warc: .*newsdedup\[warc\]"):
        reading(path)

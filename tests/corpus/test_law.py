"""The law of this room: whatever the bytes, documents and bad records come out, or an error of dedup."""

import bz2
import gzip
import lzma

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup import corpus
from dedup.errors import DedupError
from dedup.records import BadRecord, Document

SNIPPETS = [
    b'{"id": 1, "text": "x"}', b'{"text": "', b'"}', b"\n", b"\r\n", b"\r", b'"', b",", b"id,text\n", b"text\n", b";",
    b"\t", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xfe\xff", b"\xe9", b"\\ud800", b"[", b"{", b'<meta charset="',
    b"utf-16", b"shift_jis", b"<html>", b"NaN", b"1e999", b"null", b'{"date": 1e300, "body": "b"}', b'{"": ""}',
    b'{"url": "http://[", "html": "<"}', b'{"Text":"a","TEXT":"b"}', b"WARC/1.0\r\n", b"WARC-Type: response\r\n",
    b"Content-Length: 5\r\n", b"\r\n\r\n", b"PAR1", b"\x1f\x8b\x08\0", b"BZh9", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd",
]  # fmt: skip
contents = st.binary(max_size=200) | st.lists(st.sampled_from(SNIPPETS), max_size=25).map(b"".join)
NAMES = ["a.jsonl", "a.csv", "a.tsv", "a.html", "a.txt", "a.jsonl.gz", "a.csv.bz2", "a.html.xz", "a.jsonl.zst",
         "a.parquet", "a.warc", "a.warc.gz"]  # fmt: skip
relaxed = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)


def obeys(path):
    bad = []
    try:
        documents = list(corpus.read(path, on_bad=bad.append))
    except DedupError:
        return
    assert all(isinstance(document, Document) for document in documents)
    assert all(isinstance(record, BadRecord) and record.reason and record.where for record in bad)
    ids = [document.id for document in documents]
    assert len(set(ids)) == len(ids)
    for document in documents:
        assert document.text is not None or document.html
        "".join(filter(None, (document.id, document.text, document.html, document.title))).encode()


@pytest.mark.parametrize("name", NAMES)
@relaxed
@given(data=contents)
def test_any_bytes(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    obeys(path)


@pytest.mark.parametrize(("suffix", "pack"), [(".gz", gzip.compress), (".bz2", bz2.compress), (".xz", lzma.compress)])
@relaxed
@given(data=contents, cut=st.integers(0, 100), flip=st.integers(0, 2000))
def test_any_damage_of_a_compressed_file(tmp_path, suffix, pack, data, cut, flip):
    packed = bytearray(pack(data))
    del packed[len(packed) - cut :]
    if flip < len(packed):
        packed[flip] ^= 0x55
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(packed)
    obeys(path)

import gzip

import pytest

from dedup.corpus import streams
from tests.corpus.helpers import places, reading


def test_one_document_a_file(tmp_path):
    (tmp_path / "b.htm").write_bytes('<meta charset="windows-1251"><p>Привет'.encode("cp1251"))
    (tmp_path / "a.txt").write_bytes("Bonjour à tous\n".encode())
    (tmp_path / "c.XHTML").write_bytes(b"<p>x")
    (tmp_path / "d.html.gz").write_bytes(gzip.compress(b"<p>y"))
    documents, bad = reading(tmp_path)
    assert [(d.id, d.text, d.html) for d in documents] == [
        (f"{tmp_path}/a.txt", "Bonjour à tous\n", None),
        (f"{tmp_path}/b.htm", None, '<meta charset="windows-1251"><p>Привет'),
        (f"{tmp_path}/c.XHTML", None, "<p>x"),
        (f"{tmp_path}/d.html.gz", None, "<p>y"),
    ]
    assert all(d.where == d.id for d in documents)
    assert bad == []


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7\n", b"<p>\0\0"])
def test_binary_is_not_text(tmp_path, data):
    (tmp_path / "a.html").write_bytes(data)
    documents, bad = reading(tmp_path)
    assert documents == []
    assert places(bad, tmp_path) == [("a.html", "not text")]


def test_empty_file_is_an_empty_document(tmp_path):
    (tmp_path / "a.html").touch()
    (tmp_path / "b.txt.gz").touch()
    (tmp_path / "c.txt").write_bytes(b"\xef\xbb\xbf")
    documents, bad = reading(tmp_path)
    assert [(d.id, d.text, d.html) for d in documents] == [
        (f"{tmp_path}/{name}", "", None) for name in ("a.html", "b.txt.gz", "c.txt")
    ]
    assert bad == []


def test_file_over_the_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1 << 20)
    (tmp_path / "a.txt").write_bytes(b"x" * (1 << 20))
    (tmp_path / "b.txt").write_bytes(b"x" * ((1 << 20) + 1))
    documents, bad = reading(tmp_path)
    assert len(documents) == 1
    assert places(bad, tmp_path) == [("b.txt", "file is longer than 1 MiB")]


def test_late_nul_is_replaced(tmp_path):
    (tmp_path / "a.html").write_bytes(b"<p>" + b"x" * 2000 + b"\0")
    assert reading(tmp_path)[0][0].html.endswith("x\ufffd")


def test_override_does_not_apply_to_pages(tmp_path):
    from dedup.corpus import FieldMap

    (tmp_path / "a.html").write_bytes(b"<p>x")
    assert len(reading(tmp_path, fields=FieldMap(text="body", id="key"))[0]) == 1

import bz2
import gzip
import io
import lzma
import sys

import pytest

from dedup import corpus
from dedup.corpus import streams
from dedup.errors import InputError, MissingExtraError, RecordError
from tests.corpus.helpers import jsonl, reading

zstandard = pytest.importorskip("zstandard")
PACK = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress, ".zst": zstandard.ZstdCompressor().compress}
suffixes = pytest.mark.parametrize("suffix", PACK)
# Ids that do not compress, so that half of the file holds about half of the lines.
ROWS = [{"id": f"{n * 0x9E3779B97F4A7C15 % 2**64:x}{n}", "text": f"{n * n:x}"} for n in range(20_000)]


@suffixes
def test_compressed(tmp_path, suffix):
    path = tmp_path / f"f.jsonl{suffix}"
    path.write_bytes(PACK[suffix](jsonl(*ROWS)))
    told = []
    documents, bad = reading(path, on_progress=told.append)
    assert len(documents) == len(ROWS)
    assert bad == []
    assert sum(told) == path.stat().st_size == corpus.total_bytes(path)


@suffixes
def test_several_members(tmp_path, suffix):
    path = tmp_path / f"f.jsonl{suffix}"
    path.write_bytes(b"".join(PACK[suffix](jsonl({"id": str(n), "text": "x"})) for n in range(50)))
    assert [d.id for d in reading(path)[0]] == [str(n) for n in range(50)]


@suffixes
def test_truncated_keeps_what_came_before(tmp_path, suffix):
    whole = PACK[suffix](jsonl(*ROWS))
    (tmp_path / f"a.jsonl{suffix}").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "b.jsonl").write_bytes(jsonl({"id": "next", "text": "x"}))
    documents, bad = reading(tmp_path)
    assert [d.id for d in documents[:-1]] == [row["id"] for row in ROWS[: len(documents) - 1]]
    assert documents[-1].id == "next"
    assert suffix == ".bz2" or len(documents) > 1000  # bzip2 packs all of this into one block
    assert [b.where for b in bad] == [f"{tmp_path}/a.jsonl{suffix}"]
    assert "compressed stream ends early" in bad[0].reason
    with pytest.raises(RecordError, match="ends early"):
        list(corpus.read(tmp_path, strict=True))


@suffixes
def test_every_truncation_is_noticed(tmp_path, suffix):
    whole = PACK[suffix](jsonl({"text": "x" * 100}))
    path = tmp_path / f"f.jsonl{suffix}"
    for length in range(1, len(whole)):
        path.write_bytes(whole[:length])
        documents, bad = reading(path)
        assert len(documents) <= 1
        assert "compressed stream" in bad[-1].reason, length


@suffixes
def test_damaged_in_the_middle(tmp_path, suffix):
    whole = bytearray(PACK[suffix](jsonl(*ROWS)))
    whole[len(whole) // 2 : len(whole) // 2 + 64] = bytes(64)
    path = tmp_path / f"f.jsonl{suffix}"
    path.write_bytes(whole)
    documents, bad = reading(path)
    assert len(documents) < len(ROWS)
    assert "compressed stream is damaged" in bad[-1].reason


@suffixes
def test_not_compressed_at_all(tmp_path, suffix):
    path = tmp_path / f"f.jsonl{suffix}"
    path.write_bytes(jsonl({"text": "x"}))
    documents, bad = reading(path)
    assert documents == []
    assert "compressed stream" in bad[0].reason


@suffixes
def test_empty_file(tmp_path, suffix):
    path = tmp_path / f"f.jsonl{suffix}"
    path.touch()
    assert reading(path) == ([], [])
    path.write_bytes(PACK[suffix](b""))
    assert reading(path) == ([], [])


@suffixes
def test_long_line_that_packs_well(tmp_path, suffix, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1 << 20)
    path = tmp_path / f"f.jsonl{suffix}"
    path.write_bytes(PACK[suffix](b"y" * 30_000_000 + b"\n" + jsonl({"id": "b", "text": "x"})))
    documents, bad = reading(path)
    assert [d.id for d in documents] == ["b"]
    assert bad[0].where == f"{path}:1"


def test_missing_zstandard(tmp_path, monkeypatch):
    path = tmp_path / "f.jsonl.zst"
    path.write_bytes(PACK[".zst"](b"{}"))
    monkeypatch.setitem(sys.modules, "zstandard", None)
    with pytest.raises(MissingExtraError, match=r"f\.jsonl\.zst: .*newsdedup\[zstd\]"):
        reading(path)


class Stdin:
    closed = False

    def __init__(self, data):
        self.buffer = io.BytesIO(data)


def test_stdin(tmp_path, monkeypatch):
    path = tmp_path / "f.jsonl"
    path.write_bytes(jsonl({"id": "a", "text": "x"}))
    monkeypatch.setattr(sys, "stdin", Stdin(jsonl({"text": "y"}, {"id": "a", "text": "z"})))
    told = []
    documents, bad = reading(["-", path], on_progress=told.append)
    assert [d.id for d in documents] == ["a", "-:1"]
    assert [(b.where, b.reason) for b in bad] == [("-:2", f"id 'a' was already used at {path}:1")]
    assert sum(told) > path.stat().st_size
    assert corpus.total_bytes(["-", path]) is None


@pytest.mark.parametrize(("format", "data"), [("csv", b"text\nx\n"), ("html", b"x"), ("txt", b"x")])
def test_stdin_of_another_format(monkeypatch, format, data):
    monkeypatch.setattr(sys, "stdin", Stdin(data))
    document = reading("-", format=format)[0][0]
    assert (document.text or document.html) == "x"


def test_stdin_that_is_closed(monkeypatch):
    closed = Stdin(b"")
    closed.closed = True
    for stdin in (None, closed):
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(InputError, match="stdin is closed"):
            reading("-")


def test_disk_that_fails_in_the_middle():
    class Failing:
        def read1(self, _size):
            raise OSError(5, "Input/output error")

    with pytest.raises(streams.DamagedError, match="cannot be read: Input/output error"):
        streams.Stream(Failing(), compressed=False).read(10)

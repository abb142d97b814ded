"""Inputs in pieces: each for itself, and together what the whole is."""

import codecs
import gzip
import json
import sys
import tempfile
from itertools import pairwise
from pathlib import Path
from unittest import mock

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.corpus import FieldMap, Split, count_lines, read_split, splits, streams
from dedup.errors import InputError, UsageError
from dedup.records import BadRecord, Document
from tests.corpus.helpers import jsonl, reading

parquet = pytest.importorskip("pyarrow.parquet")
pyarrow = pytest.importorskip("pyarrow")
MODULE = sys.modules[splits.__module__]


def pieces(found, fields=None):
    """Read pieces one after another, lines counted as their caller does."""
    items, before, path = [], 0, None
    for split in found:
        before = before if split.path == path else 0
        path = split.path
        sent = msgspec.json.decode(msgspec.json.encode(split), type=Split)
        items += read_split(sent, fields, before)
        before += count_lines(sent)
    return items


def as_read(items):
    documents = [item for item in items if isinstance(item, Document)]
    return documents, [item for item in items if isinstance(item, BadRecord)]


LINES = [
    b'{"text": "x"}', '{"text": "\u00e9t\u00e9 \u6771\u4eac \U0001f600"}'.encode(), b"",
    b" ", b"\r", b'{"text": "y"}\r', b"[", b"\xef\xbb\xbf",
    b'\xef\xbb\xbf{"text": "z"}', b"\xff\xfe\x00", b'{"text": "\xe9"}', b'{"text": "' + b"long " * 12 + b'"}',
    b"\x00\x00\xfe\xff", b'{"title": "no text"}',
]  # fmt: skip


@settings(deadline=None)
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=12),
    mark=st.sampled_from([b"", codecs.BOM_UTF8]),
    ended=st.booleans(),
    size=st.integers(1, 90),
    chunk=st.sampled_from([5, 16, 1 << 20]),
)
def test_pieces_of_json_lines_are_the_whole(lines, mark, ended, size, chunk):
    if lines and not mark and lines[0] in (LINES[9], LINES[12]):  # a whole file in UTF-16 or UTF-32: not cut
        lines = [b"", *lines]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(mark + b"\n".join(lines) + (b"\n" if ended else b""))
        with mock.patch.object(streams, "CHUNK", chunk), mock.patch.object(MODULE, "CHUNK", chunk):
            found = splits(path, size=size)
            assert len(found) == max(-(-path.stat().st_size // size), 1)
            assert as_read(pieces(found)) == reading(path)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=12)), st.integers(1, 30))
def test_each_line_is_counted_in_the_piece_in_which_it_starts(lines, size):
    data = b"a\n" + b"\n".join(lines)
    starts = [0, *(place + 1 for place, byte in enumerate(data) if byte == 10 and place + 1 < len(data))]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.jsonl"
        path.write_bytes(data)
        for split in splits(path, size=size):
            own = range(split.start, len(data) if split.end is None else split.end)
            assert count_lines(split) == (0 if split.is_whole else sum(start in own for start in starts))


def test_a_line_longer_than_a_piece_is_read_once(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl({"text": "a" * 1000}, {"text": "b"}))
    texts = [[document.text for document in read_split(split)] for split in splits(path, size=100)]
    assert texts == [["a" * 1000], *[[]] * 9, ["b"]]


def test_a_line_over_the_bound_is_told_once(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 100)
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl({"text": "a"}, {"text": "b" * 500}, {"text": "c"}))
    found = as_read(pieces(splits(path, size=90)))
    assert found == reading(path)
    assert [bad.where for bad in found[1]] == [f"{path}:2"]


@pytest.mark.parametrize("codec", ["utf-16", "utf-32"])
def test_wide_text_is_not_cut(tmp_path, codec):
    path = tmp_path / "a.jsonl"
    path.write_bytes("".join(json.dumps({"text": "\u0a0a"}, ensure_ascii=False) + "\n" for _ in range(9)).encode(codec))
    found = splits(path, size=10)
    assert found == [Split(str(path), named=True, format="jsonl")]
    assert as_read(pieces(found)) == reading(path)


def test_all_formats_in_input_order(tmp_path):
    (tmp_path / "b.jsonl").write_bytes(jsonl({"text": "b1"}, {"text": "b2"}, {"text": "b3"}))
    (tmp_path / "a.csv").write_text("text\na1\na2\n")
    (tmp_path / "c.jsonl.gz").write_bytes(gzip.compress(jsonl({"text": "c1"}, {"text": "c2"})))
    (tmp_path / "d.txt").write_text("d1")
    (tmp_path / "e.jsonl").write_bytes(b"")
    found = splits(tmp_path, size=5)
    assert [Path(split.path).name for split in found if split.start == 0] == [
        "a.csv", "b.jsonl", "c.jsonl.gz", "d.txt", "e.jsonl",
    ]  # fmt: skip
    assert all(split.is_whole for split in found if "b.jsonl" not in split.path)
    assert as_read(pieces(found)) == reading(tmp_path)


def test_fields_and_formats_are_those_of_read(tmp_path):
    path = tmp_path / "a.data"
    path.write_bytes(jsonl({"words": "x", "key": 1}, {"words": "y", "key": 2}))
    fields = FieldMap(text="words", id="key")
    found = splits(path, format="jsonl", size=20)
    assert as_read(pieces(found, fields)) == reading(path, format="jsonl", fields=fields)
    assert [document.id for document in pieces(found, fields)] == ["1", "2"]
    with pytest.raises(InputError, match="unknown suffix"):
        splits(path)
    with pytest.raises(UsageError, match="unknown format"):
        splits(path, format="xml")


def test_an_excluded_folder_is_not_cut(tmp_path):
    (tmp_path / "out").mkdir()
    for name in ("a.jsonl", "out/pairs.jsonl"):
        (tmp_path / name).write_bytes(jsonl({"text": "x"}))
    assert [Path(split.path).name for split in splits(tmp_path, exclude=tmp_path / "out")] == ["a.jsonl"]


def test_stdin_is_to_be_written_to_a_file():
    with pytest.raises(UsageError, match=r"stdin cannot be read in pieces\. Write it to a file first"):
        splits(["-"])


def test_parquet_is_cut_between_row_groups(tmp_path):
    path = tmp_path / "a.parquet"
    rows = [{"text": f"text {n}" if n % 5 else None} for n in range(60)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), path, row_group_size=7)
    found = splits(path, size=150)
    groups = parquet.ParquetFile(path).metadata.num_row_groups
    assert 1 < len(found) < groups
    assert [one.end for one in found[:-1]] == [other.start for _, other in pairwise(found)]
    assert sum(map(count_lines, found)) == 60
    assert as_read(pieces(found)) == reading(path)
    assert splits(path) == [Split(str(path), named=True, format="parquet")]


def test_damaged_files_are_told_as_read_tells_them(tmp_path):
    (tmp_path / "a.parquet").write_bytes(b"PAR1" + b"x" * 100)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(jsonl({"text": "b"}) * 99)[:-9])
    found = as_read(pieces(splits(tmp_path, size=10)))
    assert found == reading(tmp_path)
    assert len(found[1]) == 2


@pytest.mark.parametrize("suffix", ["jsonl", "parquet"])
def test_a_file_that_is_gone_is_an_error_where_it_was_named(tmp_path, suffix):
    path = tmp_path / f"a.{suffix}"
    split = Split(str(path), named=False, format=suffix, start=1, end=2)
    assert count_lines(split) == 0
    (bad,) = read_split(split)
    assert (bad.where, bad.reason) == (str(path), "cannot be opened: No such file or directory")
    with pytest.raises(InputError, match="cannot be opened"):
        list(read_split(msgspec.structs.replace(split, named=True)))


def test_a_link_to_nothing_is_told_when_it_is_read(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(jsonl({"text": "a"}))
    (tmp_path / "b.jsonl").symlink_to(tmp_path / "nowhere")
    assert as_read(pieces(splits(tmp_path, size=4))) == reading(tmp_path)

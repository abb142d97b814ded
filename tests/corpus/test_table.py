import time

import pytest

from dedup.corpus import streams
from tests.corpus.helpers import places, reading


def table(tmp_path, data, name="t.csv", **options):
    path = tmp_path / name
    path.write_bytes(data)
    documents, bad = reading(path, **options)
    return documents, places(bad, tmp_path)


def test_rows(tmp_path):
    documents, bad = table(tmp_path, b'id,maintext,Author\n1,"a ""b"",\nc",X\n\n2,d,\n')
    assert [(d.id, d.text, d.extra, d.where[-3:]) for d in documents] == [
        ("1", 'a "b",\nc', {"Author": "X"}, "v:2"),
        ("2", "d", {"Author": ""}, "v:5"),
    ]
    assert bad == []


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_that_of_the_header(tmp_path, delimiter):
    data = f"id{delimiter}text\n1{delimiter}a\n".encode()
    assert [d.text for d in table(tmp_path, data)[0]] == ["a"]


def test_tsv(tmp_path):
    assert table(tmp_path, b"id\ttext, all\ttext\n1\tx\ta, b\n", "t.tsv")[0][0].text == "a, b"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
def test_byte_order_mark(tmp_path, codec):
    assert [d.text for d in table(tmp_path, "text,id\né,1\n".encode(codec))[0]] == ["é"]


def test_empty_file_and_header_alone(tmp_path):
    assert table(tmp_path, b"") == ([], [])
    assert table(tmp_path, b"id,text\n") == ([], [])


def test_without_header(tmp_path):
    documents, bad = table(tmp_path, b"1,some words\n2,others\n")
    assert documents == []
    assert bad[0][0] == "t.csv:1"
    assert "no field with text or html" in bad[0][1]
    assert len(bad) == 1


def test_header_with_a_name_twice(tmp_path):
    assert table(tmp_path, b"id,text,text\n1,a,b\n")[1] == [("t.csv:1", "the header names 'text' twice")]


def test_ragged_rows(tmp_path):
    documents, bad = table(tmp_path, b"id,text\n1\n2,a\n3,b,c\n")
    assert [d.id for d in documents] == ["2"]
    assert bad == [
        ("t.csv:2", "number of fields is 1, the header has 2"),
        ("t.csv:4", "number of fields is 3, the header has 2"),
    ]


@pytest.mark.parametrize("after", [b"4,d\n", b'4,"d"\n', b'4,"d\ne"\n'])
def test_quote_never_closed_spoils_its_line_only(tmp_path, after):
    documents, bad = table(tmp_path, b'id,text\n1,a\n2,"b\n3,c\n' + after + b"5,f\n")
    assert [d.id for d in documents] == ["1", "3", "4", "5"]
    assert bad == [("t.csv:3", "quote is never closed")]


def test_text_after_a_closing_quote(tmp_path):
    documents, bad = table(tmp_path, b'id,text\n1,"a" b\n2,c "d" e\n')
    assert [(d.id, d.text) for d in documents] == [("2", 'c "d" e')]
    assert bad[0][1].startswith("not CSV: ")


def test_quote_never_closed_in_the_last_line(tmp_path):
    documents, bad = table(tmp_path, b'id,text\n1,a\n2,"b')
    assert [d.id for d in documents] == ["1"]
    assert bad == [("t.csv:3", "quote is never closed")]


def test_open_quotes_on_every_line_stay_linear(tmp_path):
    start = time.perf_counter()
    table(tmp_path, b"id,text\n" + b'x","\n' * 100_000)
    assert time.perf_counter() - start < 5


def test_nul_and_invalid_utf8(tmp_path):
    documents, bad = table(tmp_path, b"id,text\n1,a\0b\n2,\xe9\n3,c\n")
    assert [(d.id, d.text) for d in documents] == [("1", "a\ufffdb"), ("3", "c")]
    assert bad[0][0] == "t.csv:3"
    assert "not valid UTF-8" in bad[0][1]


def test_field_over_the_parsers_default_limit(tmp_path):
    documents, bad = table(tmp_path, b"id,text\n1," + b"x" * 500_000 + b"\n")
    assert (len(documents[0].text), bad) == (500_000, [])


def test_row_over_the_bound(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1000)
    lines = [b"id,text", b"1," + b"x" * 2000, b"2,a", b'3,"' + b"y" * 600, b"y" * 600 + b'"', b"4,b"]
    documents, bad = table(tmp_path, b"\n".join(lines))
    assert [d.id for d in documents] == ["2", "4"]
    assert [where for where, _ in bad] == ["t.csv:2", "t.csv:4", "t.csv:5"]
    assert "longer than" in bad[0][1]
    assert "longer than" in bad[1][1]


def test_invalid_utf8_in_a_row_of_several_lines_spoils_that_row(tmp_path):
    documents, bad = table(tmp_path, b'id,text\n1,"a\n\xe9,b\nc"\n2,d\n')
    assert [d.id for d in documents] == ["2"]
    assert [where for where, _ in bad] == ["t.csv:2"]

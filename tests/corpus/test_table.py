import gzip
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
    assert time.perf_counter() - start < 30


def test_nul_and_invalid_utf8(tmp_path):
    documents, bad = table(tmp_path, b"id,text\n1,a\0b\n2,\xe9\n3," + "é".encode() * 10 + b"\n")
    assert [(d.id, d.text) for d in documents] == [("1", "a\ufffdb"), ("3", "é" * 10)]
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
    documents, bad = table(tmp_path, b'id,text\n1,"a\n\xe9,b\nc"\n2,' + "é".encode() * 10 + b"\n")
    assert [d.id for d in documents] == ["2"]
    assert [where for where, _ in bad] == ["t.csv:2"]


LEGACY = [
    ("cp1252", "La bibliothèque a été rouverte à midi, où l’on fêtait l’œuvre du poète"),
    ("cp1250", "Včera byl v městské knihovně otevřen nový dětský sál, ředitel přečetl pohádku"),
    ("cp932", "昨日、市の図書館で新しい児童室が開かれ、館長が絵本を読み聞かせました"),
]


@pytest.mark.parametrize(("codec", "text"), LEGACY)
@pytest.mark.parametrize("name", ["t.csv", "t.tsv"])
def test_legacy_encoding(tmp_path, codec, text, name):
    delimiter = "\t" if name == "t.tsv" else ";"
    rows = [f"id{delimiter}text", *(f"{n}{delimiter}{text} {n}" for n in range(3000))]
    documents, bad = table(tmp_path, "\n".join(rows).encode(codec), name)
    assert bad == []
    assert [d.text for d in documents] == [f"{text} {n}" for n in range(3000)]


def test_byte_that_the_encoding_does_not_know_spoils_its_row_only(tmp_path):
    rows = ["id,text", *(f"{n},{LEGACY[0][1].replace(',', '')}" for n in range(2000)), "x,?", "y,é"]
    documents, bad = table(tmp_path, "\n".join(rows).encode("cp1252").replace(b"?", b"\x81"))
    assert len(documents) == 2001
    assert [where for where, _ in bad] == ["t.csv:2002"]
    assert "not valid CP1252" in bad[0][1]


def test_damage_comes_after_the_rows_before_it(tmp_path):
    data = gzip.compress(b"id,text\n" + b"".join(b"%d,%x\n" % (n, n * 0x9E3779B97F4A7C15 % 2**64) for n in range(2000)))
    documents, bad = table(tmp_path, data[:-1000], "t.csv.gz")
    assert len(documents) > 1000
    assert bad[-1] == ("t.csv.gz", "compressed stream ends early; what came before the end was read")


def test_tsv_knows_no_quotes(tmp_path):
    data = b'id\ttext\n1\t"abc" def\n2\t"open\n3\t"whole ""x"""\n4\t"\n"5"\t""\n'
    documents, bad = table(tmp_path, data, "t.tsv")
    assert [(d.id, d.text) for d in documents] == [
        ("1", '"abc" def'), ("2", '"open'), ("3", 'whole "x"'), ("4", '"'), ("5", ""),
    ]  # fmt: skip
    assert bad == []


@pytest.mark.parametrize("first", [b"sep=;\r\n", b'"sep=;"\n', b"\xef\xbb\xbfsep=;\n"])
def test_separator_line_of_excel(tmp_path, first):
    documents, bad = table(tmp_path, first + b"id;text\n1;a, b, c\n")
    assert [(d.id, d.text, d.where[-6:]) for d in documents] == [("1", "a, b, c", ".csv:3")]
    assert bad == []


def test_columns_without_a_name_are_passed_over(tmp_path):
    documents, bad = table(tmp_path, b",text,,id\n0,a,,1\n1,b,x,2\n")
    assert [(d.id, d.text, d.extra) for d in documents] == [("1", "a", {}), ("2", "b", {})]
    assert bad == []

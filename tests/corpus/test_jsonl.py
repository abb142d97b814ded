import codecs
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup import corpus
from dedup.corpus import streams
from dedup.errors import RecordError
from tests.corpus.helpers import jsonl, places, reading

GOOD = b'{"id":"a","text":"x"}\n'
BAD_LINES = [
    (b'{"text": "x"', "invalid JSON"),
    (b"[1, 2]", "not a JSON object but an array"),
    (b'"text"', "not a JSON object but a string"),
    (b"null", "not a JSON object but null"),
    (b'{"id": "b"}', "no text or html"),
    (b'{"text": 5}', "field 'text' is a number"),
    (b'{"text": ["x"]}', "field 'text' is a list"),
    (b'{"id": {}, "text": "x"}', "field 'id' is an object"),
    (rb'{"text": "\ud800"}', r"a lone surrogate (\ud800) in a string"),
    (rb'{"text": "\udC00 x"}', r"a lone surrogate (\udC00) in a string"),
    (rb'{"text": "\ud83d\ude00 \\\ud83d\\\ude00"}', r"a lone surrogate (\ud83d) in a string"),
    (rb'{"text": "\\ud800", "n": x}', "invalid JSON"),
    (rb'{"text": "\ud83d', "invalid JSON"),
    (b'{"text": "\xed\xa0\x80"}', "not valid UTF-8"),
    (b'{"text": "\xe9t\xe9"}', "not valid UTF-8"),
    (b'{"text": "x"}\0', "invalid JSON"),
    (b"\0", "invalid JSON"),
    (b'{"text": NaN}', "invalid JSON"),
    (b'{"a":' * 100_000, "JSON is nested too deeply"),
    (b"[", "indented JSON file"),
    (b'{"text": "x", "n": 1e999}', "invalid JSON"),
    (b'{"id":"a","text":"y"}', "id 'a' was already used at "),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES, ids=range(len(BAD_LINES)))
def test_bad_line_in_the_middle(tmp_path, line, reason):
    path = tmp_path / "f.jsonl"
    path.write_bytes(GOOD + b"\n" + line + b"\n" + b'{"text":"last"}')
    documents, bad = reading(path)
    assert [(d.id, d.text) for d in documents] == [("a", "x"), (f"{path}:4", "last")]
    assert [b.where for b in bad] == [f"{path}:3"]
    assert reason in bad[0].reason
    with pytest.raises(RecordError) as caught:
        list(corpus.read(path, strict=True))
    assert (caught.value.where, caught.value.what) == (bad[0].where, bad[0].reason)


def test_repeated_id_names_the_first(tmp_path):
    (tmp_path / "a.jsonl").write_bytes(GOOD)
    (tmp_path / "b.jsonl").write_bytes(b"\n" + GOOD)
    documents, bad = reading(tmp_path)
    assert len(documents) == 1
    assert places(bad, tmp_path) == [("b.jsonl:2", f"id 'a' was already used at {tmp_path}/a.jsonl:1")]


def test_id_that_equals_a_made_one_is_repeated(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl({"text": "x"}, {"id": f"{path}:1", "text": "y"}))
    assert len(reading(path)[1]) == 1


def test_nul_in_a_string_is_replaced(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(rb'{"text": "a\u0000b"}')
    assert reading(path)[0][0].text == "a\ufffdb"


@pytest.mark.parametrize("data", [b"", b"\n \n\r\n", codecs.BOM_UTF8])
def test_nothing_is_no_error(tmp_path, data):
    path = tmp_path / "f.jsonl"
    path.write_bytes(data)
    assert reading(path) == ([], [])


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks(tmp_path, codec):
    path = tmp_path / "f.jsonl"
    path.write_bytes(jsonl({"text": "é 東京 😀"}, {"text": "b"}).decode().encode(codec))
    documents, bad = reading(path)
    assert [d.text for d in documents] == ["é 東京 😀", "b"]
    assert bad == []


def test_damaged_utf16(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(codecs.BOM_UTF16_LE + jsonl({"text": "é"}).decode().encode("utf-16-le") + b"x")
    documents, bad = reading(path)
    assert [d.text for d in documents] == ["é"]
    assert bad[0].where == str(path)
    assert "UTF-16" in bad[0].reason


def test_windows_line_ends(tmp_path):
    path = tmp_path / "f.jsonl"
    path.write_bytes(GOOD.replace(b"\n", b"\r\n") * 2)
    documents, bad = reading(path)
    assert len(documents) == len(bad) == 1


def test_line_over_the_bound_is_skipped(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MAX_RECORD_BYTES", 1000)
    path = tmp_path / "f.jsonl"
    long = jsonl({"text": "y" * 2000})
    fitting = jsonl({"id": "b", "text": "z" * 900})
    path.write_bytes(GOOD + long + fitting + long.rstrip())
    documents, bad = reading(path)
    assert [d.id for d in documents] == ["a", "b"]
    assert [b.where for b in bad] == [f"{path}:2", f"{path}:4"]
    assert "longer than" in bad[0].reason


def test_line_of_200_mb_is_never_held(tmp_path):
    path = tmp_path / "f.jsonl"
    with path.open("wb") as file:
        file.write(GOOD + b'{"text":"')
        for _ in range(200):
            file.write(b"y" * 1_000_000)
        file.write(b'"}\n{"text":"last"}\n')
    script = (
        "import sys, resource\nfrom dedup import corpus\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\nbad = []\n"
        "texts = [d.text for d in corpus.read(sys.argv[1], on_bad=bad.append)]\n"
        "grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before\n"
        "print(texts, bad[0].where, bad[0].reason, grown // 1024, sep='|')\n"
    )
    run = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    texts, where, reason, grown_mb = run.stdout.strip().split("|")
    assert texts == "['x', 'last']"
    assert (where, reason) == (f"{path}:2", "line is longer than 64 MiB")
    assert int(grown_mb) < 150


class Chunks:
    def __init__(self, chunks):
        self.chunks = iter(chunks)

    def read(self, _size):
        return next(self.chunks, b"")


@given(
    st.lists(st.binary(min_size=1, max_size=8).map(lambda b: b.replace(b"\xef", b"").replace(b"\xff", b"") or b"\n"))
)
def test_lines_do_not_depend_on_chunks(chunks):
    whole = b"".join(chunks).removeprefix(codecs.BOM_UTF8)
    if whole.startswith(b"\0\0\xfe"):
        return
    expected = whole.split(b"\n")
    if not expected[-1]:
        expected.pop()
    assert list(streams.lines(Chunks(chunks))) == expected

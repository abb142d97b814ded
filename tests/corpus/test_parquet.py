import datetime as dt
import sys

import pytest

from dedup import corpus
from dedup.errors import InputError, MissingExtraError
from tests.corpus.helpers import places, reading

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def write(path, columns, **options):
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_rows(tmp_path):
    path = write(
        tmp_path / "f.parquet",
        {
            "id": pa.array([7, 8, None]),
            "maintext": ["a", None, "c"],
            "date": pa.array([dt.datetime(2020, 1, 2, 3), None, None], pa.timestamp("us", "UTC")),
            "tags": [["x", "y"], None, []],
        },
    )
    documents, bad = reading(path)
    assert [(d.id, d.text, d.where) for d in documents] == [
        ("7", "a", f"{path}:1"),
        (f"{path}:3", "c", f"{path}:3"),
    ]
    assert documents[0].published == "2020-01-02T03:00:00+00:00"
    assert documents[0].extra == {"tags": ["x", "y"]}
    assert places(bad, tmp_path) == [("f.parquet:2", "field 'maintext' is null, and no other holds text")]


def test_many_batches_and_progress(tmp_path):
    path = write(tmp_path / "f.parquet", {"text": [f"text {n}" for n in range(2000)]}, row_group_size=300)
    told = []
    documents, bad = reading(path, on_progress=told.append)
    assert [d.text for d in documents] == [f"text {n}" for n in range(2000)]
    assert (bad, sum(told) > 0) == ([], True)


def test_nanoseconds_and_binary_pages(tmp_path):
    stamps = pa.array([1577934245123456789], pa.timestamp("ns"))
    path = write(tmp_path / "f.parquet", {"html": [b'<meta charset="cp1251">\xcf'], "date": stamps, "seen": stamps})
    document = reading(path)[0][0]
    assert document.html == '<meta charset="cp1251">П'
    assert document.published == "2020-01-02T03:04:05.123456"
    assert document.extra == {"seen": dt.datetime(2020, 1, 2, 3, 4, 5, 123456)}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (pa.duration("ns"), dt.timedelta(microseconds=1)),
        (pa.time64("ns"), dt.time(0, 0, 0, 1)),
        (pa.timestamp("ns", "UTC"), dt.datetime(1970, 1, 1, 0, 0, 0, 1, dt.UTC)),
    ],
)
def test_nanoseconds_of_every_kind(tmp_path, kind, value):
    path = write(tmp_path / "f.parquet", {"text": ["a"], "took": pa.array([1999], pa.int64()).cast(kind)})
    documents, bad = reading(path)
    assert ([d.extra for d in documents], bad) == ([{"took": value}], [])


def test_integral_floats_are_ids(tmp_path):
    path = write(tmp_path / "f.parquet", {"text": ["a", "b", "c"], "id": [1.0, 1.5, float("nan")]})
    documents, bad = reading(path)
    assert [d.id for d in documents] == ["1", f"{path}:3"]
    assert places(bad, tmp_path) == [("f.parquet:2", "field 'id' is a number, not a string")]


def test_invalid_utf8_spoils_its_row_only(tmp_path):
    raw = pa.array([b"a", b"\xff", b"c"])
    text = pa.Array.from_buffers(pa.string(), 3, raw.buffers())
    path = write(tmp_path / "f.parquet", {"text": text})
    documents, bad = reading(path)
    assert [d.text for d in documents] == ["a", "c"]
    assert [b.where for b in bad] == [f"{path}:2"]


@pytest.mark.parametrize("data", [b"", b"not parquet", b"PAR1" + b"x" * 100 + b"PAR1"])
def test_not_parquet(tmp_path, data):
    (tmp_path / "a.parquet").write_bytes(data)
    write(tmp_path / "b.parquet", {"text": ["x"]})
    documents, bad = reading(tmp_path)
    assert len(documents) == 1
    assert places(bad, tmp_path)[0][0] == "a.parquet"
    assert bad[0].reason.startswith("not a Parquet file: ")


def test_damaged_in_the_middle(tmp_path):
    texts = [f"{n * 0x9E3779B97F4A7C15 % 2**64:x}" * 10 for n in range(3000)]
    path = write(tmp_path / "f.parquet", {"text": texts}, row_group_size=1000, use_dictionary=False)
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 5000] = b"\xff" * 5000
    path.write_bytes(data)
    documents, bad = reading(path)
    assert len(documents) < 3000
    assert bad


def test_pipe_or_compressed(tmp_path):
    path = tmp_path / "f.parquet.gz"
    path.write_bytes(b"x")
    with pytest.raises(InputError, match=r"f\.parquet\.gz: Parquet cannot be read from a pipe"):
        list(corpus.read(path))


def test_missing_pyarrow(tmp_path, monkeypatch):
    path = write(tmp_path / "f.parquet", {"text": ["x"]})
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtraError, match=r"f\.parquet: .*newsdedup\[parquet\]"):
        reading(path)

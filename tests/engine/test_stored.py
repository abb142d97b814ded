"""Tables of a scan in parts: the same rows as from a file, in the order of the names, and what is wrong is told."""

import json

import msgspec
import pytest

from dedup.engine.folder import read_folder
from dedup.errors import InputError
from dedup.records import Pair
from tests.report.scanned import scan, write_folder

TABLES = ("pairs", "clusters", "documents", "outlets", "readings")


@pytest.fixture
def folder(tmp_path):
    data = scan()
    others = [Pair("n2", "n3", "excerpt", 0.5, 0.5, 0.5, 18), Pair("x1", "n1", "near", 0.9, 0.9, 0.9, 18)]
    data.pairs = [others[0], *data.pairs, others[1]]
    data.summary.pairs = {"near": 2, "excerpt": 1}
    return write_folder(data, tmp_path / "out")


def in_parts(folder, sizes=(1, 0, 2, 99)):
    """Turn the files into folders of parts with so many lines each."""
    for name in TABLES:
        path = folder / f"{name}.jsonl"
        lines = path.read_bytes().splitlines(keepends=True)
        path.unlink()
        path.mkdir()
        for number, size in enumerate(sizes):
            (path / f"part-{number:05}-7f3a.json").write_bytes(b"".join(lines[:size]))
            lines = lines[size:]
        (path / "_SUCCESS").write_bytes(b"")
        (path / ".part-00000-7f3a.json.crc").write_bytes(b"crc")
    return folder


def flat(row):
    """Maps as lists of pairs, for Arrow."""
    return {name: list(value.items()) if isinstance(value, dict) else value for name, value in row.items()}


def in_columns(folder, passage="list"):
    """Turn the files into folders of Parquet."""
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    counts = pyarrow.map_(pyarrow.string(), pyarrow.int64())
    for name in TABLES:
        path = folder / f"{name}.jsonl"
        rows = [json.loads(line) for line in path.read_bytes().splitlines()]
        path.unlink()
        if passage == "struct" and name == "pairs":
            ends = ("a_start", "a_end", "b_start", "b_end")
            rows = [row | {"passages": [dict(zip(ends, one, strict=True)) for one in row["passages"]]} for row in rows]
        schema = pyarrow.Table.from_pylist(rows).schema
        for place, field in enumerate(schema):
            if field.name in ("stripped", "agencies", "copied_from"):
                schema = schema.set(place, pyarrow.field(field.name, counts))
        table = pyarrow.Table.from_pylist([*map(flat, rows)], schema)
        (folder / f"{name}.parquet").mkdir()
        for number, (start, length) in enumerate(((0, 1), (1, 0), (1, 99))):
            parquet.write_table(
                table.slice(start, length), folder / f"{name}.parquet" / f"part-{number:05}.snappy.parquet"
            )
        (folder / f"{name}.parquet" / "_SUCCESS").write_bytes(b"")
    return folder


def everything(folder):
    data = read_folder(folder)
    return msgspec.structs.replace(data, documents=list(data.documents))


def test_parts_of_lines_are_the_file(folder):
    wanted = everything(folder)
    assert everything(in_parts(folder)) == wanted
    assert (wanted.pairs, wanted.documents) == (scan().pairs, scan().documents)


@pytest.mark.parametrize("passage", ["list", "struct"])
def test_parts_of_parquet_are_the_file(folder, passage):
    wanted = everything(folder)
    assert everything(in_columns(folder, passage)) == wanted


def test_an_export_of_the_same_name_is_no_table(folder):
    (folder / "clusters.parquet").write_bytes(b"PAR1")
    assert everything(folder).clusters == scan().clusters


def test_tables_that_older_versions_had_not(folder):
    for name in ("outlets", "readings"):
        (folder / f"{name}.jsonl").unlink()
    assert everything(in_parts_of(folder, "clusters")).outlets == []


def in_parts_of(folder, name):
    path = folder / f"{name}.jsonl"
    data = path.read_bytes()
    path.unlink()
    path.mkdir()
    (path / "part-0.json").write_bytes(data)
    return folder


@pytest.mark.parametrize("name", TABLES)
def test_a_part_that_was_cut_off_is_named(folder, name):
    in_parts(folder)
    last = [part for part in sorted((folder / f"{name}.jsonl").glob("part-*")) if part.stat().st_size][-1]
    last.write_bytes(last.read_bytes()[:-1])
    with pytest.raises(InputError, match=rf"{name}\.jsonl/{last.name}:\d: the file was cut off in this line"):
        everything(folder)


@pytest.mark.parametrize("bad", [b"{}\n", b"nonsense\n", b"\xff\n"])
@pytest.mark.parametrize("name", TABLES)
def test_a_line_of_a_part_that_is_no_row_is_named(folder, name, bad):
    in_parts(folder)
    part = folder / f"{name}.jsonl" / "part-00001-7f3a.json"
    part.write_bytes(bad)
    with pytest.raises(InputError, match=rf"{name}\.jsonl/{part.name}:1: not what dedup scan writes here"):
        everything(folder)


@pytest.mark.parametrize("make", [in_parts, in_columns])
@pytest.mark.parametrize("name", TABLES[:3])
def test_a_part_that_is_missing_is_told(folder, make, name):
    first = next(path for path in sorted(make(folder).glob(f"{name}.*/part-*")))
    first.unlink()
    with pytest.raises(InputError, match=rf"{name}\.\w+: its parts have \d rows, and summary\.json counts \d"):
        everything(folder)


@pytest.mark.parametrize("name", TABLES)
def test_a_part_of_parquet_that_is_damaged_is_named(folder, name):
    part = next(iter(sorted((in_columns(folder) / f"{name}.parquet").glob("part-*"))))
    part.write_bytes(part.read_bytes()[:-5])
    with pytest.raises(InputError, match=rf"{name}\.parquet/{part.name}: damaged after row 0: "):
        everything(folder)


@pytest.mark.parametrize(("name", "column"), [("clusters", "head"), ("pairs", "b"), ("pairs", "shared")])
def test_columns_that_are_missing_are_told_with_their_part(folder, name, column):
    parquet = pytest.importorskip("pyarrow.parquet")
    for part in (in_columns(folder) / f"{name}.parquet").glob("part-*"):
        parquet.write_table(parquet.read_table(part).drop_columns([column]), part)
    with pytest.raises(InputError, match=rf"{name}\.parquet/part-0000\d\S*:\d: .*missing required field `{column}`"):
        everything(folder)

"""Clusters and outlets as CSV and Parquet, read by other people's readers."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.report.interface import Table
from dedup.report.tables import cluster_table, outlet_table, to_arrow, write_csv, write_parquet
from tests.report.sample import HOSTILE
from tests.report.scanned import empty, hostile, scan

GOLDEN = Path(__file__).parent / "golden"
TABLES = {"clusters": cluster_table, "outlets": outlet_table}


def csv_of(table):
    return b"".join(write_csv(table))


def read(raw):
    return list(csv.reader(io.StringIO(raw.decode("utf-8"), newline=""), strict=True))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_is_as_agreed(name):
    """To agree on a new one: UPDATE_GOLDEN=1 pytest tests/report, and read the difference."""
    file, raw = GOLDEN / f"{name}.csv", csv_of(TABLES[name](scan()))
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(raw)
    assert raw == file.read_bytes()


def test_a_cluster_has_a_row_a_member_with_what_is_known_of_both():
    head, *rows = read(csv_of(cluster_table(scan())))
    by_id = {row[head.index("id")]: dict(zip(head, row, strict=True)) for row in rows}
    assert list(by_id) == ["n1", "n2", "n3", "w1", "w2", "w3"]
    copy = by_id["n2"]
    assert (copy["head"], copy["source"], copy["source_confidence"]) == ("n1", "n1", "medium")
    assert (copy["origin"], copy["origin_confidence"], copy["delay_hours"]) == ("n1", "high", "1.5")
    assert (by_id["n3"]["delay_hours"], by_id["n3"]["published"], by_id["n3"]["title"]) == ("", "", "")
    assert by_id["w2"]["credits"] == "AFP; dpa"
    assert (by_id["w1"]["agency"], by_id["w1"]["agency_confidence"]) == ("AFP", "high")


def test_rows_of_an_older_scan_have_their_one_agency():
    data = scan()
    for row in data.documents:
        row.credits = []
    head, *rows = read(csv_of(cluster_table(data)))
    assert [row[head.index("credits")] for row in rows] == ["", "", "", "AFP", "AFP", ""]


def test_shares_of_outlets():
    head, first, *_ = read(csv_of(outlet_table(scan())))
    row = dict(zip(head, first, strict=True))
    assert [float(row[name]) for name in ("share_original", "share_agency", "share_copied")] == [1 / 3] * 3
    assert row["copied_from"] == '{"kurier.example":1}'
    nothing = scan()
    nothing.outlets[0].documents = 0
    assert dict(zip(head, read(csv_of(outlet_table(nothing)))[1], strict=True))["share_original"] == ""


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_scan_has_a_head_only(name):
    table = TABLES[name](empty())
    assert csv_of(table) == (",".join(table.columns) + "\r\n").encode()
    made = to_arrow(TABLES[name](empty()))
    assert (made.num_rows, made.column_names) == (0, list(table.columns))


FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_text_is_a_formula(text):
    table = Table({"text": "text", "names": "names", "figure": "number"}, [(text, [text, text], -1.5)])
    assert read(csv_of(table))[1] == ["'" + text, f"'{text}; {text}", "-1.5"]


@given(st.lists(st.tuples(st.text(), st.text()), max_size=8))
def test_any_text_comes_back_from_csv(cells):
    raw = csv_of(Table({"a": "text", "b": "text"}, cells))
    rows = read(raw)[1:]
    assert len(rows) == len(cells)
    for row, wanted in zip(rows, cells, strict=True):
        for found, cell in zip(row, wanted, strict=True):
            assert not found.startswith(tuple("=+-@\t\r\n"))
            seen = "".join(c if c in "\t\r\n" or not (c < " " or "\x7f" <= c <= "\x9f") else "\ufffd" for c in cell)
            assert found.removeprefix("'") == seen.removeprefix("'")


@given(st.lists(st.tuples(st.text(), st.lists(st.text(), max_size=3)), max_size=8))
def test_any_text_comes_back_from_parquet(cells):
    from pyarrow import parquet

    raw = b"".join(write_parquet(Table({"a": "text", "b": "names"}, cells)))
    assert [tuple(row.values()) for row in parquet.read_table(io.BytesIO(raw)).to_pylist()] == cells


@pytest.mark.parametrize("name", TABLES)
def test_hostile_names_stay_in_their_cells(name):
    table = TABLES[name](hostile((*HOSTILE, *FORMULAS, 'a","b\r\nc')))
    rows = read(csv_of(table))
    assert {len(row) for row in rows} == {len(table.columns)}
    assert to_arrow(TABLES[name](hostile())).num_rows == (15 if name == "clusters" else 5)


def test_parquet_has_types():
    rows = to_arrow(cluster_table(scan())).to_pylist()
    assert rows[2]["delay_hours"] is None
    assert (rows[1]["size"], rows[1]["jaccard"], rows[4]["credits"]) == (3, 0.9, ["AFP", "dpa"])
    outlet = to_arrow(outlet_table(scan())).to_pylist()[0]
    assert (outlet["agencies"], outlet["documents"]) == ([("AFP", 1)], 3)


def test_many_rows_are_written_piece_by_piece():
    rows = ((str(number),) for number in range(10_000))
    pieces = list(write_csv(Table({"n": "text"}, rows)))
    assert len(pieces) == 4
    assert [row[0] for row in read(b"".join(pieces))[1:]] == [str(number) for number in range(10_000)]
    assert to_arrow(Table({"n": "whole"}, ((number,) for number in range(10_000)))).num_rows == 10_000


def test_parquet_without_pyarrow_says_what_to_install():
    code = (
        "import sys; sys.modules['pyarrow'] = None\n"
        "from dedup.report.tables import write_parquet, Table\n"
        "from dedup.errors import MissingExtraError\n"
        "try: list(write_parquet(Table({}, [])))\n"
        "except MissingExtraError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "newsdedup[parquet]" in done.stdout

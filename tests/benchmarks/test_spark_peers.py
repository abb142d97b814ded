"""benchmarks/spark_peers.py: what goes into the two programs, and how what they write is read."""

import json
from argparse import Namespace
from pathlib import Path

import pytest

pytest.importorskip("scipy")
pytest.importorskip("zstandard")
pa = pytest.importorskip("pyarrow")

import pyarrow.parquet  # noqa: E402, F401

from benchmarks import spark_peers  # noqa: E402
from benchmarks.spark_peers import FITTED, PARTS, Dedup, TextDedup  # noqa: E402

ROWS = [{"id": f"d{i}", "text": f"text {i}"} for i in range(19)]


def test_documents_go_into_parts_in_order(tmp_path):
    folder = spark_peers.to_parquet(iter(ROWS), tmp_path / "in")
    parts = [pa.parquet.read_table(path).to_pylist() for path in sorted(folder.iterdir())]
    assert len(parts) == PARTS
    assert [row for part in parts for row in part] == ROWS


@pytest.mark.parametrize("parted", [False, True])
def test_what_dedup_keeps(tmp_path, parted):
    path = tmp_path / "documents.jsonl"
    rows = [{"id": "a", "is_duplicate": False}, {"id": "b", "is_duplicate": True}, {"id": "c", "is_duplicate": False}]
    if parted:
        path.mkdir()
        (path / "_SUCCESS").touch()
        for i, row in enumerate(rows):
            (path / f"part-{i}.json").write_text(json.dumps(row) + "\n")
    else:
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert Dedup(Path("python")).kept(tmp_path) == {"a", "c"}


def test_what_text_dedup_keeps(tmp_path):
    for i, ids in enumerate((["a", "b"], ["c"])):
        (tmp_path / f"__pid__={i}").mkdir()
        pa.parquet.write_table(
            pa.table({"id": ids, "__id__": [0] * len(ids)}), tmp_path / f"__pid__={i}" / "part.parquet"
        )
    assert TextDedup(Path("python")).kept(tmp_path) == {"a", "b", "c"}


def test_parts_are_fitted_in_a_copy_of_the_script(tmp_path):
    package = tmp_path / "env" / "lib" / "python3.11" / "site-packages" / "text_dedup"
    package.mkdir(parents=True)
    script = package / "minhash_spark.py"
    script.write_text("\n".join(FITTED))
    python, out, options = tmp_path / "env" / "bin" / "python", tmp_path / "out", Namespace(workers=2)
    assert script in TextDedup(python).command("in", out, options)
    assert tmp_path / "minhash_spark.py" in TextDedup(python, fitted=True).command("in", out, options)
    assert (tmp_path / "minhash_spark.py").read_text() == "\n".join(FITTED.values())
    assert script.read_text() == "\n".join(FITTED)
    script.write_text("another version")
    with pytest.raises(SystemExit, match="another version"):
        TextDedup(python, fitted=True).command("in", out, options)


def test_seconds_of_components_are_read_and_told(tmp_path):
    log = tmp_path / "log"
    log.write_text("WARN components 5\ncomponents 1.5\n")
    assert spark_peers.components(log) == 1.5
    scores = dict.fromkeys(("precision", "loose", "recall", "clear_precision", "clear_recall"), 1.0)
    row = {"seconds": 4.0, "cpu": 3.0, "megabytes": 40.0, "kept": 7} | scores
    results = {"dedup": row | {"figures": {"checked": 9, "wrong": 0}}, "text-dedup": row | {"components": 1.5}}
    lines = list(spark_peers.told(results))
    assert len({line.count("|") for line in lines[:4]}) == 1
    assert lines[-2:] == [
        "dedup: 0 of 9 pairs have a wrong figure.",
        "text-dedup: 1.50 s of its wall time are connected components by peers/graphx.",
    ]

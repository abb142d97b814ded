"""benchmarks/scale.py: what it measures of a process, and how it holds a scan against the truth."""

import json
import sys
from argparse import Namespace

import pytest

pytest.importorskip("zstandard")

from benchmarks import scale

ALLOCATE = """
import subprocess, sys, time
from pathlib import Path
held = bytearray(b"x" * 60_000_000)
if len(sys.argv) > 2:
    Path(sys.argv[1], "file").write_bytes(held[:20_000_000])
    subprocess.run([sys.executable, *sys.argv[2:], sys.argv[1]], check=True)
else:
    time.sleep(1)
"""
TRUTH = """id\tsource\tkind\tshared
n1\tn0\tnear\t200
n2\tn0\tquote\t29
n3\tn0\tquote\t31
n1\tsite 4\tdisclaimer\t40
n5\tsite 4\tdisclaimer\t40
n7\tn0\tdigest\t44
n7\tn4\tdigest\t50
"""


def test_memory_is_that_of_all_processes_and_disk_of_all_files(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(ALLOCATE, encoding="utf8")
    usage = scale.run([sys.executable, str(program), str(tmp_path), str(program)], tmp_path, 60)
    assert 120 < usage.anonymous <= usage.resident < 300
    assert 20 <= usage.disk < 25
    assert usage.wall > 1 and 0 < usage.cpu < usage.wall


def test_a_scan_that_takes_too_long_is_ended(tmp_path):
    with pytest.raises(scale.TimedOutError):
        scale.run([sys.executable, "-c", "import time; time.sleep(60)"], tmp_path, 0.3)


def test_pairs_are_held_against_the_truth(tmp_path, monkeypatch):
    monkeypatch.setattr(scale, "CHUNK", 2)
    truth, pairs = tmp_path / "truth.tsv", tmp_path / "pairs.jsonl"
    truth.write_text(TRUTH, encoding="utf8")
    found = [("n0", "n1"), ("n1", "n2"), ("n1", "n5"), ("n4", "n7"), ("n5", "n6")]
    pairs.write_text("".join(json.dumps({"a": a, "b": b, "shared": 50}) + "\n" for a, b in found), encoding="utf8")
    planted = scale.Planted(truth, 8)
    assert scale.check(pairs, planted) == {"story": 3, "furniture": 1, "neither": 1}
    assert planted.recall() == {"near": (1, 1), "quote": (0, 1), "digest": (1, 2)}  # under 30 does not count


def test_tables_of_a_whole_run(tmp_path, capsys):
    chosen = {"memory": None, "workers": 1, "timeout": 300, "no_passages": False, "compressed": False}
    scale.by_size(Namespace(cache=tmp_path, sizes=[300], **chosen))
    out = capsys.readouterr().out
    assert "| identical | 1.0000 (" in out and "| match |" in out and "| 300 | 1 |" in out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["news-300.jsonl", "news-300.tsv"]


def test_a_corpus_is_made_once(tmp_path):
    documents, truth = scale.corpus(tmp_path, "digest", 5)
    before = documents.stat().st_mtime_ns
    assert scale.corpus(tmp_path, "digest", 5) == (documents, truth) and documents.stat().st_mtime_ns == before
    assert len(documents.read_text(encoding="utf8").splitlines()) == 16

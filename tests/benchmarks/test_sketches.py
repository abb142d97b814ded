"""benchmarks/sketches.py: its kernels against what the papers say, and its tables."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

zstandard = pytest.importorskip("zstandard")

from benchmarks.sketches import FINGERPRINTS, SIGNATURES, bits, estimate, pairs_in_common, winnowing  # noqa: E402

ROOT = Path(__file__).parents[2]
WINDOWED = winnowing(7)
HASHES = st.lists(st.integers(1, 2**64 - 1), unique=True, max_size=60)


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures_tell_the_jaccard_similarity(name):
    kernel, setup, kept = SIGNATURES[name]
    generator = np.random.default_rng(7)
    hashes = generator.integers(1, 2**63, (200, 900), dtype=np.uint64) * np.uint64(2)
    documents = [part for own in hashes for part in (own[:600], own[300:])]  # 300 of 900 in both
    offsets = np.append(0, np.cumsum([len(own) for own in documents]))
    out = np.empty((len(documents), 128), np.uint32)
    kernel(np.concatenate(documents), offsets, setup(), out)
    signatures = bits(kept, out)
    copies, others = np.arange(400).reshape(-1, 2), np.arange(1, 399).reshape(-1, 2)
    assert estimate(signatures, copies, kept).mean() == pytest.approx(1 / 3, abs=0.015)
    assert estimate(signatures, copies, kept).std() < 0.1
    assert estimate(signatures, others, kept).mean() == pytest.approx(0, abs=0.015)


@settings(deadline=None)
@given(st.lists(HASHES, min_size=1, max_size=4))
def test_winnowing_takes_the_least_of_each_window(documents):
    offsets = np.append(0, np.cumsum([len(own) for own in documents]))
    ends, kept = np.zeros(len(offsets), np.int64), np.empty(offsets[-1] + 1, np.uint64)
    WINDOWED(np.array([h for own in documents for h in own], np.uint64), offsets, None, (ends, kept))
    for d, own in enumerate(documents):
        windows = [own[i : i + 7] for i in range(max(len(own) - 6, 1))]
        assert kept[ends[d] : ends[d + 1]].tolist() == list(dict.fromkeys(min(window) for window in windows if window))


def test_documents_with_few_shingles_keep_all_where_that_is_asked_for():
    hashes = np.arange(1, 164, dtype=np.uint64)
    kept = {}
    for name in ("1 in 4", "1 in 4, all of documents below 64 (dedup)"):
        kernel, own = FINGERPRINTS[name]
        ends, out = np.zeros(3, np.int64), np.empty(164, np.uint64)
        kernel(hashes, np.array([0, 63, 163]), own, (ends, out))
        kept[name] = np.diff(ends).tolist()
    assert list(kept.values()) == [[15, 25], [63, 25]]


def test_pairs_and_how_much_they_have_in_common():
    keys = np.array([5, 5, 5, 9, 9, 9, 5, 7], np.uint64)
    documents = np.array([2, 0, 2, 2, 0, 1, 1, 1])
    pairs, common = pairs_in_common(keys, documents)
    assert [(int(p) >> 32, int(p) & 0xFFFFFFFF) for p in pairs] == [(0, 1), (0, 2), (1, 2)]
    assert common.tolist() == [2, 2, 2]


def test_tables(tmp_path):
    (tmp_path / "copy").mkdir()
    words = [f"word{k}" for k in np.random.default_rng(3).integers(0, 5000, 400)]
    texts = {"a": words[:200], "b": words[:190], "c": words[100:300], "d": words[300:]}
    raw = "".join(json.dumps({"id": id, "text": " ".join(own)}) + "\n" for id, own in texts.items()).encode()
    (tmp_path / "copy" / "own.jsonl.zst").write_bytes(zstandard.compress(raw))
    # b and c share 90 words, the third pair
    rows = ["id1\tid2\tjaccard\tcontainment\tn_shared", "a\tb\t0.949\t1.0\t186", "a\tc\t0.324\t0.49\t96"]
    (tmp_path / "copy" / "own.pairs.tsv").write_text("\n".join(rows) + "\n", encoding="utf8")
    arguments = ["--data", tmp_path, "--sets", "own", "--speed", "own"]
    command = [sys.executable, ROOT / "benchmarks" / "sketches.py", *arguments]
    result = subprocess.run(command, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in result.stdout.splitlines() if line]
    first = {line[0]: line for line in lines}
    assert set(SIGNATURES) | set(FINGERPRINTS) < set(first)
    assert first["MinHash affine32, 128 maps (dedup)"][5:] == ["1 of 1", "1"]
    assert first["1 in 4, all of documents below 64 (dedup)"][3:] == [
        "100.00%, 100.00%",
        "100.00%, 100.00%",
        "0.00%, 0.00%",
        "3",
    ]

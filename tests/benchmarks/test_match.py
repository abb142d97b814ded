"""benchmarks/match.py: exact truth, what is counted against it, and how time and memory are taken."""

import json
import random
import subprocess
import sys
from itertools import combinations
from pathlib import Path

import pytest

np = pytest.importorskip("numpy")
pytest.importorskip("scipy")
pytest.importorskip("zstandard")

from benchmarks import match, match_truth  # noqa: E402
from benchmarks.match_figures import check  # noqa: E402
from benchmarks.match_scores import CLASSES, Truth, in_order, read_pairs, score_classes, score_kept, score_pairs  # noqa: E402
from tests import naive  # noqa: E402

ROOT = Path(__file__).parents[2]


def shingle_set(words):
    width = min(5, len(words)) or 1
    return {tuple(words[i : i + width]) for i in range(len(words) - width + 1)}


def slow_overlaps(documents):
    """Shared shingles of every two documents, by Python sets."""
    sets = list(map(shingle_set, documents))
    return {(a, b): len(sets[a] & sets[b]) for a, b in combinations(range(len(sets)), 2)}, list(map(len, sets))


def invented(seed, n_documents, n_words, length):
    """Documents of few words, some of them pieces of others: shingles that many share, and repeated ones."""
    choice = random.Random(seed)
    documents = [[f"w{choice.randrange(n_words)}" for _ in range(choice.randrange(length))] for _ in range(n_documents)]
    for _ in range(n_documents // 2):
        a, b = choice.choice(documents), choice.choice(documents)
        documents.append(a[choice.randrange(len(a) + 1) :] + b[: choice.randrange(len(b) + 1)])
    return documents


@pytest.mark.parametrize(("seed", "n_words", "length"), [(1, 2, 40), (2, 6, 90), (3, 200, 120), (4, 3, 7)])
def test_truth_is_that_of_python_sets(monkeypatch, seed, n_words, length):
    monkeypatch.setattr(match_truth, "BLOCK", 7)
    documents = invented(seed, 40, n_words, length)
    shared, sizes = slow_overlaps(documents)
    wanted = {
        (a, b): n
        for (a, b), n in shared.items()
        if n and (n >= 0.65 * (sizes[a] + sizes[b] - n) or (n >= 15 and n >= 0.2 * min(sizes[a], sizes[b])))
    }
    found_sizes, (a, b, n) = match_truth.overlaps(documents)
    assert found_sizes.tolist() == sizes
    assert dict(zip(zip(a.tolist(), b.tolist(), strict=True), n.tolist(), strict=True)) == wanted
    assert wanted


def test_a_short_document_is_one_shingle_and_an_empty_one_none():
    sizes, (a, b, shared) = match_truth.overlaps([["a", "b"], [], ["a", "b"], ["a"], ["a", "b", "c", "d", "e"], []])
    assert sizes.tolist() == [1, 0, 1, 1, 1, 0]
    assert list(zip(a, b, shared, strict=True)) == [(0, 2, 1)]


def test_truth_program(tmp_path):
    rows = [
        {"id": f"d{i}", "text": text}
        for i, text in enumerate(["Rain in the west today.", "rain, IN the west today", "x"])
    ]
    source, target = tmp_path / "in.jsonl", tmp_path / "truth.npz"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows))
    subprocess.run([sys.executable, ROOT / "benchmarks" / "match_truth.py", source, target], check=True)
    truth = Truth.load(target)
    assert truth.ids == ["d0", "d1", "d2"]
    assert truth.near(1.0) == {("d0", "d1")}


def truth_of(ids, figures):
    """Truth from {(a, b): shared shingles} of documents of 100 shingles each."""
    place = {id: i for i, id in enumerate(ids)}
    a, b = np.array([[place[a], place[b]] for a, b in figures]).T
    return Truth.of(list(ids), np.full(len(ids), 100), a, b, np.array(list(figures.values())))


# Of 200 - n shingles n: Jaccard 0.702 from 82.5, 0.681 from 81, 0.724 from 84, and 0.887 from 94.
CHAIN = truth_of("abcde", {("a", "b"): 94, ("b", "c"): 94, ("d", "e"): 81})


def test_kept_all_but_right_copies():
    scores = score_kept(CHAIN, {"a", "c", "d", "e"})
    assert (scores["precision"], scores["loose"], scores["recall"]) == (1, 1, 1)


def test_a_chain_removed_is_only_loosely_right():
    scores = score_kept(CHAIN, {"a", "d", "e"})
    assert (scores["precision"], scores["loose"], scores["recall"], scores["kept"]) == (0.5, 1, 1, 3)


def test_nothing_removed_misses_each_later_copy():
    scores = score_kept(CHAIN, set("abcde"))
    assert scores["precision"] is None
    assert scores["recall"] == 0


def test_a_pair_near_the_bound_is_neither_wrong_nor_missed_clear_of_it():
    scores = score_kept(CHAIN, {"a", "c", "d"})
    assert (scores["precision"], scores["clear_precision"]) == (0.5, 1)
    near = truth_of("ab", {("a", "b"): 83})
    kept = score_kept(near, {"a", "b"})
    assert (kept["recall"], kept["clear_recall"]) == (0, None)


def test_pairs_are_scored_in_input_order():
    given = in_order(CHAIN.ids, {("b", "a"), ("d", "e"), ("a", "e")})
    scores = score_pairs(CHAIN, given)
    assert scores["pairs"] == 3
    assert (scores["precision"], scores["recall"]) == (pytest.approx(1 / 3), 0.5)
    assert scores["clear_precision"] == pytest.approx(2 / 3)


def test_classes_count_pairs_of_any_relation():
    truth = truth_of("abcd", {("a", "b"): 90, ("a", "c"): 60, ("b", "c"): 30, ("c", "d"): 29})
    found = score_classes(truth, {("a", "b"), ("b", "c"), ("c", "d")})
    assert found == dict(zip(CLASSES, [(1, 1), (2, 1), (1, 1)], strict=True))
    some = score_classes(truth, {("a", "b"), ("b", "c")}, among=np.array([False, True, True, True]))
    assert some == dict(zip(CLASSES, [(0, 0), (1, 0), (1, 1)], strict=True))


def test_pairs_are_read_from_both_formats(tmp_path):
    plain, own = tmp_path / "a.pairs", tmp_path / "pairs.jsonl"
    plain.write_text("a\tb\nb\tc\n")
    own.write_text('{"a": "a", "b": "b", "relation": "near"}\n{"a": "b", "b": "c", "relation": "passage"}\n')
    assert read_pairs(plain) == read_pairs(own) == {("a", "b"), ("b", "c")}
    assert read_pairs(own, {"near", "exact"}) == {("a", "b")}


def test_figures_of_a_scan_are_recomputed():
    rain = "rain fell on the northern hills all night and the river rose by a metre before dawn came at last"
    texts = {"a": rain, "b": rain + " over the wet fields", "c": rain.upper()}
    documents = {id: naive.words(text) for id, text in texts.items()}

    def row(a, b, kind):
        shared, in_a, in_b = naive.overlap(texts[a], texts[b])
        figures = {
            "jaccard": shared / (in_a + in_b - shared),
            "containment_a": shared / in_a,
            "containment_b": shared / in_b,
        }
        return {"a": a, "b": b, "relation": kind, **figures, "shared": shared}

    good = [row("a", "b", "near"), row("a", "c", "exact")]
    assert check(good, documents) == []
    bad = [good[0] | {"shared": 15}, good[1] | {"relation": "near"}, good[0] | {"jaccard": 0.81}]
    assert [wrong for wrong, _ in check(bad, documents)] == bad


def test_input_is_prepared_without_empty_documents(tmp_path):
    source = tmp_path / "in.jsonl"
    source.write_text(
        "".join(json.dumps({"id": i, "text": text, "x": 1}) + "\n" for i, text in enumerate(["a", "…", "", "b"]))
    )
    rows = [json.loads(line) for line in match.prepared(source, tmp_path / "data", None).open()]
    assert rows == [{"id": "0", "text": "a"}, {"id": "3", "text": "b"}]
    assert len(list(match.prepared(source, tmp_path / "data", 1).open())) == 1


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_time_and_memory_are_of_the_whole_tree(tmp_path):
    spend = (
        "import time, os; x = bytearray(60_000_000); t = time.process_time()\nwhile time.process_time() < t + 0.3: pass"
    )
    code = f"import subprocess, sys; two = [subprocess.Popen([sys.executable, '-c', {spend!r}]) for _ in range(2)]"
    figures = match.measured([sys.executable, "-c", code + "; [p.wait() for p in two]"], tmp_path)
    assert figures["cpu"] >= 0.6
    assert figures["megabytes"] >= 110
    assert figures["seconds"] >= 0.3
    with pytest.raises(RuntimeError, match="failed"):
        match.measured([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_tables_have_a_row_for_each_tool():
    row = {"seconds": 2.0, "cpu": 3.0, "megabytes": 40.0} | score_kept(CHAIN, {"a", "c", "d", "e"})
    lines = list(match.table("kept", {"dedup": row, "slow": row | {"seconds": 5.0}, "broken": {"error": "no"}}))
    assert len({line.count("|") for line in lines}) == 1
    assert "2.5" in lines[3]
    assert "failed" in lines[4]

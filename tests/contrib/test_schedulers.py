"""The stages as functions of batches: each alone, and the examples of docs/schedulers.md as they stand."""

import json
import re
import runpy
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

import dedup
from dedup.contrib.batches import FULL, clean_batch, pair_batch, sketch_batch, verify_batch
from tests import naive
from tests.contrib.optional import needed
from tests.contrib.stories import paragraphs

REPOSITORY = Path(__file__).parents[2]
DOCS = (REPOSITORY / "docs" / "schedulers.md").read_text("utf-8")
FERRY, TEA = paragraphs("ferry"), paragraphs("tea")
TEXTS = {
    "ferry": "\n".join(FERRY),
    "same": " ".join(FERRY).upper(),
    "cut": "\n".join(FERRY[:-1]),
    "half": "\n".join([*TEA[:4], *FERRY[:3]]),
    "tea": "\n".join(TEA),
    "few": "Rain at last",
    "few again": "rain, at last",
}


def key_rows(ids, sketches):
    keys = [(key, id) for id, row in zip(ids, sketches["keys"], strict=True) for key in row.tolist()]
    return {"key": [key for key, _ in keys], "id": [id for _, id in keys]}


def beside(sketches, rows):
    """The columns of verification for pairs of rows."""
    return {
        f"{name}_{x}": [sketches[name][pair[i]] for pair in rows]
        for name in ("shingles", "digest")
        for i, x in enumerate("ab")
    }


def slow_pairs(rows):
    """Common keys of every two documents, by Python sets; each key in few documents."""
    keys = {}
    for key, id in zip(rows["key"], rows["id"], strict=True):
        keys.setdefault(id, set()).add(key)
    counts = {(a, b): len(keys[a] & keys[b]) for a, b in combinations(sorted(keys), 2)}
    return {pair: n for pair, n in counts.items() if n}


def as_dict(pairs):
    return dict(zip(zip(pairs["a"].tolist(), pairs["b"].tolist(), strict=True), pairs["common"].tolist(), strict=True))


def test_pairs_are_those_of_python_sets():
    random = np.random.default_rng(7)
    rows = {
        (int(key), f"d{id:02}")
        for key, id in zip(random.integers(0, 60, 500), random.integers(0, 40, 500), strict=True)
    }
    batch = {"key": [key for key, _ in rows], "id": [id for _, id in rows]}
    assert as_dict(pair_batch(batch)) == slow_pairs(batch)
    assert len(pair_batch({"key": [], "id": []})["a"]) == 0


def test_a_key_of_many_documents_makes_few_pairs():
    ids = [f"d{i:03}" for i in range(FULL + 1)]
    every = as_dict(pair_batch({"key": [5] * FULL, "id": ids[:-1]}))
    assert len(every) == FULL * (FULL - 1) // 2
    assert as_dict(pair_batch({"key": [5] * (FULL + 1), "id": ids})) == {(ids[0], id): 1 for id in ids[1:]}


def test_figures_are_those_of_the_slow_twin():
    ids, texts = list(TEXTS), list(TEXTS.values())
    rows = list(combinations(range(len(ids)), 2))
    found = verify_batch(beside(sketch_batch(texts), rows))
    for i, (a, b) in enumerate(rows):
        shared, in_a, in_b = naive.overlap(texts[a], texts[b])
        figures = [found[name][i] for name in ("shared", "jaccard", "containment_a", "containment_b")]
        assert figures == [shared, shared / (in_a + in_b - shared), shared / in_a, shared / in_b], (ids[a], ids[b])
    relations = {(ids[a], ids[b]): kind for (a, b), kind in zip(rows, found["relation"], strict=True) if kind}
    assert relations == {(pair.a, pair.b): pair.relation for pair in scanned(TEXTS)}
    assert relations["ferry", "same"] == "exact"
    assert relations["ferry", "cut"] == "near"


def test_bounds_are_those_asked_for():
    sketches = sketch_batch([TEXTS["ferry"], TEXTS["cut"]], bounds=dedup.Bounds(0.99, 0.999, 5000))
    strict = verify_batch(beside(sketches, [(0, 1)]), bounds=dedup.Bounds(0.99, 0.999, 5000))
    assert strict["relation"].tolist() == [None]
    assert verify_batch(beside(sketches, [(0, 1)]))["relation"].tolist() == ["near"]


def test_what_has_no_word_has_no_key():
    sketches = sketch_batch([None, "", "…", "a word"])
    assert [len(keys) > 0 for keys in sketches["keys"]] == [False, False, False, True]
    assert [len(row) for row in sketches["shingles"]] == [0, 0, 0, 1]
    assert sketch_batch([])["keys"] == []


def test_copies_have_keys_in_common():
    pairs = as_dict(pair_batch(key_rows(TEXTS, sketch_batch(list(TEXTS.values())))))
    wanted = {tuple(sorted((pair.a, pair.b))) for pair in scanned(TEXTS)}
    assert wanted <= {pair for pair, common in pairs.items() if common >= 2}
    assert ("few", "tea") not in pairs


def scanned(texts):
    documents = [dedup.Document(id=id, text=text) for id, text in texts.items()]
    return list(dedup.scan(documents, clean=False).pairs())


@pytest.fixture(scope="module")
def wanted():
    """What a scan finds in the cleaned pages of the newsroom: pairs by id, with relation and figures."""
    lines = (REPOSITORY / "fixtures" / "newsroom" / "documents.jsonl").read_text("utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    texts = clean_batch({name: [row[name] for row in rows] for name in ("id", "url", "html")})["text"]
    pairs = scanned({row["id"]: text for row, text in zip(rows, texts, strict=True)})
    return {row_of(pair.a, pair.b, pair) for pair in pairs}


def row_of(a, b, pair):
    a, b, one, other = min(
        (a, b, pair.containment_a, pair.containment_b), (b, a, pair.containment_b, pair.containment_a)
    )
    return a, b, pair.relation, pair.jaccard, one, other, pair.shared


@pytest.mark.parametrize(("place", "library"), [(0, "datasets"), (1, "dask.dataframe")])
def test_examples_find_what_a_scan_finds(place, library, wanted, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    needed(library)
    monkeypatch.chdir(REPOSITORY)
    script = tmp_path / "example.py"
    script.write_text(re.findall(r"^```python\n(.+?)^```$", DOCS, re.MULTILINE | re.DOTALL)[place], "utf-8")
    found = runpy.run_path(str(script), run_name="__main__")["found"]
    assert {row_of(pair.a, pair.b, pair) for pair in found.itertuples()} == wanted
    assert len(found) == len(wanted) > 100

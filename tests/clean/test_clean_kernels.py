from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from dedup.clean.context import SEQUENCE_NAMES, TREE_NAMES, neighbours, relate_sequence, relate_tree
from dedup.clean.labels import coverage
from dedup.clean.linear import fit_linear
from dedup.clean.ngrams import PEAKS, bags, join_lines, scores
from dedup.clean.shape import SHAPE_NAMES, line_shapes
from dedup.clean.trees import evaluate_trees, export_trees
from tests.clean import naive

LINES = st.lists(st.text(alphabet=st.characters(exclude_characters="\n"), max_size=80), min_size=1, max_size=8)
LATIN = st.text(alphabet="abz ABZé 019.,;!?-\"'", min_size=1, max_size=60)


@given(LINES)
def test_lines_are_where_the_offsets_say(lines: list[str]) -> None:
    buf, starts = join_lines(lines)
    cut = [buf[a : b - 1].tobytes() for a, b in pairwise(starts)]
    assert cut == [line.encode("utf-8", "replace") for line in lines]


@settings(deadline=None)
@given(LATIN)
def test_shapes_are_those_of_the_naive_twin(line: str) -> None:
    row = dict(zip(SHAPE_NAMES, line_shapes(*join_lines([line]))[0].tolist(), strict=True))
    for name, expected in naive.shape(line).items():
        assert row[name] == pytest.approx(expected, abs=1e-5), name


@pytest.mark.parametrize(
    ("line", "column", "expected"),
    [
        ("Он пришёл.", "ends_stop", 1),
        ("他来了。", "ends_stop", 1),
        ("هل جاء؟", "ends_stop", 1),
        ("वह आया।", "ends_stop", 1),
        ("« C'est fini. »", "ends_stop", 1),
        ("Menu", "ends_stop", 0),
        ("Read also:", "ends_colon", 1),
        ("他说：", "ends_colon", 1),
        ("Read on...", "ends_ellipsis", 1),
        ("Read on…", "ends_ellipsis", 1),
        ("élan", "first", 1),
        ("Élan", "first", 2),
        ("© 2024", "copyright", 1),
        ("at 17:45", "time", 1),
        ("see https://example.org", "url", 1),
    ],
)
def test_shapes_in_many_scripts(line: str, column: str, expected: float) -> None:
    assert line_shapes(*join_lines([line]))[0, SHAPE_NAMES.index(column)] == expected


@settings(deadline=None)
@given(LINES)
def test_scores_are_those_of_the_bags(lines: list[str]) -> None:
    rng = np.random.default_rng(0)
    weights, bias = rng.normal(size=(1 << 8, 3)).astype(np.float32), rng.normal(size=3).astype(np.float32)
    buf, starts = join_lines(lines)
    indptr, indices = bags(buf, starts, 8)
    got, peaks = scores(buf, starts, weights, bias)
    for row in range(len(lines)):
        bag = indices[indptr[row] : indptr[row + 1]].tolist()
        np.testing.assert_allclose(got[row], naive.line_scores(bag, weights, bias), rtol=1e-3, atol=1e-3)
        np.testing.assert_allclose(peaks[row], naive.line_peaks(bag, weights, PEAKS), rtol=1e-4, atol=1e-4)


def test_digits_fold_and_words_count_in_their_order() -> None:
    buf, starts = join_lines(["on 12 may 2023", "on 7 may 1999", "may 7 on 1999"])
    indptr, indices = bags(buf, starts)
    rows = [sorted(indices[a:b].tolist()) for a, b in pairwise(indptr)]
    assert rows[0] == rows[1]
    assert rows[0] != rows[2]


def test_the_middle_of_a_long_line_is_not_read() -> None:
    ends = "begin " * 60, " end" * 30
    buf, starts = join_lines([f"{ends[0]}one{ends[1]}", f"{ends[0]}{'two ' * 3000}{ends[1]}"])
    indptr, indices = bags(buf, starts)
    assert indices[: indptr[1]].tolist() == indices[indptr[1] :].tolist()


def test_the_linear_model_learns_what_is_there_to_learn() -> None:
    lines = [f"share this {i % 7}" for i in range(50)] + [f"the mayor said {i % 7}" for i in range(50)]
    codes = np.array([1] * 50 + [0] * 50)
    indptr, indices = bags(*join_lines(lines), 10)
    weights, bias = fit_linear(indptr, indices, codes, np.ones(100, np.float32), 2, 1 << 10)
    again, _ = fit_linear(indptr, indices, codes, np.ones(100, np.float32), 2, 1 << 10)
    assert (
        scores(*join_lines(["please share this", "then the mayor said"]), weights, bias)[0].argmax(1) == [1, 0]
    ).all()
    np.testing.assert_array_equal(weights, again)


def test_what_one_site_says_has_no_weight() -> None:
    lines = ["alpha beta", "alpha gamma", "alpha delta"]
    indptr, indices = bags(*join_lines(lines), 12)
    weights, _ = fit_linear(
        indptr, indices, np.array([0, 1, 1]), np.ones(3, np.float32), 2, 1 << 12, groups=np.arange(3), min_groups=2
    )
    only_beta = set(indices[: indptr[1]].tolist()) - set(indices[indptr[1] :].tolist())
    assert only_beta
    assert not weights[sorted(only_beta)].any()
    assert weights.any()


def fitted_trees(seed: int, missing: float) -> tuple[object, np.ndarray]:
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(seed)
    x = rng.normal(size=(600, 5)).astype(np.float32)
    x[rng.random(x.shape) < missing] = np.nan
    y = np.nan_to_num(x[:, 0]) * np.nan_to_num(x[:, 1]) + rng.normal(size=600) * 0.3 > 0
    return HistGradientBoostingClassifier(max_iter=12, random_state=0).fit(x, y), x


@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_trees_are_those_of_scikit_learn_and_of_the_naive_twin(missing: float) -> None:
    model, x = fitted_trees(3, missing)
    trees = export_trees(model)
    # Values at the very thresholds are where rounding would show.
    edges = np.tile(trees["threshold"][trees["feature"] >= 0][:200, None], (1, 5))
    for rows in (x, edges):
        got = evaluate_trees(trees, rows)
        np.testing.assert_allclose(got, model.predict_proba(rows)[:, 1], atol=1e-6)
        assert got[:20] == pytest.approx([naive.trees_probability(trees, row) for row in rows[:20]], abs=1e-6)


@settings(deadline=None)
@given(hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(0, 1, width=32)), st.integers(0, 2**31))
def test_context_of_the_sequence(p: np.ndarray, seed: int) -> None:
    chars = np.random.default_rng(seed).integers(1, 900, p.size).astype(np.float32)
    out = relate_sequence(p, chars, np.array([0, p.size]))
    column = {name: out[:, k] for k, name in enumerate(SEQUENCE_NAMES)}
    for i in range(p.size):
        assert column["p-1"][i] == (p[i - 1] if i else -1)
        assert column["p+2"][i] == (p[i + 2] if i + 2 < p.size else -1)
        assert column["window"][i] == pytest.approx(naive.window_mean(p, chars, i), abs=1e-4)
        before = [i - j for j in range(i) if p[j] > 0.5 and chars[j] > 60]
        if before:
            assert column["good_before"][i] == min(before[-1], 64)


def test_documents_do_not_see_one_another() -> None:
    p = np.linspace(0, 1, 12).astype(np.float32)
    chars = np.full(12, 100, np.float32)
    together = relate_sequence(p, chars, np.array([0, 5, 5, 12]))
    np.testing.assert_array_equal(together[:5], relate_sequence(p[:5], chars[:5], np.array([0, 5])))
    np.testing.assert_array_equal(together[5:], relate_sequence(p[5:], chars[5:], np.array([0, 7])))
    shifted = neighbours(p[:, None], np.array([0, 5, 12]), (-1, 1))
    assert np.isnan(shifted[[0, 5], 0]).all()
    assert np.isnan(shifted[[4, 11], 1]).all()
    assert shifted[3, 0] == p[2]


def test_the_article_is_where_the_probable_text_is() -> None:
    # 0 root; 1 menu; 2 article with 3 and 4 inside; one block each in 1, 3, 4
    parent, depth = np.array([-1, 0, 0, 2, 2]), np.array([0, 1, 1, 2, 2])
    element = np.array([1, 3, 4])
    p, chars = np.array([0.1, 0.9, 0.9], np.float32), np.array([50, 300, 300], np.float32)
    groups = np.zeros(3, np.int64)
    out = relate_tree(p, chars, np.array([0, 3]), element, parent, depth, np.array([0, 5]), groups, groups)
    column = {name: out[:, k] for k, name in enumerate(SEQUENCE_NAMES + TREE_NAMES)}
    assert column["in_article"].tolist() == [0, 1, 1]
    assert column["steps"].tolist() == [-1, 1, 1]


def test_blocks_that_stand_in_the_gold_text_are_found() -> None:
    gold = "The council met on Monday to vote.\nAnd so it goes\nOne\nTwo\nThe mayor spoke for an hour at least."
    blocks = ["Home", "The council met on Monday to vote.", "And so it goes", "One", "Two", "Share",
              "The mayor spoke for an hour at least.", "Nothing of this stands there, not a word."]  # fmt: skip
    assert coverage(blocks, gold) == [0, 1, 1, 1, 1, 0, 1, 0]
    assert coverage(blocks[1:3], gold) == [naive.coverage(block, gold) for block in blocks[1:3]]


def test_of_two_copies_the_one_among_its_neighbours_counts() -> None:
    lead, second, third = (
        "The council met on Monday to vote.",
        "Nobody knew what would come of it.",
        "It rained all day long that day.",
    )
    blocks = [lead, "Menu", "Sports", "Weather", lead, second, third]
    assert coverage(blocks, "\n".join((lead, second, third))) == [0, 0, 0, 0, 1, 1, 1]

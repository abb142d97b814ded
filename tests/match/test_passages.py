"""Shared passages: runs of the same words in both texts, merged over small edits, as the slow walk finds them."""

import sys
import time

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dedup import match, sketch
from tests import naive

WORD = st.sampled_from(["a", "B,", "c", "E\u0301", "é", "東", "d-f", "한", "\U0001f600"])
WORDS = st.lists(WORD, max_size=30)
TEXT = WORDS.map(" ".join)
STORY = [f"w{k}" for k in range(60)]


@st.composite
def edited(draw):
    """A text and one made of it by replacing, inserting, deleting and moving words."""
    one = draw(st.lists(st.sampled_from("abcdefgh") | WORD, max_size=60))
    other = list(one)
    for _ in range(draw(st.integers(0, 6))):
        start, taken = draw(st.integers(0, len(other))), draw(st.integers(0, 10))
        piece = other[start : start + taken]
        other[start : start + taken] = draw(st.lists(WORD, max_size=10))
        if draw(st.booleans()):
            to = draw(st.integers(0, len(other)))
            other[to:to] = piece
    return " ".join(one), " ".join(other)


def passages(a, b):
    spans, offsets = match.passages(sketch.pack([a, b]), np.array([0]), np.array([1]))
    assert offsets.tolist() == [0, len(spans)]
    return spans.tolist()


def shared(one, other):
    """The words of A's side and of B's side of each passage, as numbers of the story's words, None for others."""
    a, b = " ".join(one), " ".join(other)
    number = {word: k for k, word in enumerate(STORY)}
    return [
        tuple([number.get(word) for word in text.split()] for text in (a[start:end], b[first:last]))
        for start, end, first, last in passages(a, b)
    ]


def common(one, other):
    """Length of the longest common subsequence."""
    row = [0] * (len(other) + 1)
    for word in one:
        before = row
        row = [0]
        for k, name in enumerate(other):
            row.append(before[k] + 1 if word == name else max(row[k], before[k + 1]))
    return row[-1]


@settings(max_examples=300)
@given(TEXT, TEXT)
def test_passages_are_those_of_the_slow_twin(a, b):
    assert passages(a, b) == naive.passages(a, b)


@settings(max_examples=300)
@given(edited())
@example(("f c b a g h " * 3 + "a b c d e", "c b a g h f " * 3 + "b c d e a"))
def test_passages_of_edited_texts_are_those_of_the_slow_twin(texts):
    assert passages(*texts) == naive.passages(*texts)


@settings(max_examples=300)
@given(edited())
def test_passages_stand_in_order_and_are_more_than_half_shared(texts):
    behind = 0
    for a_start, a_end, b_start, b_end in passages(*texts):
        assert behind <= a_start < a_end <= len(texts[0])
        assert 0 <= b_start < b_end <= len(texts[1])
        behind = a_end
        one, other = naive.words(texts[0][a_start:a_end]), naive.words(texts[1][b_start:b_end])
        assert one[:5] == other[:5]
        assert one[-1] == other[-1]
        assert 2 * common(one, other) > max(len(one), len(other))


def test_spans_are_code_points_of_whole_tokens():
    a = "«Ünë 東 😀 two three fou\u0301r», five"
    b = "\ud800 so: une 東 two THREE four five"
    assert [(a[s:e], b[t:f]) for s, e, t, f in passages(a, b)] == [
        ("Ünë 東 😀 two three fou\u0301r», five", "une 東 two THREE four five")
    ]


@pytest.mark.parametrize(
    ("taken", "put"),
    [
        (1, ["replaced"]),
        (1, []),
        (0, ["inserted"]),
        (3, ["a", "name", "spelled", "otherwise"]),
        (0, ["the", "minister", "said", "in", "a", "statement", "on", "Friday"]),
        (8, []),
        (0, [STORY[19]]),
        (0, STORY[16:20]),
    ],
)
def test_a_small_edit_is_part_of_a_passage(taken, put):
    other = [*STORY[:20], *put, *STORY[20 + taken :]]
    for one, two in ((STORY, other), (other, STORY)):
        ((left, right),) = shared(one, two)
        assert (len(left), len(right)) == (len(one), len(two))


@pytest.mark.parametrize(("taken", "put"), [(0, 9), (9, 0), (9, 9), (1, 9), (0, 40)])
def test_a_longer_one_ends_it(taken, put):
    other = [*STORY[:20], *(f"new{k}" for k in range(put)), *STORY[20 + taken :]]
    assert shared(STORY, other) == [
        (list(range(20)), list(range(20))),
        (list(range(20 + taken, 60)), list(range(20 + taken, 60))),
    ]


@pytest.mark.parametrize("short", [STORY[:5], STORY[20:25]])
def test_a_gap_is_no_longer_than_the_shorter_run_beside_it(short):
    rest = STORY[30:50]
    for gap in (5, 6):
        for one, other in (
            ([*short, *rest], [*short, *["x"] * gap, *rest]),
            ([*rest, *short], [*rest, *["x"] * gap, *short]),
        ):
            assert len(passages(" ".join(one), " ".join(other))) == (1 if gap == 5 else 2)
            assert len(passages(" ".join(other), " ".join(one))) == (1 if gap == 5 else 2)


def test_edits_are_merged_over_and_over():
    other = [word if k % 6 else "x" for k, word in enumerate(STORY)]
    assert shared(STORY, other) == [(list(range(1, 60)), [k if k % 6 else None for k in range(1, 60)])]


def test_moved_paragraphs_stay_apart():
    one, two, three = STORY[:20], STORY[20:40], STORY[40:]
    assert shared(STORY, [*two, *one, *three]) == [
        (list(range(20)),) * 2,
        (list(range(20, 40)),) * 2,
        (list(range(40, 60)),) * 2,
    ]
    assert shared(STORY, [*three, *two, *one]) == [
        (list(range(20)),) * 2,
        (list(range(20, 40)),) * 2,
        (list(range(40, 60)),) * 2,
    ]


def test_a_passage_goes_on_beside_it_before_a_longer_run_elsewhere():
    one = [*STORY[:20], "x", *STORY[20:40]]
    other = [*STORY[:20], "y", *STORY[20:30], *["z"] * 10, *STORY[20:40]]
    assert shared(one, other) == [
        ([*range(20), None, *range(20, 30)], [*range(20), None, *range(20, 30)]),
        (list(range(30, 40)), list(range(30, 40))),
    ]


def test_a_table_whose_rows_are_alike_is_one_passage():
    def table(changed):
        prices = np.random.default_rng(1).integers(0, 50, 300) + changed * (np.arange(300) % 5 == 3)
        return "\n".join(f"shares of company{k} rose {price} percent on the day" for k, price in enumerate(prices))

    one, other = table(0), table(100)
    assert passages(one, other) == [[0, len(one), 0, len(other)]]


def test_of_several_places_the_longest_run_is_taken_then_the_next_one_behind():
    text = " ".join([*STORY[:6], "x", *STORY[:10], "y", *STORY[:6]])
    (span,) = passages(" ".join(STORY[:10]), text)
    assert text[span[2] : span[3]] == " ".join(STORY[:10])
    twice = " ".join([*STORY[:6], *"p" * 9, *STORY[:6]])
    first, second = passages(twice, " ".join([*STORY[:6], *"q" * 9, *STORY[:6]]))
    assert first[2] < second[2]


def test_a_text_shorter_than_a_shingle_is_one_passage():
    assert passages("One, two!", "- one two") == [[0, 8, 2, 9]]
    assert passages("one two", "one two three") == []
    assert passages("", "") == []


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ("la " * 300_000, "la " * 300_000),
        ("la " * 300_000, "la " * 150_000),
        (("la " * 49 + "x ") * 6000, ("la " * 50 + "y ") * 6000),
        (("a b c d e f " + "x " * 3) * 30_000, ("a b c d e f " + "y " * 8) * 20_000),
        (" ".join("ab"[k % 7 < 3] for k in range(300_000)), " ".join("ab"[k % 11 < 5] for k in range(300_000))),
    ],
)
def test_repetition_takes_no_quadratic_time(a, b):
    passages("one two", "two one")
    before = time.process_time()
    found = passages(a, b)
    assert time.process_time() - before < 3
    assert found[0][0] == 0


def test_repeated_words_are_one_passage():
    assert passages("la " * 20_000, "la " * 20_000) == [[0, 59_999, 0, 59_999]]


def test_of_very_many_passages_the_first_thousand_are_told():
    spans = passages("la " * 100_000, "la " * 5)
    assert spans == [[start, start + 14, 0, 14] for start in range(0, 15_000, 15)]


@pytest.fixture(scope="module")
def many():
    rng = np.random.default_rng(1)
    texts = [" ".join(map(str, rng.integers(0, 3, 40))) for _ in range(30)]
    return texts, *np.triu_indices(30, 1)


def test_many_pairs_and_workers(many):
    texts, a, b = many
    packed = sketch.pack(texts)
    one, two = (match.passages(packed, a, b, workers=workers) for workers in (1, 2))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    for pair in range(0, len(a), 23):
        own = one[0][one[1][pair] : one[1][pair + 1]]
        assert own.tolist() == passages(texts[a[pair]], texts[b[pair]])


@pytest.mark.parametrize("most", [1, 300, 1000])
def test_long_documents_are_tokenised_some_at_a_time(many, monkeypatch, most):
    texts, a, b = many
    packed = sketch.pack(texts)
    expected = match.passages(packed, a, b)
    module = sys.modules["dedup.match.passages"]
    taken = []

    def noting(packed, documents, *, workers):
        taken.append(documents)
        return sketch.token_streams(packed, documents, workers=workers)

    monkeypatch.setattr(module, "_BATCH", most)
    monkeypatch.setattr(module, "token_streams", noting)
    found = match.passages(packed, a, b)
    assert all(np.array_equal(one, other) for one, other in zip(found, expected, strict=True))
    assert all(len(documents) <= 2 or packed.lengths[documents].sum() <= most for documents in taken)
    assert (len(taken) == len(a)) == (most == 1)


def test_no_pairs():
    spans, offsets = match.passages(sketch.pack(["a"]), np.array([], np.int64), np.array([], np.int64))
    assert spans.shape == (0, 4)
    assert offsets.tolist() == [0]

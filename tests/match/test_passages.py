"""Shared passages: each is the same words in both texts, and they are those of the slow walk."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from dedup import match, sketch
from tests import naive

WORDS = st.lists(st.sampled_from(["a", "B,", "c", "E\u0301", "é", "東", "d-f", "한", "\U0001f600"]), max_size=30)
TEXT = WORDS.map(" ".join)


def passages(a, b):
    spans, offsets = match.passages(sketch.pack([a, b]), np.array([0]), np.array([1]))
    assert offsets.tolist() == [0, len(spans)]
    return spans.tolist()


@settings(max_examples=300)
@given(TEXT, TEXT)
def test_passages_are_those_of_the_slow_twin(a, b):
    assert [tuple(naive.words(a[start:end])) for start, end, _, _ in passages(a, b)] == naive.passages(a, b)


@given(WORDS, WORDS, WORDS, WORDS)
def test_both_spans_have_the_same_tokens_and_do_not_overlap_in_a(before, shared, between, after):
    a = " ".join(before + shared + between)
    b = " ".join(shared + after + shared[3:] + before)
    behind = 0
    for a_start, a_end, b_start, b_end in passages(a, b):
        assert behind <= a_start < a_end <= len(a)
        behind = a_end
        assert naive.words(a[a_start:a_end]) == naive.words(b[b_start:b_end]) != []


def test_spans_are_code_points_of_whole_tokens():
    a = "«Ünë 東 😀 two three fou\u0301r», five"
    b = "\ud800 so: une 東 two THREE four five"
    assert [(a[s:e], b[t:f]) for s, e, t, f in passages(a, b)] == [
        ("Ünë 東 😀 two three fou\u0301r», five", "une 東 two THREE four five")
    ]


def test_an_edit_ends_a_passage():
    one = [f"w{k}" for k in range(40)]
    other = [*one[:20], "edit", *one[21:]]
    assert [a[1] - a[0] for a in passages(" ".join(one), " ".join(other))] == [
        len(" ".join(one[:20])),
        len(" ".join(one[21:])),
    ]


def test_of_several_places_the_longest_run_is_taken_then_the_next_one_behind():
    story = [f"w{k}" for k in range(10)]
    text = " ".join([*story[:6], "x", *story, "y", *story[:6]])
    (span,) = passages(" ".join(story), text)
    assert text[span[2] : span[3]] == " ".join(story)
    twice = " ".join([*story[:6], "p", *story[:6]])
    first, second = passages(twice, " ".join([*story[:6], "q", *story[:6]]))
    assert first[2] < second[2]


def test_a_text_shorter_than_a_shingle_is_one_passage():
    assert passages("One, two!", "- one two") == [[0, 8, 2, 9]]
    assert passages("one two", "one two three") == []
    assert passages("", "") == []


def test_repetition_takes_no_quadratic_time():
    (span,) = passages("la " * 20_000, "la " * 20_000)
    assert span == [0, 59_999, 0, 59_999]


def test_many_pairs_and_workers():
    rng = np.random.default_rng(1)
    texts = [" ".join(map(str, rng.integers(0, 3, 40))) for _ in range(60)]
    packed = sketch.pack(texts)
    a, b = np.triu_indices(60, 1)
    one, two = (match.passages(packed, a, b, workers=workers) for workers in (1, 2))
    assert np.array_equal(one[0], two[0])
    assert np.array_equal(one[1], two[1])
    for pair in range(0, len(a), 97):
        own = one[0][one[1][pair] : one[1][pair + 1]]
        assert np.array_equal(own, passages(texts[a[pair]], texts[b[pair]]))


def test_no_pairs():
    spans, offsets = match.passages(sketch.pack(["a"]), np.array([], np.int64), np.array([], np.int64))
    assert spans.shape == (0, 4)
    assert offsets.tolist() == [0]

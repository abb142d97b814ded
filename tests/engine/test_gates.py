"""The gates of a check, at their edges."""

from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dedup.engine.gates import IDS_KEPT, Each, Gates, Judge, Limit
from dedup.verdicts import Checked


def row(id="x", **said):
    return Checked(id, "", **{"duplicate": False, "excerpt": False, "boilerplate": 0.0, "body_chars": 1000} | said)


@pytest.mark.parametrize(
    ("text", "value", "is_share"),
    [("5%", 0.05, True), ("0.05", 0.05, True), ("10", 10, False), ("0", 0, False), ("0%", 0, True), ("100%", 1, True),
     ("1.0", 1, True), ("1", 1, False), (" 12.5 % ", 0.125, True), ("0.1%", 1 / 1000, True)],
)  # fmt: skip
def test_a_limit_is_a_share_or_a_number(text, value, is_share):
    assert Limit.parse(text) == Limit(value, is_share)


@pytest.mark.parametrize(
    "text", ["", "%", "-1", "1.5", "101%", "5 percent", "nan", "inf", "1e3", "٥%", "5%%", ".5", "1,000"]
)
def test_what_is_no_limit_says_what_to_write(text):
    with pytest.raises(ValueError, match=r"5% or 0\.05"):
        Limit.parse(text)


@given(count=st.integers(0, 5000), of=st.integers(1, 5000), hundredths=st.integers(0, 10000))
def test_a_share_is_compared_exactly(count, of, hundredths):
    assume(count <= of)
    limit = Limit.parse(f"{hundredths // 100}.{hundredths % 100:02}%")
    assert limit.allows(count, of) == (Fraction(count, of) <= Fraction(hundredths, 10000))


@given(count=st.integers(0, 10**6), limit=st.integers(0, 10**6))
def test_a_number_is_compared_exactly(count, limit):
    assert Limit.parse(str(limit)).allows(count, 10**6) == (count <= limit)


@given(
    limit=st.integers(0, 12),
    kinds=st.lists(st.tuples(st.booleans(), st.booleans()), max_size=12),
)
def test_a_gate_counts_what_is_not_accepted(limit, kinds):
    judge = Judge(Gates(max_duplicates=Limit(limit, is_share=False)))
    for number, (duplicate, accepted) in enumerate(kinds):
        assert judge.add(row(str(number), duplicate=duplicate, accepted=accepted)) == duplicate
    [gate] = judge.gates(len(kinds), 0)
    against = [str(number) for number, kind in enumerate(kinds) if kind == (True, False)]
    assert (gate.ids, gate.count, gate.found) == (against, len(against), len(against))
    assert gate.of == sum(not accepted for _, accepted in kinds)
    assert gate.passed == (len(against) <= limit)


@given(st.integers(0, 300), st.integers(0, 300))
def test_as_many_characters_as_asked_are_enough(chars, bound):
    judge = Judge(Gates(min_body_chars=Each(bound)))
    assert judge.add(row(body_chars=chars)) == (chars < bound)
    assert judge.gates(1, 0)[0].passed == (chars >= bound)


@given(st.integers(0, 100), st.integers(0, 100))
def test_as_much_boilerplate_as_allowed_is_allowed(part, bound):
    judge = Judge(Gates(max_boilerplate=Each(Limit.parse(f"{bound}%").value)))
    assert judge.add(row(boilerplate=part / 100)) == (part > bound)


def test_some_documents_may_fall_short():
    judge = Judge(Gates(min_body_chars=Each(200, Limit.parse("50%"))))
    assert [judge.add(row(body_chars=chars)) for chars in (100, 300)] == [True, False]
    [gate] = judge.gates(2, 0)
    assert (gate.passed, gate.found, gate.limit, gate.each) == (True, 0.5, 0.5, 200)


@pytest.mark.parametrize(("limit", "passed"), [("20%", True), ("19%", False), ("1", True), ("0", False)])
def test_bad_records_are_a_share_of_all_records(limit, passed):
    [gate] = Judge(Gates(max_bad_records=Limit.parse(limit))).gates(4, 1)
    assert (gate.passed, gate.count, gate.of) == (passed, 1, 5)


def test_nothing_passes_every_gate():
    gates = Gates(*[Limit(0, is_share=True)] * 2, *[Each(0.5, Limit(0, is_share=True))] * 2, Limit(0, is_share=True))
    assert all(gate.passed for gate in Judge(gates).gates(0, 0))


def test_to_accept_is_to_count_nothing():
    judge = Judge(Gates(max_duplicates=Limit(0, is_share=False)), accept=True)
    rows = [row(duplicate=True), row()]
    assert [judge.add(one) for one in rows] == [True, False]
    assert [one.accepted for one in rows] == [True, False]
    assert judge.gates(2, 0)[0].passed
    assert judge.accepted == 1


def test_a_gate_names_the_first_thousand():
    judge = Judge(Gates(max_duplicates=Limit(0, is_share=False)))
    for number in range(IDS_KEPT + 5):
        judge.add(row(str(number), duplicate=True))
    [gate] = judge.gates(IDS_KEPT + 5, 0)
    assert (len(gate.ids), gate.count) == (IDS_KEPT, IDS_KEPT + 5)


def test_no_gate_is_none():
    assert not Gates()
    assert Gates(max_bad_records=Limit(0, is_share=False))

"""`dedup.check`: the gate from Python, as the command, without files."""

import pytest

import dedup
from dedup.records import Bounds
from tests.cli.conftest import OTHER, STORY

EXCERPT = "\n".join(STORY.split("\n")[:2])
BATCH = [{"id": id, "text": text} for id, text in (("a", STORY), ("b", OTHER), ("c", STORY), ("d", EXCERPT))]


def check(documents=BATCH, **options):
    return dedup.check(documents, clean=False, **options)


def held(path):
    with dedup.Index.open(path) as index:
        return {row.id: row.text for row in index.export()}


@pytest.fixture
def path(tmp_path):
    dedup.Index.create(tmp_path / "held", texts=True).close()
    return tmp_path / "held"


def test_a_batch_is_checked_against_itself():
    verdict = check()
    assert isinstance(verdict, dedup.CheckData)
    assert (verdict.passed, verdict.documents, verdict.duplicates, verdict.excerpts) == (True, 4, 1, 1)
    assert [(row.id, row.matches[0].id, row.matches[0].relation) for row in verdict.rows] == [
        ("c", "a", "exact"), ("d", "a", "excerpt"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("gate", "passed"),
    [
        ({"max_duplicates": 0}, False), ({"max_duplicates": 1}, True), ({"max_duplicates": 0.25}, True),
        ({"max_duplicates": 0.24}, False), ({"max_duplicates": "25%"}, True), ({"max_duplicates": 1.0}, True),
        ({"max_excerpts": 0.0}, False), ({"min_body_chars": 100}, True), ({"min_body_chars": 10_000}, False),
        ({"min_body_chars": "10000:100%"}, True), ({"max_bad_records": 0}, True),
    ],
    ids=str,
)  # fmt: skip
def test_gates_are_numbers_shares_or_text(gate, passed):
    verdict = check(**gate)
    assert verdict.passed is passed
    assert [own.name for own in verdict.gates] == [name.replace("_", "-") for name in gate]


@pytest.mark.parametrize(
    "option",
    [
        {"max_duplicates": "5x"}, {"max_duplicates": 1.5}, {"max_excerpts": -1}, {"max_bad_records": True},
        {"max_bad_records": []}, {"max_boilerplate": 5}, {"max_boilerplate": "5"}, {"min_body_chars": 0.5},
        {"max_duplicates": float("nan")}, {"min_jaccard": 5}, {"workers": 0}, {"min_shared": "3"},
    ],
    ids=str,
)  # fmt: skip
def test_options_that_make_no_sense_are_named(option):
    [name] = option
    with pytest.raises(dedup.UsageError, match=name):
        check(**option)
    with pytest.raises(dedup.UsageError, match="matches"):
        check(matches=0)


def test_what_passes_goes_into_an_index_that_is_named_or_open(path):
    assert check(index=str(path), add=True, max_duplicates=1).added == 3
    assert held(path) == {"a": STORY, "b": OTHER, "d": EXCERPT}
    with dedup.Index.open(path, write=True) as index:
        verdict = check([*BATCH, {"id": "e", "text": "Nothing like it was held before. " * 9}], index=index, add=True)
        assert (verdict.held, verdict.duplicates, verdict.added, len(index)) == (3, 4, 1, 4)
    assert check(index=path).duplicates == 4


def test_nothing_is_added_where_a_gate_fails_or_nobody_asked(path):
    assert check(index=path, add=True, max_duplicates=0).added == 0
    assert check(index=path).added == 0
    assert held(path) == {}


def test_adding_needs_an_index_that_is_open_to_write(path):
    with pytest.raises(dedup.UsageError, match="nothing is named to add to"):
        check(add=True)
    with dedup.Index.open(path) as reader, pytest.raises(dedup.UsageError, match="open for reading"):
        check(index=reader, add=True)
    with dedup.Index.open(path, write=True), pytest.raises(dedup.UsageError, match="another process writes"):
        check(index=path, add=True)


def test_bounds_are_those_of_the_index_unless_given(tmp_path):
    with dedup.Index.create(tmp_path / "high", Bounds(0.9, 0.9, 20)) as index:
        assert check(index=index, max_excerpts=0, min_shared=1000).excerpts == 0
        with pytest.raises(dedup.UsageError, match=r"min_containment is 0\.5"):
            check(index=index, min_containment=0.5)


def test_bad_records_are_counted_and_told():
    batch = [*BATCH, {"id": "empty", "title": "only this"}, {"text": 5}, dedup.Document("x")]
    verdict = check(batch, max_bad_records=0.4)
    assert (verdict.passed, verdict.documents, verdict.bad_records) == (False, 4, 3)
    assert [bad.where for bad in verdict.bad] == ["empty", "6", "x"]
    with pytest.raises(dedup.UsageError, match="a int is no document"):
        check([5])
    with pytest.raises(dedup.UsageError, match="stands twice"):
        check(BATCH[:1] * 2)


def test_what_is_accepted_once_is_accepted_again(tmp_path):
    accepted = [row.id for row in check(max_duplicates=0, accept=True).rows if row.accepted]
    assert accepted == ["c"]
    (tmp_path / "baseline").write_text("c\n")
    for baseline in (accepted, tmp_path / "baseline", str(tmp_path / "baseline")):
        verdict = check(max_duplicates=0, baseline=baseline)
        assert (verdict.passed, verdict.accepted) == (True, 1)


def test_pages_are_cleaned():
    lines = "".join(f"<p>{line}</p>" for line in STORY.splitlines())
    menu = "<nav><ul><li><a href=/>Home</a></li><li><a href=/s>Sports</a></li></ul></nav>"
    page = f"<html><body>{menu}<article><h1>Harbour closed</h1>{lines}</article></body></html>"
    verdict = dedup.check([{"id": "p", "html": page}], max_boilerplate=0.01)
    assert (verdict.passed, verdict.rows[0].body_chars) == (False, len(STORY))

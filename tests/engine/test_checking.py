"""A check against a twin of the index, and against the batch itself."""

import json

import pytest

import dedup
from dedup.engine.checking import CheckOptions, check
from dedup.engine.gates import Each, Gates, Limit
from dedup.engine.options import ScanOptions
from dedup.records import BadRecord, Document
from dedup.verdicts import Entry
from tests.cli.conftest import NEWSROOM, OTHER, STORY
from tests.engine.twin import Twin

NONE = Limit(0, is_share=False)
PLAIN = ScanOptions(clean=False)
EXCERPT = "\n".join(STORY.split("\n")[:2])


def documents(**texts):
    return [Document(id, text=text, where=f"new.jsonl:{line}") for line, (id, text) in enumerate(texts.items(), 1)]


def holding(**texts):
    from dedup.sketch import pack

    index = Twin()
    index.add(pack(texts.values()), [Entry(id, "held.example", "2024-05-01") for id in texts])
    return index


def put_in(outcome):
    with outcome.adding():
        pass


def test_a_batch_is_checked_against_itself():
    data = check(documents(a=STORY, b=OTHER, c=STORY, d=EXCERPT), PLAIN).data
    assert (data.documents, data.duplicates, data.excerpts, data.held) == (4, 1, 1, 0)
    copy, excerpt = data.rows
    assert (copy.id, copy.duplicate, copy.matches[0].id, copy.matches[0].relation) == ("c", True, "a", "exact")
    assert copy.matches[0].where == "new.jsonl:1"
    assert (excerpt.id, excerpt.excerpt, excerpt.duplicate, excerpt.matches[0].containment) == ("d", True, False, 1.0)
    assert data.passed


def test_the_first_of_its_kind_is_no_copy():
    data = check(documents(a=STORY, b=STORY, c=STORY), PLAIN).data
    assert [row.id for row in data.rows] == ["b", "c"]
    assert [match.id for match in data.rows[1].matches] == ["a", "b"]


def test_a_batch_is_checked_against_the_index():
    data = check(documents(a=STORY, b=OTHER), PLAIN, index=holding(held=STORY)).data
    [row] = data.rows
    assert (row.id, row.duplicate, data.held) == ("a", True, 1)
    assert (row.matches[0].id, row.matches[0].where, row.matches[0].site) == ("held", "", "held.example")


def test_matches_of_both_are_told_best_first_and_no_more_than_asked():
    batch = documents(a=EXCERPT, b=STORY, c=STORY)
    index = holding(held=STORY + " It rained.", z=STORY)
    found = check(batch, PLAIN, CheckOptions(most=3), index).data.rows[-1]
    assert [(match.id, match.relation) for match in found.matches] == [("b", "exact"), ("z", "exact"), ("held", "near")]


@pytest.mark.parametrize("slice", [1, 2, 256])
def test_slices_change_nothing(monkeypatch, slice):
    batch = documents(a=STORY, b=OTHER, c=STORY, d=EXCERPT, e=OTHER)
    whole = check(batch, PLAIN, index=holding(x=STORY)).data
    monkeypatch.setattr("dedup.engine.checking._SLICE", slice)
    assert check(batch, PLAIN, index=holding(x=STORY)).data == whole


def test_what_passes_is_added_when_told_to():
    index = holding(held=OTHER)
    outcome = check(documents(a=STORY, b=OTHER, c=STORY, d=EXCERPT), PLAIN, CheckOptions(add=True), index)
    assert (outcome.data.added, len(index)) == (2, 1)
    put_in(outcome)
    assert [entry.id for entry in index.entries] == ["held", "a", "d"]
    assert index.texts[1:] == [STORY, EXCERPT]


def test_what_counts_against_a_gate_is_not_added():
    index = Twin()
    gates = Gates(max_excerpts=Limit(5, is_share=False), min_body_chars=Each(50, Limit(1, is_share=False)))
    outcome = check(documents(a=STORY, b=EXCERPT, c="Too short"), PLAIN, CheckOptions(gates, add=True), index)
    put_in(outcome)
    assert outcome.data.passed
    assert [entry.id for entry in index.entries] == ["a"]


@pytest.mark.parametrize("add", [True, False])
def test_nothing_is_added_where_a_gate_fails_or_nobody_asked(add):
    index = Twin()
    gates = Gates(max_duplicates=NONE) if add else Gates()
    outcome = check(documents(a=STORY, b=STORY), PLAIN, CheckOptions(gates, add=add), index)
    put_in(outcome)
    assert (outcome.data.passed, outcome.data.added, len(index)) == (not add, 0, 0)


def test_an_id_that_is_held_with_another_text_is_a_bad_record():
    index = holding(a=STORY)
    outcome = check(
        documents(a=OTHER, b=STORY), PLAIN, CheckOptions(Gates(max_bad_records=NONE), add=True), index
    )  # fmt: skip
    assert outcome.data.bad == [BadRecord("new.jsonl:1", "id 'a' is held with another text")]
    assert not outcome.data.passed


def test_the_same_batch_twice_is_all_copies():
    index = Twin()
    batch = documents(a=STORY, b=OTHER)
    put_in(check(batch, PLAIN, CheckOptions(add=True), index))
    data = check(batch, PLAIN, CheckOptions(add=True), index).data
    assert (data.duplicates, data.added, data.bad_records) == (2, 0, 0)


def test_a_baseline_is_shown_and_counts_in_no_gate():
    options = CheckOptions(Gates(max_duplicates=NONE), frozenset({"b"}))
    data = check(documents(a=STORY, b=STORY), PLAIN, options).data
    assert (data.passed, data.accepted, data.duplicates) == (True, 1, 1)
    assert [row.accepted for row in data.rows] == [True]
    assert (data.gates[0].count, data.gates[0].of) == (0, 1)


def test_accepting_accepts_what_counts():
    data = check(documents(a=STORY, b=STORY), PLAIN, CheckOptions(Gates(max_duplicates=NONE), accept=True)).data
    assert data.passed
    assert [(row.id, row.accepted) for row in data.rows] == [("b", True)]


def test_bad_records_are_told():
    bad = [BadRecord("new.jsonl:9", "not valid JSON")]
    data = check(documents(a=STORY), PLAIN, CheckOptions(Gates(max_bad_records=NONE)), bad=lambda: (1, bad)).data
    assert (data.passed, data.bad_records, data.bad) == (False, 1, bad)


def test_no_document_is_no_news_and_no_fault():
    data = check([], PLAIN, CheckOptions(Gates(max_duplicates=Limit(0, is_share=True)), add=True), Twin()).data
    assert (data.documents, data.passed, data.added, data.rows) == (0, True, 0, [])


def test_texts_without_a_word_match_nothing():
    data = check(documents(a="", b="", c="…"), PLAIN, index=holding(x="")).data
    assert (data.duplicates, data.rows) == (0, [])


def test_lone_surrogates_go_through():
    index = Twin()
    outcome = check(documents(a=STORY + "\ud800"), PLAIN, CheckOptions(add=True), index)
    put_in(outcome)
    assert index.texts == [STORY + "\ud800"]


def test_boilerplate_is_the_share_of_furniture():
    lines = "".join(f"<p>{line}</p>" for line in STORY.splitlines())
    page = f"""<html><body><nav><ul><li><a href=/>Home</a></li><li><a href=/s>Sports</a></li></ul></nav>
    <article><h1>Harbour closed</h1>{lines}</article></body></html>"""
    gates = Gates(max_boilerplate=Each(0.01), min_body_chars=Each(10_000))
    [row] = check([Document("page", html=page)], ScanOptions(), CheckOptions(gates)).data.rows
    blocks = next(iter(dedup.clean([Document("page", html=page)]))).blocks
    furniture = sum(len(block.text) for block in blocks if block.label in ("navigation", "related", "share", "tags"))
    assert 0 < row.boilerplate == pytest.approx(furniture / sum(len(block.text) for block in blocks))
    assert row.body_chars == len(STORY)


@pytest.fixture(scope="module")
def newsroom():
    return list(dedup.read(NEWSROOM))


def test_without_an_index_it_says_what_a_scan_says(newsroom):
    result = dedup.scan(newsroom, keep="first")
    place = {document.id: number for number, document in enumerate(newsroom)}
    expected = {}
    for pair in result.pairs():
        later = max(pair.a, pair.b, key=place.__getitem__)
        expected.setdefault(later, set()).add((pair.a if later == pair.b else pair.b, pair.relation))
    data = check(newsroom, ScanOptions(), CheckOptions(most=1000)).data
    found = {row.id: {(match.id, match.relation) for match in row.matches} for row in data.rows}
    assert expected
    assert {id: found.get(id, set()) & matches for id, matches in expected.items()} == expected
    assert {row.id for row in data.rows if row.duplicate} == {
        id for id, matches in expected.items() if {"exact", "near"} & {relation for _, relation in matches}
    }


def test_workers_change_nothing(newsroom):
    options = CheckOptions(Gates(max_duplicates=NONE))
    one, two = (check(newsroom, ScanOptions(workers=workers), options).data for workers in (1, 2))
    assert one == two
    assert json.dumps([row.id for row in one.rows])

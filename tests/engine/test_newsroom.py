"""The whole job on the invented newsroom, against its truth: as pages, as text, and with gold bodies."""

import json
from collections import Counter
from datetime import datetime
from functools import cache
from pathlib import Path

import msgspec
import pytest

import dedup
from dedup.clean.sites import SiteLines
from dedup.engine.output import write
from dedup.engine.result import ScanResult
from fixtures.newsmaker.truth import tokens

FIXTURES = Path(__file__).parent.parent.parent / "fixtures"
FILES = ("pairs.jsonl", "clusters.jsonl", "documents.jsonl", "outlets.jsonl", "readings.jsonl")


def rows(path):
    return [json.loads(line) for line in path.read_text(encoding="utf8").splitlines()]


@cache
def truth():
    documents = {row["id"]: row for row in rows(FIXTURES / "truth" / "documents.jsonl")}
    pairs = {(row["a"], row["b"]): row for row in rows(FIXTURES / "truth" / "pairs.jsonl")}
    return documents, pairs


@cache
def scanned(name, clean=True):
    if name == "gold":
        documents = [{"id": id, "text": row["body"], "published": row["published"]} for id, row in truth()[0].items()]
    else:
        documents = list(dedup.read(FIXTURES / name))
    return dedup.scan(documents, clean=clean)


def keys(result):
    return {frozenset((pair.a, pair.b)): pair for pair in result.pairs()}


def test_on_gold_bodies_every_figure_is_the_slow_ones():
    _, wanted = truth()
    found = {(pair.a, pair.b): pair for pair in scanned("gold", clean=False).pairs()}
    assert found.keys() == wanted.keys()
    for key, row in wanted.items():
        pair = found[key]
        assert (pair.relation, pair.shared) == (row["relation"], row["shared"])
        assert pair.jaccard == row["jaccard"]
        assert (pair.containment_a, pair.containment_b) == (row["containment_a"], row["containment_b"])


def one_line():
    """Documents of the text corpus that are one line, furniture glued in, without a sign where it begins."""
    return {id for id, row in truth()[0].items() if "spans" in row}


def judged(name):
    """The pairs that a scan should find, and those it found."""
    return {frozenset(key) for key in truth()[1]}, keys(scanned(name))


@pytest.mark.parametrize("name", ["newsroom", "newsroom_text"])
def test_no_true_pair_is_missed(name):
    wanted, found = judged(name)
    assert len(wanted) > 250
    assert wanted - found.keys() == set()


@pytest.mark.parametrize("name", ["newsroom", "newsroom_text"])
def test_no_pair_exists_only_for_furniture_or_for_a_rewritten_story(name):
    wanted, found = judged(name)
    # What is glued to the first sentence of a one-line text stays with it: a few of one outlet share their page's head.
    glued = one_line() if name == "newsroom_text" else set()
    false = found.keys() - wanted
    assert {key for key in false if not key <= glued} == set()
    assert len(false) <= 8
    documents = truth()[0]
    rewritten = {id for id, row in documents.items() if row["kind"] == "rewritten"}
    assert rewritten
    assert not [key for key in found if key & rewritten]


def test_the_classifier_alone_would_leave_false_pairs_that_a_site_repeats(monkeypatch):
    monkeypatch.setattr("dedup.clean.templates.MIN_PAGES", 10**9)
    found = keys(dedup.scan(dedup.read(FIXTURES / "newsroom")))
    assert len(found.keys() - {frozenset(key) for key in truth()[1]}) > 20


@pytest.mark.parametrize("name", ["newsroom", "newsroom_text"])
def test_what_the_sites_repeat_goes_in_a_second_run_and_no_body_with_it(name, tmp_path):
    documents = list(dedup.read(FIXTURES / name))
    first = list(dedup.clean(documents))
    lines = SiteLines()
    for document, cleaned in zip(documents, first, strict=True):
        lines.add(document.site, cleaned.blocks)
    (tmp_path / "sites.json").write_bytes(lines.learned().encode())
    second = list(dedup.clean(documents, sites=tmp_path / "sites.json"))
    before, after = kept_as_body(first), kept_as_body(second)
    furniture = ("signup", "consent", "legal", "related")
    assert sum(after[label] for label in furniture) <= 0.3 * sum(before[label] for label in furniture)
    assert after["body"] >= before["body"] - 1


def kept_as_body(cleaned):
    """Count the lines of each gold label that cleaning kept."""
    texts = {row["id"]: row["text"].split("\n") for row in rows(FIXTURES / "newsroom_text" / "documents.jsonl")}
    kept = Counter()
    for document in cleaned:
        gold = {texts[document.id][n - 1].strip(): label for n, label in truth()[0][document.id].get("lines", [])}
        kept.update(gold[block.text] for block in document.blocks if block.label == "body" and block.text in gold)
    return kept


def test_clusters_hold_one_story_each():
    documents = truth()[0]
    for cluster in scanned("newsroom").clusters():
        assert len({documents[member.id]["story"] for member in cluster.members}) == 1


def test_without_cleaning_furniture_makes_false_pairs():
    _, wanted = truth()
    true = {frozenset(key) for key in wanted}
    assert [key for key in keys(scanned("newsroom_text", clean=False)) if key not in true]


@pytest.mark.parametrize("name", ["gold", "newsroom", "newsroom_text"])
def test_every_member_matches_its_head_directly(name):
    result = scanned(name, clean=name != "gold")
    found = keys(result)
    for cluster in result.clusters():
        for member in cluster.members:
            if member.id != cluster.head:
                pair = found[frozenset((member.id, cluster.head))]
                assert pair.relation == member.relation in ("exact", "near", "excerpt")
                assert pair.shared == member.shared


@pytest.mark.parametrize(("name", "least"), [("newsroom", 109), ("newsroom_text", 105)])
def test_agencies_are_the_credited_ones(name, least):
    """Of 115 credits; docs/accuracy.md gives these figures."""
    documents, _ = truth()
    named = [row for row in scanned(name).documents() if row.agency]
    assert [(row.id, row.agency) for row in named if row.agency != documents[row.id]["agency"]] == []
    assert len(named) >= least


def test_passages_start_and_end_with_the_same_words():
    result = scanned("newsroom")
    for pair in result.pairs():
        assert pair.passages
        text_a, text_b = result.text(pair.a), result.text(pair.b)
        for a_start, a_end, b_start, b_end in pair.passages:
            one, other = tokens(text_a[a_start:a_end]), tokens(text_b[b_start:b_end])
            assert (one[:5], one[-1]) == (other[:5], other[-1])


def test_the_same_bytes_with_one_and_two_workers_and_any_order_of_files(tmp_path):
    lines = (FIXTURES / "newsroom" / "documents.jsonl").read_text(encoding="utf8").splitlines(keepends=True)
    (tmp_path / "one.jsonl").write_text("".join(lines[:150]), encoding="utf8")
    (tmp_path / "two.jsonl").write_text("".join(lines[150:]), encoding="utf8")
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    outputs = []
    for number, (inputs, workers) in enumerate([((one, two), 1), ((two, one), 2)]):
        folder = tmp_path / str(number)
        folder.mkdir()
        write(dedup.scan(dedup.read(*inputs), workers=workers), folder)
        outputs.append([(folder / name).read_bytes() for name in FILES])
    assert outputs[0] == outputs[1]
    assert outputs[0][0]


def test_rethreshold_equals_a_scan_under_these_bounds():
    bounds = {"min_jaccard": 0.8, "min_containment": 0.6, "min_shared": 20}
    documents = list(dedup.read(FIXTURES / "newsroom_text"))
    again = dedup.scan(documents, clean=False, keep="longest", **bounds)
    other = dedup.scan(documents, clean=False).rethreshold(keep="longest", **bounds)
    assert list(again.pairs()) == list(other.pairs())
    assert again.clusters() == other.clusters()
    assert list(again.documents()) == list(other.documents())


def test_rethreshold_refuses_what_the_scan_did_not_keep():
    with pytest.raises(dedup.UsageError, match=r"min_jaccard is 0.1"):
        scanned("gold", clean=False).rethreshold(min_jaccard=0.1)


def published_of(documents, id):
    return datetime.fromisoformat(documents[id]["published"])


def test_the_origin_is_the_copy_that_came_first_and_the_others_have_it_from_there():
    documents, _ = truth()
    clusters = scanned("newsroom").clusters()
    known = [cluster for cluster in clusters if cluster.origin]
    assert len(known) >= 0.9 * len(clusters)
    for cluster in known:
        stated = [member.id for member in cluster.members if member.published]
        assert cluster.origin == min(stated, key=lambda id: published_of(documents, id))
        sources = {member.source for member in cluster.members if member.id != cluster.origin}
        assert sources <= ({None} if cluster.agency else {cluster.origin})
        for member in cluster.members:
            if member.delay_hours is not None:
                hours = (
                    published_of(documents, member.id) - published_of(documents, cluster.origin)
                ).total_seconds() / 3600
                assert member.delay_hours == pytest.approx(hours, abs=0.02)
        assert cluster.origin_grounds.evidence


def test_outlets_count_each_document_once():
    result = scanned("newsroom")
    outlets = result.outlets()
    assert sum(outlet.documents for outlet in outlets) == len(result) == 198
    assert all(outlet.original + outlet.agency + outlet.copied <= outlet.documents for outlet in outlets)
    wire = next(outlet for outlet in outlets if outlet.site == "telex.example")  # an agency's own site
    assert (wire.agency, wire.copied_from, wire.median_delay_hours) == (wire.documents, {}, None)
    assert sum(outlet.copied for outlet in outlets) == sum(sum(outlet.copied_from.values()) for outlet in outlets)


def test_readings_are_the_texts_with_all_that_was_stripped_at_its_place():
    result = scanned("newsroom")
    readings = {reading.id: reading for reading in result.readings()}
    stripped = {row.id: sum(row.stripped.values()) for row in result.documents()}
    assert set(readings) == {member.id for cluster in result.clusters() for member in cluster.members}
    for id, reading in readings.items():
        assert reading.text == result.text(id)
        places = [one.at for one in reading.furniture]
        assert places == sorted(places)
        assert not places or 0 <= places[0] <= places[-1] <= len(reading.text)
        assert len(places) == stripped[id]


@pytest.mark.parametrize(("texts", "read"), [("none", 0), ("heads", 44)])
def test_fewer_readings_where_fewer_are_asked_for(texts, read):
    result = scanned("newsroom")
    options = msgspec.structs.replace(result.options, texts=texts)
    other = ScanResult(result._holdings, result._packed, result._sizes, result._table, options)
    assert len(list(other.readings())) == read

"""The page as it is written: complete, the same for the same data, and safe whatever the texts hold."""

import base64
import hashlib
import json
import re
import tomllib
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from dedup.records import RELATIONS, STRIPPED, Confidence, CreditKind, Furniture, Pair, Reading, Reason
from dedup.report import figures, html, payload, render_html, to_read
from tests.report.sample import HOSTILE, hostile, newsroom

TEMPLATES = Path(html.__file__).parent / "templates"


def page(data, **options):
    return "".join(render_html(data, **options))


def content(text, id_):
    return LexborHTMLParser(text).css_first(f"script#{id_}").text()


def overview(text):
    return json.loads(content(text, "data"))


def lines(text, id_):
    return [json.loads(line) for line in content(text, id_).split("\n") if line]


def members(text, cluster=0):
    return lines(text, "members")[cluster][0]


# -------------------------------------------------------------------------------------------------------- completeness


def test_the_data_hold_every_cluster_and_member_largest_first():
    data = newsroom()
    text = page(data)
    rows = overview(text)["clusters"]
    assert {row[0] for row in rows} == {cluster.cluster_id for cluster in data.clusters}
    sizes = [row[1] for row in rows]
    assert sizes == sorted(sizes, reverse=True)
    by_id = {cluster.cluster_id: cluster for cluster in data.clusters}
    for row, (found, _, _) in zip(rows, lines(text, "members"), strict=True):
        assert [member[0] for member in found] == [member.id for member in by_id[row[0]].members]
        copies = [member.relation for member in by_id[row[0]].members if member.relation]
        assert row[9] == [copies.count(name) for name in ("exact", "near", "excerpt", "passage")]


def test_a_member_comes_with_what_its_document_says():
    data = newsroom()
    cluster = max(data.clusters, key=lambda cluster: cluster.size)
    document = next(row for row in data.documents if row.id == cluster.head)
    found = members(page(data))[0]
    assert found[1:4] == [document.title, document.url, 1]
    assert overview(page(data))["sites"][found[4]] == document.site
    assert found[12] == [[c.agency, c.kind, c.evidence, c.start, c.end] for c in document.credits]


def test_grounds_come_with_the_cluster():
    data = newsroom()
    cluster = max(data.clusters, key=lambda cluster: cluster.size)
    _, agency, origin = lines(page(data), "members")[0]
    assert agency["confidence"] == cluster.agency_grounds.confidence
    assert [one["reason"] for one in origin["evidence"]] == [one.reason for one in cluster.origin_grounds.evidence]


def test_an_empty_scan_makes_a_page():
    text = page(newsroom(0))
    assert overview(text)["clusters"] == [] and content(text, "members") == ""


def test_the_same_data_makes_the_same_bytes_and_timings_do_not_count():
    one, other = newsroom(), newsroom()
    other.summary.seconds, other.summary.peak_memory_mb = {"read": 99.0}, 1.0
    assert page(one) == page(other)


# ----------------------------------------------------------------------------------------------------------- languages


def keys(table, path=""):
    for name, value in table.items():
        plural = isinstance(value, dict) and "other" in value and set(value) <= {"one", "many", "other"}
        if isinstance(value, dict) and not plural:
            yield from keys(value, f"{path}{name}.")
        else:
            forms = value.values() if plural else [value]
            holes = {hole for form in forms for hole in re.findall(r"\{(\w+)\}", form)}
            yield f"{path}{name}", frozenset(holes)


def test_both_languages_have_the_same_words_with_the_same_holes():
    tables = {lang: tomllib.loads((TEMPLATES / f"words.{lang}.toml").read_text("utf-8")) for lang in html.LANGUAGES}
    assert dict(keys(tables["en"])) == dict(keys(tables["fr"]))


def test_every_word_that_the_script_asks_for_is_there():
    source = "".join((TEMPLATES / name).read_text("utf-8") for name in (*html.SCRIPTS, "report.html"))
    known = dict(keys(tomllib.loads((TEMPLATES / "words.en.toml").read_text("utf-8"))))
    asked = re.findall(r"(?:say|phrase)\(\"([\w.]+)\"[,)]|data-say=\"([\w.]+)\"", source)
    assert len(asked) > 80
    assert {one or other for one, other in asked} <= set(known)
    for kind, names in {
        "relation": RELATIONS,
        "copies": RELATIONS,
        "label": STRIPPED,
        "credit": get_args(CreditKind),
        "confidence": get_args(Confidence),
        "confidence_short": get_args(Confidence),
        "reason": get_args(Reason),
        "step.hours": (*map(str, figures._HOURS), "later"),
        "step.days": (*map(str, figures._DAYS), "later"),
    }.items():
        assert {f"{kind}.{name}" for name in names} <= set(known)


@pytest.mark.parametrize("lang", html.LANGUAGES)
def test_the_page_opens_in_its_language(lang):
    text = page(newsroom(1), lang=lang)
    title = tomllib.loads((TEMPLATES / f"words.{lang}.toml").read_text("utf-8"))["title"]
    tree = LexborHTMLParser(text)
    assert tree.css_first("html").attributes["lang"] == lang == overview(text)["language"]
    assert tree.css_first("h1").text() == title


def test_another_language_is_refused():
    with pytest.raises(ValueError, match="en, fr"):
        render_html(newsroom(1), lang="tlh")


# -------------------------------------------------------------------------------------------------------------- safety


def test_hostile_fields_open_no_element():
    clean, dirty = LexborHTMLParser(page(newsroom(2))), LexborHTMLParser(page(hostile()))
    assert len(dirty.css("script")) == len(clean.css("script")) == 5
    assert dirty.css("img") == [] and dirty.css("b[onclick]") == []
    assert dirty.css_first("main") is not None and dirty.css_first("footer") is not None
    for id_ in ("data", "members", "readings", "tables"):
        assert not re.search("[<>&\u2028\u2029]", content(page(hostile()), id_))


def test_hostile_fields_come_through_as_they_are():
    text = page(hostile())
    member = members(text)[0]
    assert member[1] == HOSTILE[0] and member[2:4] == ["javascript:alert(9)", 0]
    reading, furniture = lines(text, "readings")[member[15]]
    assert reading.split("\n")[1:4] == list(HOSTILE[1:4])
    assert [words for _, _, words in furniture][:4] == list(HOSTILE[:4])
    assert page(hostile()).encode("utf-8")


@pytest.mark.parametrize(
    ("url", "linked"),
    [
        ("https://a.example/x?a=1&b=2", True),
        ("HTTP://a.example/", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("java\nscript:alert(1)", False),
        ("data:text/html,x", False),
        ("file:///etc/passwd", False),
        ("//a.example/x", False),
        ("https://[broken", False),
        ("https:", False),
        ("", False),
    ],
)
def test_only_web_addresses_are_linked(url, linked):
    data = newsroom(1)
    data.documents[0].url = url
    assert members(page(data))[0][2:4] == [url, int(linked)]


def test_the_policy_names_the_style_and_the_script_and_forbids_all_else():
    tree = LexborHTMLParser(page(newsroom(1)))
    policy = tree.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for selector in ("style", "script:not([type])"):
        source = tree.css_first(selector).text()
        assert f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'" in policy
    assert not [node for node in tree.css("*") if "style" in node.attributes], "the policy forbids style attributes"


def test_nothing_is_asked_from_anywhere():
    tree = LexborHTMLParser(page(newsroom()))
    assert tree.css("[src], link, iframe, object, embed, base, form[action]") == []
    assert "url(" not in tree.css_first("style").text() and "@import" not in tree.css_first("style").text()
    script = tree.css_first("script:not([type])").text()
    for word in ("innerHTML", "outerHTML", "insertAdjacent", "document.write", "eval(", "fetch(", "XMLHttp", "import("):
        assert word not in script


@settings(max_examples=30, deadline=None)
@given(st.text(max_size=60))
def test_any_text_comes_through(text):
    data = newsroom(1)
    head = data.clusters[0].head
    data.documents[0].title = text
    data.readings[head] = Reading(head, text, [Furniture(0, "share", text)])
    written = page(data)
    member = members(written)[0]
    wanted = re.sub("[\ud800-\udfff]", "\ufffd", text)
    assert member[1] == wanted
    assert lines(written, "readings")[member[15]] == [wanted, [[0, "share", wanted]]]


# ------------------------------------------------------------------------------------------------------------ passages


def utf16(text, start, end):
    """Cut as JavaScript does."""
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("swapped", [False, True])
def test_passages_are_cut_where_python_cuts_them(swapped):
    data = newsroom(1)
    cluster = data.clusters[0]
    head, other = cluster.members[0].id, cluster.members[1].id
    texts = ["🐟🐟 shared 𝔞 words end", "é🐟 intro shared 𝔞 words"]
    data.readings = {id_: Reading(id_, text) for id_, text in zip((head, other), texts, strict=True)}
    assert texts[0][3:17] == texts[1][9:23] == "shared 𝔞 words"
    pair = Pair(head, other, "near", 1, 1, 1, 9, [(3, 17, 9, 23)])
    if swapped:
        pair = Pair(other, head, "near", 1, 1, 1, 9, [(9, 23, 3, 17)])
    data.pairs = [pair]
    ((a, b, c, d),) = members(page(data))[1][16]
    assert utf16(texts[0], a, b) == utf16(texts[1], c, d) == "shared 𝔞 words"


@given(st.text(alphabet=st.sampled_from("aé漢🐟\ud800"), max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_units_count_as_javascript_does(text, start, end):
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    units = payload._Units(text)
    assert utf16(text, units(start), units(end)) == text[start:end]


def test_furniture_stands_where_javascript_counts_it():
    data = newsroom(1)
    head = data.clusters[0].head
    data.readings[head] = Reading(
        head, "🐟🐟 one\ntwo", [Furniture(7, "related", "Read also"), Furniture(10, "share", "x")]
    )
    written = page(data)
    text, furniture = lines(written, "readings")[members(written)[0][15]]
    assert utf16(text, furniture[0][0], 99) == "two"
    assert furniture[1][0] == len(text.encode("utf-16-le")) // 2


# ------------------------------------------------------------------------------------------------- what is left out


def grouped(data):
    ids = [member.id for cluster in data.clusters for member in cluster.members]
    lengths = np.array([len(data.readings[id_].text.encode()) for id_ in ids])
    ends = np.cumsum([len(cluster.members) for cluster in data.clusters])
    return ids, lengths, np.split(np.arange(len(ids)), ends[:-1])


def chosen(groups, lengths, texts):
    return [int(groups[place][member]) for place, found in to_read(groups, lengths, texts) for member in found]


def test_all_texts_or_heads_or_none():
    _, lengths, groups = grouped(newsroom())
    assert chosen(groups, lengths, "none") == []
    assert sorted(chosen(groups, lengths, "heads")) == [int(group[0]) for group in groups]
    assert sorted(chosen(groups, lengths, "all")) == list(range(len(lengths)))


def test_where_room_is_short_all_heads_go_before_the_copies_of_the_largest(monkeypatch):
    data = newsroom()
    _, lengths, groups = grouped(data)
    heads = [int(group[0]) for group in groups]
    largest = max(groups, key=len)
    room = int(lengths[heads].sum() + lengths[largest[1:]].sum())
    monkeypatch.setattr(html, "MAX_TEXT_BYTES", room)
    found = chosen(groups, lengths, "all")
    assert len(found) == len(set(found))
    assert set(heads) | set(largest.tolist()) <= set(found)
    assert lengths[found].sum() <= room


def test_only_what_is_handed_over_is_read_and_the_page_counts_it():
    data = newsroom()
    heads = {cluster.head for cluster in data.clusters}
    data.readings = {id_: reading for id_, reading in data.readings.items() if id_ in heads}
    text = page(data)
    assert overview(text)["read"] == len(heads) == len(lines(text, "readings"))
    assert overview(text)["membersInAll"] == sum(cluster.size for cluster in data.clusters)
    found = members(text)
    assert found[0][15] is not None and {member[15] for member in found[1:]} == {None}


def test_the_largest_clusters_are_listed_and_the_page_counts_all(monkeypatch):
    data = newsroom()
    monkeypatch.setattr(payload, "MAX_CLUSTERS", 3)
    monkeypatch.setattr(payload, "MAX_MEMBERS", 2)
    text = page(data)
    assert [row[1] for row in overview(text)["clusters"]] == sorted((c.size for c in data.clusters), reverse=True)[:3]
    assert overview(text)["clustersInAll"] == len(data.clusters)
    assert all(len(line[0]) == 2 for line in lines(text, "members"))


@given(st.lists(st.integers(2, 300), max_size=30), st.integers(10, 500))
def test_members_of_all_clusters_stay_within_the_bound(counts, rows):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(payload, "MAX_ROWS", rows)
        limit = payload.member_limit(counts)
    assert sum(min(count, limit) for count in counts) <= max(rows, len(counts))
    assert limit >= 1
    if sum(counts) <= rows:
        assert all(count <= limit for count in counts)

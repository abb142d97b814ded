"""The page as it is written: complete, the same for the same data, and safe whatever the texts hold."""

import base64
import hashlib
import json
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from dedup.records import Pair
from dedup.report import html, render_html
from tests.report.sample import HOSTILE, hostile, newsroom


def page(data):
    return "".join(render_html(data))


def payload(text):
    return json.loads(LexborHTMLParser(text).css_first("script#data").text())


def test_the_overview_shows_the_figures():
    data = newsroom()
    tree = LexborHTMLParser(page(data))
    shown = {div.css_first("dt").text(): div.css_first("dd").text() for div in tree.css(".figures div")}
    assert shown["documents"] == f"{data.summary.documents:,}"
    assert shown["clusters"] == str(len(data.clusters))
    assert {figure.id for figure in tree.css("figure")} == {
        f"picture-{slug}" for slug in ("relations", "sizes", "stripped", "spread")
    }
    for picture in tree.css("figure svg"):
        assert picture.attributes["role"] == "img"
        assert picture.attributes["aria-label"]


def test_the_data_holds_every_cluster_and_member_largest_first():
    data = newsroom()
    clusters = payload(page(data))["clusters"]
    assert {cluster["id"] for cluster in clusters} == {cluster.cluster_id for cluster in data.clusters}
    sizes = [cluster["size"] for cluster in clusters]
    assert sizes == sorted(sizes, reverse=True)
    by_id = {cluster.cluster_id: cluster for cluster in data.clusters}
    for cluster in clusters:
        assert [member["id"] for member in cluster["members"]] == [member.id for member in by_id[cluster["id"]].members]


def test_furniture_is_told_by_site_and_hostile_names_are_text():
    data = newsroom()
    for row in data.documents:
        row.stripped = {}
    data.documents[0].stripped = {"repeated": 2, "consent": 1}
    data.sites[data.documents[0].id] = HOSTILE[0]
    tree = LexborHTMLParser(page(data))
    assert [cell.text() for cell in tree.css("#sites tbody tr > *")] == [HOSTILE[0], "1", "3", "3.0", "2", "consent 1"]
    data.documents[0].stripped = {"headline": 1}
    assert LexborHTMLParser(page(data)).css_first("#sites") is None


def test_an_empty_scan_says_so():
    tree = LexborHTMLParser(page(newsroom(0)))
    assert "No documents were read" in tree.css_first("header").text()
    assert "There are no clusters" in tree.css_first("main").text()
    assert tree.css("figure") == []


def test_no_copies_says_so():
    data = newsroom(0)
    data.summary.documents = 12
    assert "No copies were found among 12 documents" in page(data)


def test_the_same_data_makes_the_same_bytes_and_timings_do_not_count():
    one, other = newsroom(), newsroom()
    other.summary.seconds, other.summary.peak_memory_mb = {"read": 99.0}, 1.0
    assert page(one) == page(other)


# ------------------------------------------------------------------------------------------------------------ safety


def test_hostile_fields_open_no_element():
    clean, dirty = LexborHTMLParser(page(newsroom(2))), LexborHTMLParser(page(hostile()))
    assert len(dirty.css("script")) == len(clean.css("script")) == 2
    assert dirty.css("img") == [] and dirty.css("b[onclick]") == []
    assert dirty.css_first("main") is not None and dirty.css_first("footer") is not None
    raw = page(hostile())
    data = raw[raw.index('id="data">') + 10 :]
    data = data[: data.index("</script>")]
    assert not re.search("[<>&\u2028\u2029]", data)


def test_hostile_fields_come_through_as_they_are():
    clusters = payload(page(hostile()))["clusters"]
    member = clusters[0]["members"][0]
    assert member["title"] == HOSTILE[0]
    assert member["text"].split("\n")[1:4] == list(HOSTILE[1:4])
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
    data.urls[data.clusters[0].head] = url
    assert payload(page(data))["clusters"][0]["members"][0]["url"] == (url if linked else "")


def test_the_policy_names_the_style_and_the_script_and_forbids_all_else():
    tree = LexborHTMLParser(page(newsroom(1)))
    policy = tree.css_first("meta[http-equiv=Content-Security-Policy]").attributes["content"]
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for selector in ("style", "script:not([type])"):
        content = tree.css_first(selector).text()
        assert f"'sha256-{base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()}'" in policy
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
    data.titles[head] = data.texts[head] = text
    member = payload(page(data))["clusters"][0]["members"][0]
    assert member["title"] == member["text"] == re.sub("[\ud800-\udfff]", "\ufffd", text)


# ---------------------------------------------------------------------------------------------------------- passages


def utf16(text, start, end):
    """Cut as JavaScript does."""
    return text.encode("utf-16-le", "surrogatepass")[2 * start : 2 * end].decode("utf-16-le", "surrogatepass")


@pytest.mark.parametrize("swapped", [False, True])
def test_passages_are_cut_where_python_cuts_them(swapped):
    data = newsroom(1)
    cluster = data.clusters[0]
    head, other = cluster.members[0].id, cluster.members[1].id
    data.texts[head], data.texts[other] = "🐟🐟 shared 𝔞 words end", "é🐟 intro shared 𝔞 words"
    spans = (3, 17, 9, 23)
    assert data.texts[head][3:17] == data.texts[other][9:23] == "shared 𝔞 words"
    pair = Pair(head, other, "near", 1, 1, 1, 9, [spans])
    if swapped:
        pair = Pair(other, head, "near", 1, 1, 1, 9, [(9, 23, 3, 17)])
    data.pairs = [pair]
    members = payload(page(data))["clusters"][0]["members"]
    ((a, b, c, d),) = members[1]["passages"]
    assert utf16(members[0]["text"], a, b) == utf16(members[1]["text"], c, d) == "shared 𝔞 words"


@given(st.text(alphabet=st.sampled_from("aé漢🐟\ud800"), max_size=20), st.integers(0, 20), st.integers(0, 20))
def test_units_count_as_javascript_does(text, start, end):
    start, end = sorted((min(start, len(text)), min(end, len(text))))
    units = html._utf16(text)
    assert utf16(text, html._unit(units, start), html._unit(units, end)) == text[start:end]


def test_texts_beyond_the_limit_are_left_out_and_the_page_says_so(monkeypatch):
    data = newsroom()
    assert "left out" not in LexborHTMLParser(page(data)).css_first("main").text()
    members = [member.id for cluster in data.clusters for member in cluster.members]
    lengths = np.array([len(data.texts[id].encode()) for id in members])
    ends = np.cumsum([len(cluster.members) for cluster in data.clusters])
    groups = np.split(np.arange(len(members)), ends[:-1])
    largest = max(groups, key=len)
    monkeypatch.setattr(html, "MAX_TEXT_BYTES", int(lengths[largest].sum()))
    chosen = [int(groups[place][member]) for place, found in html.to_read(groups, lengths) for member in found]
    assert set(largest.tolist()) <= set(chosen)
    assert lengths[chosen].sum() <= html.MAX_TEXT_BYTES
    data.texts = {members[place]: data.texts[members[place]] for place in chosen}
    text = page(data)
    clusters = payload(text)["clusters"]
    assert sum(m["text"] is not None for c in clusters for m in c["members"]) == len(chosen)
    said = LexborHTMLParser(text).css_first("#left-out").text()
    assert f"texts of {len(chosen)} of the {len(members)} documents" in said


def test_the_largest_clusters_are_listed_and_the_page_says_so(monkeypatch):
    data = newsroom()
    monkeypatch.setattr(html, "MAX_CLUSTERS", 3)
    monkeypatch.setattr(html, "MAX_MEMBERS", 2)
    text = page(data)
    clusters = payload(text)["clusters"]
    assert [c["size"] for c in clusters] == sorted((c.size for c in data.clusters), reverse=True)[:3]
    assert all(len(c["members"]) == 2 for c in clusters)
    assert "lists the 3 largest clusters" in LexborHTMLParser(text).css_first("main").text()

"""The copy network, read by an XML parser and held against the published schema's names."""

import os
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

from hypothesis import given, settings
from hypothesis import strategies as st

from dedup.report.graphml import render_graphml
from tests.report.scanned import empty, hostile, scan

GOLDEN = Path(__file__).parent / "golden"
SPACE = "{http://graphml.graphdrawing.org/xmlns}"
# Attributes of each element that the schema (graphml-structure.xsd, graphml-attributes.xsd) has and dedup writes.
ATTRIBUTES = {
    "key": {"id", "for", "attr.name", "attr.type"},
    "graph": {"id", "edgedefault"},
    "node": {"id"},
    "edge": {"source", "target"},
    "data": {"key"},
}
TYPES = {"string": str, "int": int, "double": float}


def xml(data):
    return b"".join(render_graphml(data))


def network(data):
    """Read nodes and edges as a reader of GraphML does: values by the keys' names and types."""
    root = ElementTree.fromstring(xml(data))
    assert root.tag == SPACE + "graphml"
    for element in list(root.iter())[1:]:
        assert set(element.attrib) == ATTRIBUTES[element.tag.removeprefix(SPACE)]
    keys = {key.get("id"): key for key in root.findall(SPACE + "key")}
    assert len(keys) == len(root.findall(SPACE + "key"))

    def values(element):
        named = {}
        for entry in element.findall(SPACE + "data"):
            key = keys[entry.get("key")]
            assert f"{SPACE}{key.get('for')}" == element.tag
            named[key.get("attr.name")] = TYPES[key.get("attr.type")](entry.text or "")
        return named

    [graph] = root.findall(SPACE + "graph")
    assert graph.get("edgedefault") == "directed"
    nodes = {node.get("id"): values(node) for node in graph.findall(SPACE + "node")}
    assert len(nodes) == len(graph.findall(SPACE + "node"))
    assert all(id.isalnum() and id.isascii() for id in nodes)  # NMTOKEN
    edges = {
        (nodes[edge.get("source")]["label"], nodes[edge.get("target")]["label"]): values(edge)
        for edge in graph.findall(SPACE + "edge")
    }
    return {node["label"]: node for node in nodes.values()}, edges


def test_the_network_is_as_agreed():
    """To agree on a new one: UPDATE_GOLDEN=1 pytest tests/report, and read the difference."""
    file, raw = GOLDEN / "network.graphml", xml(scan())
    if os.environ.get("UPDATE_GOLDEN"):
        file.write_bytes(raw)
    assert raw == file.read_bytes()


def test_edges_go_from_the_source_to_who_copied():
    nodes, edges = network(scan())
    assert nodes["bote.example"] == {
        "label": "bote.example", "kind": "outlet", "documents": 3, "original": 1, "agency": 1, "copied": 1,
        "median_delay_hours": 1.5,
    }  # fmt: skip
    assert nodes["AFP"] == {"label": "AFP", "kind": "agency", "documents": 3}
    assert edges == {
        ("AFP", "bote.example"): {"weight": 1},
        ("AFP", "kurier.example"): {"weight": 1, "median_delay_hours": 2.0},
        ("kurier.example", "bote.example"): {"weight": 1, "median_delay_hours": 1.5},
        ("kurier.example", "echo.example"): {"weight": 1},
    }


def test_a_document_that_credits_another_agency_has_it_from_there():
    data = scan()
    data.documents[4].agency = "dpa"
    assert ("dpa", "kurier.example") in network(data)[1]


def test_weights_add_up_and_delays_are_medians():
    data = scan()
    data.clusters[0].members[2].site = "bote.example"
    data.clusters[0].members[2].delay_hours = 4.5
    edge = network(data)[1]["kurier.example", "bote.example"]
    assert edge == {"weight": 2, "median_delay_hours": 3.0}


def test_copies_within_a_site_and_from_nowhere_are_left_out():
    data = scan()
    data.clusters[0].members[1].site = "kurier.example"
    data.clusters[0].members[2].source = "gone"
    assert [ends[0] for ends in network(data)[1]] == ["AFP", "AFP"]


def test_a_scan_without_outlets_has_those_of_its_copies():
    data = scan()
    data.outlets = []
    nodes, edges = network(data)
    assert len(edges) == 4
    assert Counter(node["kind"] for node in nodes.values()) == {"outlet": 3, "agency": 2}


def test_an_outlet_and_an_agency_may_have_one_name():
    data = scan()
    data.clusters[1].members[0].site = "AFP"
    assert ("AFP", "AFP") in network(data)[1]


def test_an_empty_scan_is_an_empty_network():
    assert network(empty()) == ({}, {})


def test_hostile_names_are_text():
    nodes, _ = network(hostile())
    assert "</script><script>alert(1)</script>" in nodes
    assert "line\u2028separator\u2029 and \ufffd null, lone \ufffd surrogate, 𝔞𝔰𝔱𝔯𝔞𝔩 🐟" in nodes


@settings(max_examples=50)
@given(st.lists(st.text(st.characters()), min_size=1, max_size=3, unique=True))
def test_any_name_makes_valid_xml(names):
    nodes, _ = network(hostile(names))
    for name in names:
        if name.isprintable() and name:
            assert name in nodes

"""The copy network as GraphML, which Gephi, yEd, Cytoscape, igraph and networkx read.

Nodes are outlets and agencies, an edge goes from the source to who copied. The names of outlets come from data, and XML
has no form for control characters and lone surrogates, so the nodes are numbered (an ``id`` is an NMTOKEN in the
published schema, http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd) and named in ``label``, with U+FFFD for what
XML 1.0, section 2.2, leaves out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from statistics import median
from typing import NamedTuple
from xml.sax.saxutils import escape

from dedup.records import Cluster, ReportData

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns"
    xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
    xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.1/graphml.xsd">
"""
_NODE_DATA = {
    "label": "string",
    "kind": "string",
    "documents": "int",
    "original": "int",
    "agency": "int",
    "copied": "int",
    "median_delay_hours": "double",
}
_EDGE_DATA = {"weight": "int", "median_delay_hours": "double"}
_NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Value = str | int | float | None


class Node(NamedTuple):
    """An outlet or an agency; the two may have one name."""

    kind: str
    name: str


def render_graphml(data: ReportData) -> Iterator[bytes]:
    """Write the copy network.

    Parameters
    ----------
    data
        The rows of a scan; texts and pairs are not read.

    Yields
    ------
    bytes
        Pieces of the file, in order. See `interface.Export`. Nodes are all outlets and the agencies that are credited,
        with their counts over the whole scan. Edges have as `weight` the number of copies in clusters, and the median
        of their delays, where known: after the source's copy, or, of an agency, after the first in the cluster.
    """
    edges = network(data)
    nodes = _nodes(data, edges)
    numbers = {node: f"n{number}" for number, node in enumerate(nodes)}
    yield (_HEAD + _keys("node", _NODE_DATA) + _keys("edge", _EDGE_DATA)).encode()
    yield b'  <graph id="copies" edgedefault="directed">\n'
    for node, values in nodes.items():
        yield f'    <node id="{numbers[node]}">{_data("node", values)}</node>\n'.encode()
    for (source, copier), delays in edges.items():
        known = [delay for delay in delays if delay is not None]
        values = {"weight": len(delays), "median_delay_hours": median(known) if known else None}
        ends = f'source="{numbers[source]}" target="{numbers[copier]}"'
        yield f"    <edge {ends}>{_data('edge', values)}</edge>\n".encode()
    yield b"  </graph>\n</graphml>\n"


def network(data: ReportData) -> dict[tuple[Node, Node], list[float | None]]:
    """Gather the copies of clusters by who had them from whom; of each the hours behind its source.

    A document that credits an agency has it from there, one that credits none from the agency of its cluster, or else
    from the site of its `source`. Copies without a site, from an unknown source or within one site are left out.
    """
    clustered = {member.id for cluster in data.clusters for member in cluster.members}
    credited = {row.id: row.agency for row in data.documents if row.agency and row.id in clustered}
    edges: dict[tuple[Node, Node], list[float | None]] = defaultdict(list)
    for cluster in data.clusters:
        for source, site, delay in _copies(cluster, credited):
            edges[source, Node("outlet", site)].append(delay)
    return dict(sorted(edges.items()))


def _copies(cluster: Cluster, credited: Mapping[str, str]) -> Iterator[tuple[Node, str, float | None]]:
    members = {member.id: member for member in cluster.members}
    for member in cluster.members:
        if not member.site:
            continue
        if agency := credited.get(member.id, cluster.agency):
            yield Node("agency", agency), member.site, member.delay_hours
            continue
        source = members.get(member.source or "")
        if source and source.site and source.site != member.site:
            yield Node("outlet", source.site), member.site, _behind(member.delay_hours, source.delay_hours)


def _behind(copy: float | None, source: float | None) -> float | None:
    return None if copy is None or source is None else copy - source


def _nodes(data: ReportData, edges: Mapping[tuple[Node, Node], object]) -> dict[Node, dict[str, Value]]:
    """Give the nodes with their counts: the outlets, those of a scan without any from its edges, and the agencies."""
    nodes: dict[Node, dict[str, Value]] = {}
    for outlet in data.outlets:
        counts = {name: getattr(outlet, name) for name in list(_NODE_DATA)[2:]}
        nodes[Node("outlet", outlet.site)] = counts
    for name, documents in data.summary.agencies.items():
        nodes[Node("agency", name)] = {"documents": documents}
    for node in sorted({node for ends in edges for node in ends}):
        nodes.setdefault(node, {})
    return {node: {"label": node.name, "kind": node.kind, **values} for node, values in nodes.items()}


def _keys(of: str, kinds: Mapping[str, str]) -> str:
    rows = (
        f'  <key id="{of}_{name}" for="{of}" attr.name="{name}" attr.type="{kind}"/>\n' for name, kind in kinds.items()
    )
    return "".join(rows)


def _data(of: str, values: Mapping[str, Value]) -> str:
    """Write the values that are known."""
    return "".join(
        f'<data key="{of}_{name}">{_xml(str(value))}</data>' for name, value in values.items() if value is not None
    )


def _xml(text: str) -> str:
    return escape(_NO_XML.sub("\ufffd", text), {"\r": "&#13;"})  # a bare one would be read as a line feed

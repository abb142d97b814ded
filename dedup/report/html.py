"""`report.html`: one file that opens from disk, asks nobody for anything, and shows hostile text as text.

The overview is drawn here (jinja2 with autoescape, SVG). The list of clusters is data, read by the page's own script:
JSON inside ``<script type="application/json">``, with ``<``, ``>``, ``&`` and the two line separators of JavaScript
escaped, so that no text can close the element (OWASP, Cross Site Scripting Prevention, rule 3.1). The script only ever
sets `textContent`. A content security policy names the page's style and script by their hashes and forbids all else.

Passages are counted in code points; JavaScript counts UTF-16 units. They are translated here, where it is cheap.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib import resources
from itertools import accumulate
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dedup.records import Cluster, Member, Pair, ReportData
from dedup.report.figures import overview, pictures, sites

if TYPE_CHECKING:
    import numpy as np
    from jinja2 import Environment
    from numpy.typing import NDArray

MAX_TEXT_BYTES = 12_000_000
"""UTF-8 bytes of texts embedded: a page of this size still goes through the mail (limits are 20 to 25 MB, and mail
carries 3 bytes as 4) and a phone still opens it."""
MAX_CLUSTERS = 10_000
"""Clusters listed, the largest: the script still sorts and searches them without a pause."""
MAX_MEMBERS = 1_000
"""Members listed of one cluster, the first."""

_SCRIPT_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}
_SURROGATE = re.compile("[\ud800-\udfff]")


def render_html(data: ReportData) -> Iterator[str]:
    """Write the page.

    Parameters
    ----------
    data
        The rows of a scan; all of its texts are embedded (`to_read` chooses them).

    Yields
    ------
    str
        Pieces of the page, in order; the same for the same data. They can be encoded as UTF-8: what a text holds of
        lone surrogates became U+FFFD.
    """
    texts = data.texts
    template = _environment().get_template("report.html")
    pieces = template.generate(
        style=_asset("report.css"),
        script=_asset("report.js"),
        style_hash=_hash(_asset("report.css")),
        script_hash=_hash(_asset("report.js")),
        payload=_json(_payload(data, texts)),
        summary=data.summary,
        figures=overview(data),
        pictures=pictures(data),
        sites=sites(data),
        in_clusters=sum(len(cluster.members) for cluster in data.clusters),
        embedded=len(texts),
        limit=MAX_TEXT_BYTES // 1_000_000,
        listed=MAX_CLUSTERS,
        members=MAX_MEMBERS,
        largest=max((cluster.size for cluster in data.clusters), default=0),
    )
    return (_SURROGATE.sub("\ufffd", piece) for piece in pieces)


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("dedup.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text("utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


def _json(payload: object) -> str:
    """Encode for a script element: whatever the texts hold, it can neither be closed nor read as another."""
    return json.dumps(payload, ensure_ascii=False, separators=(",", ":")).translate(_SCRIPT_ESCAPES)


def to_read(groups: Sequence[NDArray[np.int64]], lengths: NDArray[np.int64]) -> Iterator[tuple[int, list[int]]]:
    """Choose the texts that go into the page: those of the largest clusters, heads first, while there is room.

    Parameters
    ----------
    groups
        Documents of each cluster, the head first.
    lengths
        UTF-8 bytes of the texts of all documents.

    Yields
    ------
    int, list of int
        The place of a cluster, and of members in it.
    """
    room = MAX_TEXT_BYTES
    for place in sorted(range(len(groups)), key=lambda place: -len(groups[place]))[:MAX_CLUSTERS]:
        members = []
        for member, size in enumerate(lengths[groups[place][:MAX_MEMBERS]].tolist()):
            if size <= room:
                members.append(member)
                room -= size
        yield place, members


def _listed(clusters: Iterable[Cluster]) -> list[Cluster]:
    return sorted(clusters, key=lambda cluster: -cluster.size)[:MAX_CLUSTERS]


def _payload(data: ReportData, texts: dict[str, str]) -> dict[str, Any]:
    pairs = {frozenset((pair.a, pair.b)): pair for pair in data.pairs}
    agencies = {row.id: row.agency for row in data.documents if row.agency}
    units = {id_: _utf16(text) for id_, text in texts.items()}

    def member(cluster: Cluster, one: Member) -> dict[str, Any]:
        pair = pairs.get(frozenset((cluster.head, one.id))) if one.id != cluster.head else None
        return {
            "id": one.id,
            "title": data.titles.get(one.id, ""),
            "url": _link(data.urls.get(one.id, "")),
            "site": one.site or data.sites.get(one.id, ""),
            "published": one.published or "",
            "agency": agencies.get(one.id) or "",
            "relation": one.relation or "",
            "jaccard": one.jaccard,
            "containment": one.containment,
            "containmentHead": one.containment_head,
            "shared": one.shared,
            "text": texts.get(one.id),
            "passages": _passages(pair, cluster.head, one.id, units),
        }

    return {
        "clusters": [
            {
                "id": cluster.cluster_id,
                "size": cluster.size,
                "agency": cluster.agency or "",
                "origin": cluster.origin,
                "first": cluster.first_published or "",
                "sites": cluster.sites,
                "members": [member(cluster, one) for one in cluster.members[:MAX_MEMBERS]],
            }
            for cluster in _listed(data.clusters)
        ]
    }


def _passages(pair: Pair | None, head: str, other: str, units: dict[str, list[int] | None]) -> list[list[int]]:
    """Give the shared passages as `[head_start, head_end, other_start, other_end]` in UTF-16 units."""
    if pair is None or head not in units or other not in units:
        return []
    spans = pair.passages if pair.a == head else [(c, d, a, b) for a, b, c, d in pair.passages]
    of_head, of_other = units[head], units[other]
    return [[*(_unit(of_head, at) for at in span[:2]), *(_unit(of_other, at) for at in span[2:])] for span in spans]


def _utf16(text: str) -> list[int] | None:
    """Map code points to UTF-16 units: `units[i]` stand before code point i; None where they are the same."""
    if not text or max(text) <= "\uffff":
        return None
    return list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0))


def _unit(units: list[int] | None, point: int) -> int:
    return point if units is None else units[min(point, len(units) - 1)]


def _link(url: str) -> str:
    """Give the address if it is one of the web; a page's own script, a file or anything else is not linked."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""

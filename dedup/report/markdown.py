"""The summary of a scan as Markdown, for an issue, a wiki or a notebook.

Titles, sites and agencies come from data, and whoever renders the page knows more than CommonMark: GitHub also links
bare addresses, pings ``@names`` and links ``#1``, some of it after the parser is through with backslashes. So a text in
which ``@``, ``#`` or an address stands becomes a code span, in which nothing is ever read as markup, and in all others
each character with a meaning gets its backslash.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from heapq import nlargest

from dedup.records import RELATIONS, Cluster, Grounds, Outlet, ReportData, Summary

LARGEST = 10
"""Clusters and outlets listed."""
TITLE_LENGTH = 150
"""Code points of a title or another name shown."""

_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200e\u200f\u061c\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
# What is linked without any markup whatever stands before it: mail and mentions, issues, addresses.
_LINKED = re.compile(r"[@#]|://|\bwww\.|\bGH-\d", re.IGNORECASE)
# What a parser reads inside of a cell; a full stop inside of a name is an address to some.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>|~&$]|(?<=\w)\.(?=[^\W\d])")


def render_markdown(data: ReportData) -> Iterator[bytes]:
    """Write the summary.

    Parameters
    ----------
    data
        The rows of a scan; texts and pairs are not read.

    Yields
    ------
    bytes
        Pieces of the file, in order. See `interface.Export`. Tables are GitHub's, which most renderers know.
    """
    parts = (_figures(data.summary), _agencies(data.summary), _outlets(data.outlets), _clusters(data))
    yield b"# Who copied what\n"
    for part in parts:
        yield part.encode()


def shown(text: str) -> str:
    """Escape a text for the cell of a table: what comes out of it is the text, and no link, image or element."""
    text = _line(text)
    return code(text) if _LINKED.search(text) else _MARKUP.sub(r"\\\g<0>", text)


def code(text: str, most: int = TITLE_LENGTH) -> str:
    """Make a code span: fenced by more backticks than it has in a row (CommonMark 0.31, section 6.1).

    Of more than `most` code points the beginning is shown.
    A cell ends at a bar also inside of one, and at a backslash before it the renderers disagree: it gives way.
    """
    text = _line(text, most)
    if not text:
        return ""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if text[0] == "`" or text[-1] == "`" else ""
    return f"{fence}{space}{text.replace('|', '¦')}{space}{fence}"


def _line(text: str, most: int = TITLE_LENGTH) -> str:
    text = _UNSEEN.sub("\ufffd", " ".join(text.split()))
    return text if len(text) <= most else text[:most].rstrip() + "…"


def _figures(summary: Summary) -> str:
    share = f" ({summary.duplicates / summary.documents:.1%})" if summary.documents else ""
    rows = [
        ("documents", f"{summary.documents:,}"),
        ("duplicates", f"{summary.duplicates:,}{share}"),
        ("clusters", f"{summary.clusters:,}"),
        *((f"pairs, {relation}", f"{summary.pairs.get(relation, 0):,}") for relation in RELATIONS),
        ("bad records skipped", f"{summary.bad_records:,}"),
    ]
    return table(("figure", "number"), rows, "-:")


def _agencies(summary: Summary) -> str:
    rows = [(shown(name), f"{count:,}", f"{count / summary.documents:.1%}") for name, count in summary.agencies.items()]
    return _section("Agencies", "No agency is credited.", ("agency", "documents", "share"), rows, "-::")


def _outlets(outlets: Sequence[Outlet]) -> str:
    largest = nlargest(LARGEST, outlets, key=lambda outlet: outlet.documents)
    rows = [
        (
            code(outlet.site),
            f"{outlet.documents:,}",
            *(_share(count, outlet.documents) for count in (outlet.original, outlet.agency, outlet.copied)),
            _hours(outlet.median_delay_hours),
            code(next(iter(outlet.copied_from), "")),
        )
        for outlet in largest
    ]
    head = ("outlet", "documents", "original", "agency", "copied", "median delay", "most copied from")
    title = f"Outlets: the {LARGEST} largest of {len(outlets):,}" if len(outlets) > LARGEST else "Outlets"
    return _section(title, "No outlet is known.", head, rows, "-:::::-")


def _clusters(data: ReportData) -> str:
    largest = nlargest(LARGEST, data.clusters, key=lambda cluster: cluster.size)
    heads = {cluster.head for cluster in largest}
    titles = {row.id: row.title for row in data.documents if row.id in heads} if heads else {}
    rows = [
        (
            f"{cluster.size:,}",
            shown(titles.get(cluster.head) or cluster.head),
            shown(cluster.agency or "") + _confidence(cluster.agency_grounds),
            code(_origin(cluster)) + _confidence(cluster.origin_grounds),
            shown((cluster.first_published or "")[:16]),
            _hours(cluster.spread_hours),
            f"{len(cluster.sites):,}",
        )
        for cluster in largest
    ]
    head = ("documents", "headline", "agency", "first", "published", "spread", "sites")
    many = len(data.clusters) > LARGEST
    title = f"Clusters: the {LARGEST} largest of {len(data.clusters):,}" if many else "Clusters"
    return _section(title, "Nothing was copied.", head, rows, ":----::")


def _origin(cluster: Cluster) -> str:
    """Name the site of the first publisher, or else its document; nothing where it is not known."""
    sites = (member.site for member in cluster.members if member.id == cluster.origin)
    return next(sites, None) or cluster.origin or ""


def _confidence(grounds: Grounds | None) -> str:
    return f" ({grounds.confidence})" if grounds else ""


def _share(count: int, of: int) -> str:
    return f"{count / of:.0%}" if of else ""


def _hours(hours: float | None) -> str:
    return "" if hours is None else f"{hours:,.1f} h"


def _section(title: str, otherwise: str, head: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    rows = list(rows)
    return f"\n## {title}\n" + (table(head, rows, align) if rows else f"\n{otherwise}\n")


def table(head: Sequence[str], rows: Iterable[Sequence[str]], align: str) -> str:
    """Draw a table; `align` has a colon for each column whose cells stand to the right."""
    rule = ["--:" if side == ":" else "---" for side in align]
    return "\n" + "".join(f"| {' | '.join(row)} |\n" for row in (head, rule, *rows))

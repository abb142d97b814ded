"""The data of `report.html` as the page's script reads them.

Three elements hold them, so that a page of ten thousand clusters is drawn before most of it is read:

- ``data``: one JSON value, parsed at once: figures, counts of the pictures, outlets, and one short row a cluster.
- ``members``, behind the script: one line a cluster, in the order of those rows, parsed when it is opened or searched.
- ``readings``, behind it too: one line a text, parsed when it is read.

Passages, credits and furniture are placed by code points; JavaScript counts UTF-16 units. They are translated here.
Rows that come by the ten thousand are arrays; `templates/data.js` names their fields again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import msgspec

from dedup.records import RELATIONS, STRIPPED, Cluster, Credit, DocumentRow, Member, Outlet, Pair, Reading, ReportData
from dedup.report import figures

MAX_CLUSTERS = 10_000
"""Clusters listed, the largest: the script still sorts and searches them without a pause."""
MAX_MEMBERS = 1_000
"""Members listed of one cluster."""
MAX_ROWS = 60_000
"""Members listed of all clusters: some 15 MB."""
MAX_OUTLETS = 2_000
"""Outlets, and sites of what was stripped, that are listed: those with most documents, and with most blocks."""

_RELATION = {name: place for place, name in enumerate(RELATIONS)}
_WEB = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#]|$)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPES = [(char.encode(), f"\\u{ord(char):04x}".encode()) for char in "<>&\u2028\u2029"]


class Pieces(NamedTuple):
    """JSON for the elements of the page, escaped for them."""

    data: str
    members: list[str]
    """A line a cluster."""
    readings: list[str]
    """A line a text."""


class _Units:
    """UTF-16 units before each code point of a text."""

    def __init__(self, text: str) -> None:
        wide = not text.isascii() and len(text.encode("utf-16-le", "surrogatepass")) > 2 * len(text)
        self._before = list(accumulate((2 if char > "\uffff" else 1 for char in text), initial=0)) if wide else None

    def __call__(self, point: int) -> int:
        return point if self._before is None else self._before[min(point, len(self._before) - 1)]


def build(data: ReportData, language: str) -> Pieces:
    """Encode what the page shows."""
    listed = largest(data.clusters)
    shown = member_limit([len(cluster.members) for cluster in listed])
    ids = {member.id for cluster in listed for member in cluster.members[:shown]}
    rows = {row.id: row for row in data.documents if row.id in ids}
    readings = {id_: reading for id_, reading in data.readings.items() if id_ in ids}
    writer = _Writer(listed, shown, rows, readings, _passages(data.pairs, listed, readings))
    overview = {
        "language": language,
        "figures": figures.overview(data),
        "relations": figures.relations(data.summary.pairs),
        "sizes": figures.sizes(data.clusters),
        "spread": figures.spread(data.clusters),
        "carried": figures.carried(data.outlets),
        "outlets": [_outlet(outlet) for outlet in data.outlets[:MAX_OUTLETS]],
        "outletsInAll": len(data.outlets),
        "stripped": figures.stripped(data.documents)[:MAX_OUTLETS] if data.summary.blocks else [],
        "blocks": {label: data.summary.blocks[label] for label in STRIPPED if data.summary.blocks.get(label)},
        "parameters": data.summary.parameters,
        "versions": data.summary.versions,
        "clustersInAll": len(data.clusters),
        "membersShown": shown,
        "membersInAll": sum(len(cluster.members) for cluster in data.clusters),
        "read": len(readings),
    }
    members = [encode(line) for line in writer.lines()]
    return Pieces(
        encode(overview | {"sites": list(writer.sites), "clusters": list(writer.rows())}),
        members,
        [encode(line) for line in writer.readings()],
    )


def largest(clusters: Iterable[Cluster]) -> list[Cluster]:
    """Give the clusters that are listed, the largest first."""
    return sorted(clusters, key=lambda cluster: -cluster.size)[:MAX_CLUSTERS]


def member_limit(counts: Sequence[int]) -> int:
    """Give how many members may be listed of each cluster so that all together are no more than `MAX_ROWS`."""
    room = MAX_ROWS
    for place, count in enumerate(sorted(counts)):
        each = room // (len(counts) - place)
        if count > each:
            return max(1, min(each, MAX_MEMBERS))
        room -= count
    return MAX_MEMBERS


def encode(value: object) -> str:
    """Encode for a script element: whatever the texts hold, it can neither be closed nor read as another.

    Lone surrogates, which no UTF-8 can hold, become U+FFFD.
    """
    try:
        encoded = msgspec.json.encode(value)
    except UnicodeEncodeError:
        encoded = msgspec.json.encode(_scrubbed(msgspec.to_builtins(value)))
    for char, escape in _ESCAPES:
        encoded = encoded.replace(char, escape)
    return encoded.decode()


def _scrubbed(value: Any) -> Any:
    if isinstance(value, str):
        return _SURROGATE.sub("\ufffd", value)
    if isinstance(value, list | tuple):
        return [_scrubbed(entry) for entry in value]
    if isinstance(value, dict):
        return {_scrubbed(key): _scrubbed(entry) for key, entry in value.items()}
    return value


def _outlet(outlet: Outlet) -> tuple[object, ...]:
    return (
        outlet.site,
        outlet.documents,
        outlet.original,
        outlet.agency,
        outlet.copied,
        outlet.median_delay_hours,
        outlet.agencies,
        outlet.copied_from,
    )


def _passages(
    pairs: Iterable[Pair], clusters: Iterable[Cluster], readings: dict[str, Reading]
) -> dict[str, list[tuple[int, int, int, int]]]:
    """Give the passages by the copy that shares them with its head, the head's span first, where both can be read."""
    heads = {
        member.id: cluster.head
        for cluster in clusters
        if cluster.head in readings
        for member in cluster.members
        if member.id in readings and member.id != cluster.head
    }
    found = {}
    for pair in pairs if heads else ():
        if heads.get(pair.b) == pair.a:
            found[pair.b] = pair.passages
        elif heads.get(pair.a) == pair.b:
            found[pair.a] = [(c, d, a, b) for a, b, c, d in pair.passages]
    return found


class _Writer:
    """Turns clusters, their members and texts into rows."""

    def __init__(
        self,
        clusters: list[Cluster],
        shown: int,
        rows: dict[str, DocumentRow],
        readings: dict[str, Reading],
        passages: dict[str, list[tuple[int, int, int, int]]],
    ) -> None:
        self._clusters, self._shown, self._rows = clusters, shown, rows
        self._readings, self._passages = readings, passages
        self._order = {id_: place for place, id_ in enumerate(readings)}
        self._units = {id_: _Units(reading.text) for id_, reading in readings.items()}
        self.sites: dict[str, int] = {}
        """Sites in the order of the numbers that stand for them."""
        for cluster in clusters:
            for site in (*cluster.sites, *(member.site for member in cluster.members[:shown])):
                if site is not None:
                    self.sites.setdefault(site, len(self.sites))

    def rows(self) -> Iterator[tuple[object, ...]]:
        """Give one row a cluster, for the list."""
        for cluster in self._clusters:
            head = self._rows.get(cluster.head)
            counts = [0, 0, 0, 0]
            for member in cluster.members:
                if member.relation is not None:
                    counts[_RELATION[member.relation]] += 1
            yield (
                cluster.cluster_id,
                cluster.size,
                head.title if head else None,
                cluster.head,
                cluster.agency,
                cluster.origin,
                cluster.first_published,
                cluster.spread_hours,
                [self.sites[site] for site in cluster.sites],
                counts,
            )

    def lines(self) -> Iterator[tuple[object, ...]]:
        """Give one line a cluster: its members, and the grounds of what is concluded."""
        for cluster in self._clusters:
            head = self._rows.get(cluster.head)
            title = head.title if head else None
            members = [self._member(cluster, title, member) for member in cluster.members[: self._shown]]
            yield members, cluster.agency_grounds, cluster.origin_grounds

    def readings(self) -> Iterator[tuple[object, ...]]:
        """Give one line a text, with what was stripped from it."""
        for id_, reading in self._readings.items():
            units = self._units[id_]
            yield reading.text, [(units(block.at), block.label, block.text) for block in reading.furniture]

    def _member(self, cluster: Cluster, headline: str | None, member: Member) -> tuple[object, ...]:
        """Give one row a member; a title that is the head's, as most are, is 0."""
        row = self._rows.get(member.id)
        site = member.site or (row.site if row else None)
        url = (row.url if row else None) or ""
        return (
            member.id,
            None if row is None else 0 if row.title == headline and member.id != cluster.head else row.title,
            url,
            1 if is_web_address(url) else 0,
            self.sites.get(site, site) if site else None,
            member.published or (row.published if row else None),
            None if member.relation is None else _RELATION[member.relation],
            round(member.jaccard, 4),
            round(member.containment, 4),
            round(member.containment_head, 4),
            member.shared,
            member.delay_hours,
            [self._credit(credit, member.id) for credit in row.credits] if row else [],
            member.source,
            member.source_grounds,
            self._order.get(member.id),
            self._spans(cluster, member.id),
        )

    def _credit(self, credit: Credit, id_: str) -> tuple[object, ...]:
        units = self._units.get(id_)
        if units is None or credit.start is None or credit.end is None:
            return credit.agency, credit.kind, credit.evidence
        return credit.agency, credit.kind, credit.evidence, units(credit.start), units(credit.end)

    def _spans(self, cluster: Cluster, id_: str) -> list[tuple[int, int, int, int]]:
        passages = self._passages.get(id_)
        if not passages:
            return []
        head, copy = self._units[cluster.head], self._units[id_]
        return [(head(a), head(b), copy(c), copy(d)) for a, b, c, d in passages]


def is_web_address(url: str) -> bool:
    """Tell whether an address may be linked; a page's own script, a file or anything else may not."""
    return _WEB.match(url) is not None

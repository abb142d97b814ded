"""What each site carried: how much is its own, an agency's or another site's, and how late it came.

Counts of parts of a corpus add up: whoever counts in several places sends the `counts` of each to one, and merges them
there in any order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeVar

import msgspec

from dedup.records import Cluster, Outlet

K = TypeVar("K", str, float)


class OutletCounts(msgspec.Struct):
    """What was counted of one site; all but the delays as in `Outlet`."""

    site: str
    documents: int = 0
    original: int = 0
    agency: int = 0
    copied: int = 0
    delays: dict[float, int] = msgspec.field(default_factory=dict)
    """Documents by their hours behind the first copies of their clusters."""
    agencies: dict[str, int] = msgspec.field(default_factory=dict)
    copied_from: dict[str, int] = msgspec.field(default_factory=dict)


class Outlets:
    """Counts documents by site; those without a site are left out."""

    def __init__(self) -> None:
        self._counts: dict[str, OutletCounts] = {}

    def add_alone(self, site: str | None, agency: str | None, documents: int = 1) -> None:
        """Count documents that stand in no cluster: an agency's, or the site's own."""
        if site is None:
            return
        counts = self._of(site)
        counts.documents += documents
        if agency:
            counts.agency += documents
            _add(counts.agencies, agency, documents)
        else:
            counts.original += documents

    def add(self, cluster: Cluster, agencies: Sequence[str | None]) -> None:
        """Count the members of a cluster; `agencies` are those that each credits itself.

        Who credits none has the cluster's, unless it is too unsure to say whose story it is.
        """
        grounds = cluster.agency_grounds
        whose = cluster.agency if grounds is not None and grounds.confidence != "low" else None
        site_of = {member.id: member.site for member in cluster.members}
        origin = site_of.get(cluster.origin) if cluster.origin else None
        among_sites = len({site for site in site_of.values() if site}) > 1
        for member, own in zip(cluster.members, agencies, strict=True):
            if member.site is None:
                continue
            counts = self._of(member.site)
            counts.documents += 1
            if agency := own or whose:
                counts.agency += 1
                _add(counts.agencies, agency)
            elif member.source is not None and site_of.get(member.source) != member.site:
                counts.copied += 1
                if source := site_of.get(member.source):
                    _add(counts.copied_from, source)
            elif not among_sites or member.site == origin:
                counts.original += 1
            if among_sites and member.delay_hours:
                _add(counts.delays, member.delay_hours)

    def counts(self) -> Iterator[OutletCounts]:
        """Give what was counted of each site."""
        return iter(self._counts.values())

    def merge(self, counts: Iterable[OutletCounts]) -> None:
        """Add what was counted elsewhere, of other documents."""
        for other in counts:
            own = self._of(other.site)
            own.documents += other.documents
            own.original += other.original
            own.agency += other.agency
            own.copied += other.copied
            _add_all(own.delays, other.delays)
            _add_all(own.agencies, other.agencies)
            _add_all(own.copied_from, other.copied_from)

    def rows(self) -> list[Outlet]:
        """Return the sites, those with most documents first."""
        order = sorted(self._counts.values(), key=lambda counts: (-counts.documents, counts.site))
        return [_outlet(counts) for counts in order]

    def _of(self, site: str) -> OutletCounts:
        counts = self._counts.get(site)
        if counts is None:
            counts = self._counts[site] = OutletCounts(site)
        return counts


def _add(counts: dict[K, int], key: K, documents: int = 1) -> None:
    counts[key] = counts.get(key, 0) + documents


def _add_all(counts: dict[K, int], others: Mapping[K, int]) -> None:
    for key, documents in others.items():
        _add(counts, key, documents)


def _outlet(counts: OutletCounts) -> Outlet:
    return Outlet(
        counts.site,
        counts.documents,
        counts.original,
        counts.agency,
        counts.copied,
        round(_median(counts.delays), 4) if counts.delays else None,
        _most_first(counts.agencies),
        _most_first(counts.copied_from),
    )


def _median(counts: Mapping[float, int]) -> float:
    """Return the median of values that stand so many times each."""
    half = sum(counts.values()) / 2
    values, seen = sorted(counts), 0
    for place, value in enumerate(values):
        seen += counts[value]
        if seen > half:
            return value
        if seen == half:  # as many below as above: between this value and the next
            return (value + values[place + 1]) / 2
    raise ValueError("no median of no values")


def _most_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))

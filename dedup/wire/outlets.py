"""What each site carried: how much is its own, an agency's or another site's, and how late it came."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median

from dedup.records import Cluster, Outlet


@dataclass(slots=True)
class _Counts:
    documents: int = 0
    original: int = 0
    agency: int = 0
    copied: int = 0
    delays: list[float] = field(default_factory=list)
    agencies: Counter[str] = field(default_factory=Counter)
    copied_from: Counter[str] = field(default_factory=Counter)


class Outlets:
    """Counts documents by site; those without a site are left out."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, _Counts] = defaultdict(_Counts)

    def add_alone(self, site: str | None, agency: str | None, documents: int = 1) -> None:
        """Count documents that stand in no cluster: an agency's, or the site's own."""
        if site is None:
            return
        counts = self._counts[site]
        counts.documents += documents
        if agency:
            counts.agency += documents
            counts.agencies[agency] += documents
        else:
            counts.original += documents

    def add(self, cluster: Cluster) -> None:
        """Count the members of a cluster."""
        site_of = {member.id: member.site for member in cluster.members}
        origin = site_of.get(cluster.origin) if cluster.origin else None
        among_sites = len({site for site in site_of.values() if site}) > 1
        for member in cluster.members:
            if member.site is None:
                continue
            counts = self._counts[member.site]
            counts.documents += 1
            if cluster.agency:
                counts.agency += 1
                counts.agencies[cluster.agency] += 1
            elif not among_sites or member.site == origin:
                counts.original += 1
            elif member.source is not None:
                counts.copied += 1
                if source := site_of.get(member.source):
                    counts.copied_from[source] += 1
            if among_sites and member.delay_hours:
                counts.delays.append(member.delay_hours)

    def rows(self) -> list[Outlet]:
        """Return the sites, those with most documents first."""
        order = sorted(self._counts.items(), key=lambda item: (-item[1].documents, item[0]))
        return [_outlet(site, counts) for site, counts in order]


def _outlet(site: str, counts: _Counts) -> Outlet:
    delay = round(median(counts.delays), 4) if counts.delays else None
    agencies, sources = _most_first(counts.agencies), _most_first(counts.copied_from)
    return Outlet(site, counts.documents, counts.original, counts.agency, counts.copied, delay, agencies, sources)


def _most_first(counts: Counter[str]) -> dict[str, int]:
    pairs: Iterable[tuple[str, int]] = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return dict(pairs)

"""Clusters as records: members with their figures against the head, agency, origin and spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import compress
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from dedup import cluster, wire
from dedup.records import RELATIONS, Cluster, Grounds, Member, Outlet, Relation

if TYPE_CHECKING:
    from dedup.engine.holdings import Holdings
    from dedup.match import PairTable


class Figures(NamedTuple):
    """What members have in common with their heads."""

    table: PairTable
    codes: NDArray[np.uint8]
    """Relation of each row of the table."""
    row_to_head: NDArray[np.int64]
    """The row that tells of each document and its head; -1 for heads."""
    sizes: NDArray[np.int32]
    """Distinct shingles of each document."""

    def relation(self, index: int) -> Relation | None:
        """Name the relation of a document to its head; None for a head."""
        row = self.row_to_head[index]
        return RELATIONS[self.codes[row] - 1] if row >= 0 else None

    def shared(self, index: int) -> int:
        """Count the shingles that a document has in common with its head."""
        row = self.row_to_head[index]
        return int(self.sizes[index] if row < 0 else self.table.shared[row])


def make_cluster(held: Holdings, figures: Figures, group: NDArray[np.int64]) -> Cluster:
    """Make the record of a cluster; `group` are its documents, the head first."""
    indices: list[int] = group.tolist()
    published = [held.published[index] or None for index in indices]
    sites = [held.sites[index] for index in indices]
    agency, agency_grounds = wire.credited_agency(
        [held.agencies[index] for index in indices], [held.credit_words[index] or None for index in indices]
    )
    canonical = [held.canonical[index] for index in indices]
    first, origin_grounds = wire.origin(published, sites, canonical)
    delays = wire.delays(published)
    known = [delay for delay in delays if delay is not None]
    members = [_member(held, figures, index, indices[0]) for index in indices]
    for member, delay in zip(members, delays, strict=True):
        member.delay_hours = delay
    if first is not None and origin_grounds is not None and agency is None:
        _name_source(members, first, origin_grounds, canonical)
    return Cluster(
        cluster_id=cluster.cluster_id(members[0].id),
        size=len(members),
        head=members[0].id,
        members=members,
        agency=agency,
        origin=members[first].id if first is not None else None,
        first_published=wire.first_published(published),
        sites=wire.sites_in_order(sites, published),
        agency_grounds=agency_grounds,
        origin_grounds=origin_grounds,
        spread_hours=max(known) if len(known) > 1 else None,
    )


def _name_source(members: list[Member], first: int, grounds: Grounds, canonical: list[str | None]) -> None:
    """Say of all members but the origin that they have the story from it."""
    origin = members[first]
    for place, member in enumerate(members):
        if place == first:
            continue
        inside = holds = None
        if first == 0:  # each was held against the head
            inside, holds = member.containment, member.containment_head
        elif place == 0:
            inside, holds = origin.containment_head, origin.containment
        names_origin = canonical[place] is not None and canonical[place] == origin.site != member.site
        copy = wire.Copy(member.published, names_origin, inside, holds)
        member.source, member.source_grounds = origin.id, wire.source_grounds(origin.published, grounds, copy)


def _member(held: Holdings, figures: Figures, index: int, head: int) -> Member:
    own, heads, shared = int(figures.sizes[index]), int(figures.sizes[head]), figures.shared(index)
    return Member(
        id=held.ids[index],
        relation=figures.relation(index),
        jaccard=shared / (own + heads - shared),
        containment=shared / own,
        containment_head=shared / heads,
        shared=shared,
        site=held.sites[index],
        published=held.published[index] or None,
    )


def count_outlets(held: Holdings, alone: NDArray[np.bool_], clusters: Iterable[Cluster]) -> list[Outlet]:
    """Count what each site carried: `alone` says which documents stand in no cluster."""
    outlets = wire.Outlets()
    for (site, agency), documents in Counter(compress(zip(held.sites, held.agencies, strict=True), alone)).items():
        outlets.add_alone(site, agency, documents)
    for one in clusters:
        outlets.add(one)
    return outlets.rows()

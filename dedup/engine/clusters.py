"""Clusters as records: members with their figures against the head, agency, origin and spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
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


class Group(NamedTuple):
    """What the record of a cluster is made of: its documents, the head first."""

    ids: list[str]
    sites: list[str | None]
    published: list[str | None]
    agencies: list[str | None]
    """The first one that each credits, and …"""
    credit_words: list[str | None]
    """… in which words."""
    canonical: list[str | None]
    """Host of the page that each names as its original, if that is another one than its own."""
    hosts: list[str | None]
    """Of each one's own address, else its site."""
    sizes: list[int]
    """Distinct shingles."""
    shared: list[int]
    """Distinct shingles that the head also has; for the head all of its own."""
    relations: list[Relation | None]
    """To the head; None for the head."""


def group_of(held: Holdings, figures: Figures, indices: NDArray[np.int64]) -> Group:
    """Gather the documents of a cluster; `indices` are their places, the head's first."""
    places: list[int] = indices.tolist()
    sizes: list[int] = figures.sizes[indices].tolist()
    rows = figures.row_to_head[indices[1:]]
    return Group(
        ids=list(map(held.ids.__getitem__, places)),
        sites=list(map(held.sites.__getitem__, places)),
        published=[day or None for day in map(held.published.__getitem__, places)],
        agencies=list(map(held.agencies.__getitem__, places)),
        credit_words=[words or None for words in map(held.credit_words.__getitem__, places)],
        canonical=list(map(held.canonical.__getitem__, places)),
        hosts=list(map(held.hosts.__getitem__, places)),
        sizes=sizes,
        shared=[sizes[0], *figures.table.shared[rows].tolist()],
        relations=[None, *(RELATIONS[code - 1] for code in figures.codes[rows].tolist())],
    )


def make_cluster(group: Group) -> Cluster:
    """Make the record of a cluster."""
    published, canonical, hosts = group.published, group.canonical, group.hosts
    agency, agency_grounds = wire.credited_agency(group.agencies, group.credit_words)
    first, origin_grounds = wire.origin(published, hosts, canonical)
    members, delays = list(_members(group)), wire.delays(published)
    known = [delay for delay in delays if delay is not None]
    for member, delay in zip(members, delays, strict=True):
        member.delay_hours = delay
    by_agency = agency_grounds is not None and agency_grounds.confidence != "low"
    if first is not None and origin_grounds is not None and not by_agency:
        names_origin = [
            host is not None and host == hosts[first] != own for host, own in zip(canonical, hosts, strict=True)
        ]
        _name_source(members, first, origin_grounds, names_origin)
    return Cluster(
        cluster_id=cluster.cluster_id(members[0].id),
        size=len(members),
        head=members[0].id,
        members=members,
        agency=agency,
        origin=members[first].id if first is not None else None,
        first_published=wire.first_published(published),
        sites=wire.sites_in_order(group.sites, published),
        agency_grounds=agency_grounds,
        origin_grounds=origin_grounds,
        spread_hours=max(known) if len(known) > 1 else None,
    )


def _name_source(members: list[Member], first: int, grounds: Grounds, names_origin: list[bool]) -> None:
    """Say of all members but the origin, and those that came before it, that they have the story from it."""
    origin = members[first]
    for place, member in enumerate(members):
        if place == first or wire.is_before(member.published, origin.published):
            continue
        inside = holds = None
        if first == 0:  # each was held against the head
            inside, holds = member.containment, member.containment_head
        elif place == 0:
            inside, holds = origin.containment_head, origin.containment
        copy = wire.Copy(member.published, names_origin[place], inside, holds)
        member.source, member.source_grounds = origin.id, wire.source_grounds(origin.published, grounds, copy)


def _members(group: Group) -> Iterator[Member]:
    heads = group.sizes[0]
    columns = (group.ids, group.relations, group.sizes, group.shared, group.sites, group.published)
    for id, relation, own, shared, site, published in zip(*columns, strict=True):
        jaccard = shared / (own + heads - shared)
        yield Member(id, relation, jaccard, shared / own, shared / heads, shared, site, published)


def count_outlets(held: Holdings, groups: list[NDArray[np.int64]], clusters: Iterable[Cluster]) -> list[Outlet]:
    """Count what each site carried; `groups` are the documents of each cluster, the others stand alone."""
    outlets, alone = wire.Outlets(), np.ones(len(held), bool)
    for group in groups:
        alone[group] = False
    for (site, agency), documents in Counter(compress(zip(held.sites, held.agencies, strict=True), alone)).items():
        outlets.add_alone(site, agency, documents)
    for group, one in zip(groups, clusters, strict=True):
        outlets.add(one, [held.agencies[index] for index in group.tolist()])
    return outlets.rows()

"""The nouns of an index and of what is checked against it, beside those of a scan (`records`)."""

from __future__ import annotations

import msgspec

from dedup.records import BadRecord, Bounds, Relation


class Entry(msgspec.Struct, frozen=True):
    """What an index holds of a document beside what matching needs."""

    id: str
    site: str | None = None
    published: str | None = None
    agency: str | None = None


class IndexStats(msgspec.Struct, frozen=True):
    """What an index holds."""

    documents: int
    texts: int
    """Distinct texts, those of removed documents with them until the index is compacted."""
    segments: int
    bytes: int
    """On disk."""
    bounds: Bounds
    keeps_texts: bool
    """The texts themselves are held too."""


class Row(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document as it is exported."""

    id: str
    site: str | None = None
    published: str | None = None
    agency: str | None = None
    text: str | None = None
    """Where texts were kept."""


class Match(msgspec.Struct, frozen=True):
    """A held document that a new one matches; all figures are exact."""

    id: str
    relation: Relation
    jaccard: float
    containment: float
    """Share of the new document's distinct shingles that the held one also has."""
    containment_held: float
    """Share of the held document's distinct shingles that the new one also has."""
    shared: int
    site: str | None = None
    published: str | None = None
    agency: str | None = None
    where: str = ""
    """`file:line` of one that came before it in the batch; empty of one that the index holds."""


class Checked(msgspec.Struct):
    """What a check says of one document of a batch."""

    id: str
    where: str
    """`file:line`, as far as it is known; empty where not."""
    duplicate: bool
    """It is an exact or near copy of a document that is held, or that came before it in the batch."""
    excerpt: bool
    """It is none, but holds one as an excerpt or is one."""
    boilerplate: float
    """Share of its characters that are furniture, 0 to 1; 0 where texts are taken as they are."""
    body_chars: int
    matches: list[Match] = msgspec.field(default_factory=list)
    """The best ones, best first: by relation, then by shared shingles, then by id."""
    accepted: bool = False
    """The baseline names it: it counts in no gate."""


class Gate(msgspec.Struct, frozen=True):
    """One limit of a check, and what was found."""

    name: str
    """Its option without dashes, as `max-duplicates`."""
    limit: float
    """A share (0 to 1) where `is_share`, else a number."""
    found: float
    is_share: bool
    passed: bool
    ids: list[str] = msgspec.field(default_factory=list)
    """Documents that count against it, the first 1,000."""
    count: int = 0
    """How many count against it, …"""
    of: int = 0
    """… of so many that were judged."""
    each: float | None = None
    """Where it asks something of each document: the largest share of boilerplate, or the fewest characters, of one that
    does not count."""


class CheckData(msgspec.Struct):
    """What a check found of a batch: what all its formats are made of."""

    documents: int
    bad_records: int
    held: int
    """Documents in the index; 0 without one."""
    duplicates: int
    excerpts: int
    accepted: int
    gates: list[Gate]
    passed: bool
    added: int
    """Documents that went into the index with the verdict."""
    rows: list[Checked]
    """Those with a match, or that count against a gate, in the order of the batch."""
    bad: list[BadRecord] = msgspec.field(default_factory=list)

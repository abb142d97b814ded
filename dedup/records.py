"""The nouns that every stage passes on.

Stages know these and nothing of each other. They are plain `msgspec` structs: typed, cheap to make and to encode, and
free of behaviour that belongs to a stage. Arrays (signatures, fingerprints, pair tables) stay inside `sketch/`,
`match/` and `cluster/`; what crosses to `report/` and to users are these records.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

Label = Literal[
    "body",
    "headline",
    "byline",
    "caption",
    "related",
    "share",
    "consent",
    "signup",
    "comments",
    "advert",
    "navigation",
    "tags",
    "legal",
]
Relation = Literal["exact", "near", "excerpt", "passage"]
Keep = Literal["earliest", "longest", "agency", "first"]
Texts = Literal["none", "heads", "all"]
Lang = Literal["en", "fr"]
Favor = Literal["precision", "balanced", "recall"]
CreditKind = Literal["dateline", "byline", "notice", "metadata"]
"""Where an agency is credited: as a text opens, in a line of names, at its end, or in what a page says for machines."""
Confidence = Literal["high", "medium", "low"]
CONFIDENCES: tuple[Confidence, ...] = ("high", "medium", "low")
Reason = Literal[
    "credited", "others_credited", "earlier", "later", "undated", "dates_only", "canonical", "cut", "extended"
]  # fmt: skip
"""Why something is concluded: so many members credit the agency, others credit another; a copy came so many hours
before or after; so many have no date, or a date without a time; so many pages name it as their original; a copy is a
cut version of the origin, of which it holds that share, or an extended one, of which the origin is that share."""

CONTENT_LABELS: tuple[Label, ...] = ("body", "headline", "byline", "caption")
"""Labels of what is the article's own, or stands beside it."""
FURNITURE_LABELS: tuple[Label, ...] = (
    "related",
    "share",
    "consent",
    "signup",
    "comments",
    "advert",
    "navigation",
    "tags",
    "legal",
)
"""Labels of what is the site's own."""
LABELS: tuple[Label, ...] = CONTENT_LABELS + FURNITURE_LABELS
REPEATED = "repeated"
"""What is counted as stripped, beside the labels, because the site repeats it on its pages (`clean.sites`)."""
STRIPPED: tuple[str, ...] = (*FURNITURE_LABELS, REPEATED)
"""What reports count as furniture."""

RELATIONS: tuple[Relation, ...] = ("exact", "near", "excerpt", "passage")
"""How two documents match, strongest first."""
BINDING: tuple[Relation, ...] = ("exact", "near", "excerpt")
"""Relations that bind clusters unless told otherwise: most of a `passage` copy is its own text."""


class Document(msgspec.Struct):
    """One document of a corpus: a page or a text, and what is known of it.

    `text` or `html` is set, or both. `published` is ISO 8601. `extra` holds every field that dedup does not know; it
    passes through unchanged. `where` is the place it was read from (`file:line`, or `file` for one-document files).
    """

    id: str
    text: str | None = None
    html: str | None = None
    url: str | None = None
    site: str | None = None
    title: str | None = None
    published: str | None = None
    lang: str | None = None
    extra: dict[str, Any] = msgspec.field(default_factory=dict)
    where: str = ""


class BadRecord(msgspec.Struct, frozen=True):
    """A record that could not be read: counted, reported and skipped."""

    where: str
    """`file:line`, or `file` where the format has no lines."""
    reason: str
    """What is wrong with it, one sentence without a full stop."""


class Block(msgspec.Struct):
    """A piece of a page that a reader sees as one: a paragraph, a menu entry, a line of plain text."""

    text: str
    label: Label = "body"
    score: float = 1.0
    """Probability of `label`, 0 to 1."""
    line: int = 0
    """Line of the plain text it stands on, from 1 (empty lines count); 0 for a block of a page."""
    start: int = 0
    """Code point of the plain text at which it begins, and …"""
    end: int = 0
    """… at which it ends; both 0 for a block of a page."""


class Cleaned(msgspec.Struct):
    """What cleaning made of one document."""

    text: str
    """The `body` blocks, and those of the labels that were to be kept, one a line."""
    blocks: list[Block]
    """Every block of the input, in order."""
    id: str = ""
    """Id of the document it came from."""
    title: str | None = None
    """The headline: the first such block, or what the page says for machines."""
    byline: str | None = None
    """Who wrote it, as the page says for machines, or the first byline block."""
    published: str | None = None
    """When it was published, as the page says for machines; from the verbs in ISO 8601."""
    sources: list[str] = msgspec.field(default_factory=list)
    """Who made or owns it, as the page says for machines: author, publisher, provider and the like."""
    canonical: str | None = None
    """Address that the page names as its original, or its own."""


class Credit(msgspec.Struct, frozen=True):
    """An agency that a document credits, and the words that say so."""

    agency: str
    """Its name in `wire/agencies.toml`."""
    kind: CreditKind
    evidence: str
    """The credit as written, runs of white space as one space."""
    start: int | None = None
    """Code point of the cleaned text at which the words begin, and …"""
    end: int | None = None
    """… at which they end; None where they stand beside the text."""


class Evidence(msgspec.Struct, frozen=True, omit_defaults=True):
    """One reason for a conclusion."""

    reason: Reason
    count: int | None = None
    """Members that say so."""
    hours: float | None = None
    share: float | None = None
    """0 to 1."""
    text: str | None = None
    """Words of a document."""
    id: str | None = None
    """The document."""


class Grounds(msgspec.Struct, frozen=True):
    """How sure a conclusion is, and why."""

    confidence: Confidence
    evidence: list[Evidence]


class Bounds(msgspec.Struct, frozen=True):
    """What counts as a copy (DESIGN, section 3)."""

    min_jaccard: float = 0.7
    """`near`: Jaccard similarity of the two shingle sets at least this."""
    min_containment: float = 0.5
    """`excerpt`: the larger of the two containments at least this, and …"""
    min_shared: int = 15
    """… at least this many shared shingles. A `passage` needs twice as many."""

    @property
    def min_passage(self) -> int:
        """Shared shingles that make a `passage`: a quote of some 35 words by default."""
        return 2 * self.min_shared


class Pair(msgspec.Struct, gc=False):  # no cycles; there may be millions
    """Two documents that match, `a` before `b` in input order. A row of `pairs.jsonl`; all figures are exact."""

    a: str
    b: str
    relation: Relation
    jaccard: float
    containment_a: float
    """Share of A's distinct shingles that B also has."""
    containment_b: float
    shared: int
    """Number of distinct shingles that both have."""
    passages: list[tuple[int, int, int, int]] = msgspec.field(default_factory=list)
    """`(a_start, a_end, b_start, b_end)` in code points of the cleaned texts, in the order of A."""
    common: bool = False
    """What the two share stands in much of the corpus, as a disclaimer does that slipped through. A common `excerpt`
    binds no cluster, and a common passage is not listed."""


class Member(msgspec.Struct, gc=False):  # no cycles; there may be millions
    """A document of a cluster, with its figures against the cluster's head."""

    id: str
    relation: Relation | None
    """None for the head itself."""
    jaccard: float
    containment: float
    """Share of this member's distinct shingles that the head also has."""
    containment_head: float
    """Share of the head's distinct shingles that this member also has."""
    shared: int
    site: str | None = None
    published: str | None = None
    delay_hours: float | None = None
    """After the cluster's first copy; None where one of the two times is not known, or is a date alone."""
    source: str | None = None
    """Id of the member that it was copied from, as far as that can be told: the origin. None where it cannot, where it
    is the origin itself, and where an agency is credited, from which all have it."""
    source_grounds: Grounds | None = None


class Cluster(msgspec.Struct):
    """Documents that each match one head directly. A row of `clusters.jsonl`."""

    cluster_id: str
    size: int
    head: str
    members: list[Member]
    """The head first, then the others in input order."""
    agency: str | None = None
    origin: str | None = None
    """Id of the member that was published first; None where dates do not tell."""
    first_published: str | None = None
    sites: list[str] = msgspec.field(default_factory=list)
    """Sites that carried it, in the order of their first copy."""
    agency_grounds: Grounds | None = None
    origin_grounds: Grounds | None = None
    spread_hours: float | None = None
    """From the first copy to the last, of those whose times are known; None where there are not two."""


class Outlet(msgspec.Struct):
    """What one site carried, over all documents of a scan. A row of `outlets.jsonl`."""

    site: str
    documents: int
    original: int
    """Documents that no other site carried, or carried later, and that credit no agency."""
    agency: int
    """Documents that credit an agency, or stand in a cluster that does."""
    copied: int
    """Documents that another site had before, and that credit no agency."""
    median_delay_hours: float | None
    """Of its documents behind the first copies of their clusters, those that are first themselves left out."""
    agencies: dict[str, int]
    """Documents by agency, most first."""
    copied_from: dict[str, int]
    """Documents by the site of their source, most first."""


class DocumentRow(msgspec.Struct, gc=False):  # no cycles; there may be millions
    """What a scan says of one input document. A row of `documents.jsonl`."""

    id: str
    cluster_id: str | None
    is_duplicate: bool
    duplicate_of: str | None
    relation: Relation | None
    agency: str | None
    """The one that stands first among `credits`."""
    stripped: dict[str, int]
    """Number of blocks that did not go into the text, by label."""
    credits: list[Credit] = msgspec.field(default_factory=list)
    mentions: list[str] = msgspec.field(default_factory=list)
    """Agencies that the text names without crediting them, as far as their names are no words."""
    title: str | None = None
    url: str | None = None
    site: str | None = None
    published: str | None = None


class Summary(msgspec.Struct):
    """Counts, parameters, versions, timings and memory of one scan: `summary.json`."""

    documents: int
    bad_records: int
    duplicates: int
    clusters: int
    pairs: dict[str, int]
    """Pairs by relation."""
    blocks: dict[str, int]
    """Blocks by label; empty when texts were taken as they are."""
    agencies: dict[str, int]
    """Documents by credited agency."""
    parameters: dict[str, Any]
    versions: dict[str, str]
    seconds: dict[str, float]
    """Wall time by stage."""
    peak_memory_mb: float


class Furniture(msgspec.Struct, frozen=True):
    """A block that did not go into a text."""

    at: int
    """Code point of the cleaned text before which it stood."""
    label: str
    """One of `LABELS`, or `REPEATED`."""
    text: str


class Reading(msgspec.Struct):
    """A document that can be read in the report. A row of `readings.jsonl`."""

    id: str
    text: str
    """The cleaned text."""
    furniture: list[Furniture] = msgspec.field(default_factory=list)
    """What was stripped from it, in the order of the page."""


class ReportData(msgspec.Struct):
    """All that a report may show: the rows of a scan, and the texts behind them."""

    summary: Summary
    clusters: list[Cluster]
    pairs: list[Pair]
    documents: Iterable[DocumentRow]
    """May be gone through more than once."""
    outlets: list[Outlet]
    """Those with most documents first."""
    readings: dict[str, Reading]
    """Of documents that are to be read side by side, by id."""

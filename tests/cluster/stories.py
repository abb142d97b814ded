"""Invented stories, and `scan`, which holds all that becomes of them against the slow twins."""

import itertools
import random
from functools import cache

import numpy as np

import dedup
from tests import naive

BINDING = ("exact", "near", "excerpt")
KEEPS = ("earliest", "longest", "agency")


def words(n, seed):
    """Words of their own for each seed."""
    return [f"w{seed}x{x}" for x in np.random.default_rng(seed).integers(0, 10**6, n)]


def prose(n, seed):
    return " ".join(words(n, seed))


def document(id, text, hour, site=None):
    return {"id": id, "text": text, "published": f"2026-03-03T{hour:02}:00:00Z", "site": site or f"{id}.example"}


# ------------------------------------------------------------------------------------------------------- the slow twins


@cache
def tokens(text):
    return naive.words(text)


@cache
def shingles(text):
    return frozenset(naive.shingles(tokens(text)))


@cache
def related(one, other):
    """Relation and shared shingles of two texts."""
    own, others = shingles(one), shingles(other)
    shared = len(own & others)
    if tokens(one) == tokens(other):
        return "exact", shared
    if shared / len(own | others) >= 0.7:
        return "near", shared
    if shared >= 15 and shared / min(len(own), len(others)) >= 0.5:
        return "excerpt", shared
    return ("passage" if shared >= 30 else None), shared


def expected_heads(documents, keep, cluster_on):
    texts = [document["text"] for document in documents]
    binding = {
        (a, b)
        for a, b in itertools.combinations(range(len(texts)), 2)
        if related(texts[a], texts[b])[0] in {"exact", *cluster_on}
    }
    rules = {
        "earliest": lambda d: documents[d]["published"],
        "longest": lambda d: -len(texts[d]),
        "agency": lambda d: "(AFP)" not in texts[d],
        "first": lambda d: d,
    }
    rule = rules[keep]
    order = sorted(
        range(len(texts)), key=lambda d: (rule(d), documents[d]["published"], -len(texts[d]), documents[d]["id"])
    )
    rank = [order.index(d) for d in range(len(texts))]
    heads = naive.head_linked(len(texts), binding, rank)
    return {documents[d]["id"]: documents[head]["id"] for d, head in enumerate(heads)}


def check_pairs(result, texts):
    found = {(pair.a, pair.b): pair for pair in result.pairs()}
    for a, b in itertools.combinations(texts, 2):
        relation, shared = related(texts[a], texts[b])
        pair = found.get((a, b))
        assert (pair.relation if pair else None) == relation, (a, b)
        if pair:
            one, other = len(shingles(texts[a])), len(shingles(texts[b]))
            figures = (pair.shared, pair.jaccard, pair.containment_a, pair.containment_b)
            assert figures == (shared, shared / (one + other - shared), shared / one, shared / other)


def check_members(result, texts, cluster_on):
    """Each member matches the head directly, by a relation that binds, with the figures stated."""
    for cluster in result.clusters():
        head, *members = cluster.members
        assert (head.id, head.relation) == (cluster.head, None)
        for member in members:
            relation, shared = related(texts[member.id], texts[cluster.head])
            own, heads = len(shingles(texts[member.id])), len(shingles(texts[cluster.head]))
            assert member.relation == relation
            assert relation in {"exact", *cluster_on}
            figures = (member.shared, member.jaccard, member.containment, member.containment_head)
            assert figures == (shared, shared / (own + heads - shared), shared / own, shared / heads)


def heads_of(result):
    return {row.id: row.duplicate_of or row.id for row in result.documents()}


def scan(documents, keep="earliest", cluster_on=BINDING):
    """Scan documents in four orders, check all of each, and return what becomes of them: head -> its members."""
    texts = {document["id"]: document["text"] for document in documents}
    expected = expected_heads(documents, keep, cluster_on)
    cluster_ids = set()
    for seed in range(4):
        mixed = random.Random(seed).sample(documents, len(documents)) if seed else documents
        result = dedup.scan(mixed, clean=False, keep=keep, cluster_on=cluster_on)
        check_pairs(result, {document["id"]: document["text"] for document in mixed})
        check_members(result, texts, cluster_on)
        assert heads_of(result) == expected
        cluster_ids.add(tuple(sorted(cluster.cluster_id for cluster in result.clusters())))
    assert len(cluster_ids) == 1
    return {head: {id for id in expected if expected[id] == head} for head in expected.values()}


# -------------------------------------------------------------------------------------------------------------- stories

LEFT, RIGHT = words(300, 1), words(300, 2)
# Its halves are 170 words each: more than half of either story.
BRIDGE = " ".join(LEFT[:170] + RIGHT[:170])


def digest_of(quotes):
    """One page that quotes all: a sentence of its own between two quotes."""
    return "\n".join(f"{prose(12, 900 + k)}\n{quote}" for k, quote in enumerate(quotes))


BRIEFS = [document(f"brief{k}", prose(60, 200 + k), k) for k in range(20)]
WHOLE = document("digest", digest_of(brief["text"] for brief in BRIEFS), 20)

PARAGRAPHS = [prose(50, 500 + k) for k in range(8)]
NOTE = "Correction: an earlier version of this story gave the wrong figure in its third paragraph."
CORRECTED = "\n".join([*PARAGRAPHS[:2], prose(50, 599), *PARAGRAPHS[3:], NOTE])

LENGTHS = (40, 80, 130, 200, 300, 450, 650, 900)
STORY = words(900, 600)
GROWN = [document(f"v{k}", " ".join(STORY[:n]), 5 + k) for k, n in enumerate(LENGTHS, 1)]

"""The record of a cluster from lists alone: whoever holds the documents, and wherever."""

import pytest

from dedup.engine.clusters import Group, make_cluster


@pytest.fixture
def group():
    return Group(
        ids=["b", "a", "c"],
        sites=["kurier.example", "bote.example", None],
        published=["2026-03-02T08:00:00Z", "2026-03-02T10:00:00Z", None],
        agencies=[None, None, None],
        credit_words=[None, None, None],
        canonical=[None, "kurier.example", None],
        hosts=["kurier.example", "bote.example", None],
        sizes=[40, 50, 20],
        shared=[40, 30, 20],
        relations=[None, "excerpt", "exact"],
    )


def test_figures_are_against_the_head(group):
    head, copy, cut = make_cluster(group).members
    assert (head.relation, head.jaccard, head.containment, head.containment_head, head.shared) == (None, 1, 1, 1, 40)
    assert (copy.relation, copy.jaccard, copy.containment, copy.containment_head) == ("excerpt", 0.5, 0.6, 0.75)
    assert (cut.relation, cut.containment, cut.containment_head, cut.shared) == ("exact", 1, 0.5, 20)


def test_origin_sources_and_spread(group):
    made = make_cluster(group)
    assert (made.head, made.size, made.origin, made.spread_hours) == ("b", 3, "b", 2.0)
    assert made.sites == ["kurier.example", "bote.example"]
    assert [(one.source, one.delay_hours) for one in made.members] == [(None, 0.0), ("b", 2.0), ("b", None)]
    assert made.members[1].source_grounds.evidence[0].reason == "canonical"


def test_an_agencys_story_has_no_source_among_its_copies(group):
    credited = group._replace(agencies=["AFP", "AFP", None], credit_words=["(AFP)", "AFP -", None])
    made = make_cluster(credited)
    assert (made.agency, made.agency_grounds.evidence[0].text) == ("AFP", "(AFP)")
    assert [one.source for one in made.members] == [None] * 3

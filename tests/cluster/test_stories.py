"""What becomes of the stories that news is made of: bridges, digests, live blogs, corrections, updates.

Each test says what is right for those who keep one copy of each text and for those who ask who copied whom. Beyond
that, `scan` holds every pair and cluster against the slow twins, in more than one input order.
"""

import itertools

import pytest

import dedup
from tests.cluster.stories import (
    BINDING,
    BRIDGE,
    BRIEFS,
    CORRECTED,
    GROWN,
    KEEPS,
    LEFT,
    PARAGRAPHS,
    RIGHT,
    STORY,
    WHOLE,
    digest_of,
    document,
    prose,
    scan,
    words,
)

# ------------------------------------------------------------------------------------------------------------ a bridge


@pytest.mark.parametrize("keep", ["earliest", "agency"])
def test_a_bridge_goes_with_one_of_its_sources(keep):
    """Two stories that share nothing stay two, though a later one takes half of each; it is a copy of the first."""
    left, right = document("left", " ".join(LEFT), 6), document("right", " ".join(RIGHT), 7)
    found = scan([left, right, document("bridge", BRIDGE, 9)], keep)
    assert found == {"left": {"left", "bridge"}, "right": {"right"}}
    right = document("right", "PARIS (AFP) — " + " ".join(RIGHT), 7)
    signed = scan([left, right, document("bridge", BRIDGE, 9)], keep)
    best, other = ("left", "right") if keep == "earliest" else ("right", "left")
    assert signed == {best: {best, "bridge"}, other: {other}}


def test_a_bridge_that_came_first_heads_what_was_taken_from_it():
    """Both stories took a half of the bridge: each is a copy of it, and neither of the other."""
    documents = [
        document("left", " ".join(LEFT), 6),
        document("right", " ".join(RIGHT), 7),
        document("bridge", BRIDGE, 5),
    ]
    assert scan(documents) == {"bridge": {"left", "right", "bridge"}}
    result = dedup.scan(documents, clean=False)
    assert {(pair.a, pair.b) for pair in result.pairs()} == {("left", "bridge"), ("right", "bridge")}


def test_bridges_do_not_chain():
    """Of ten stories in a row each holds half of the one before: no cluster reaches beyond a head's own neighbours."""
    parts = [words(100, 10 + k) for k in range(11)]
    stories = [" ".join(one + other) for one, other in itertools.pairwise(parts)]
    # Half a story is 96 shingles of 196: an excerpt needs a little more.
    documents = [document(f"story{k}", f"{text} {' '.join(parts[k + 1][:4])}", 5 + k) for k, text in enumerate(stories)]
    for keep in KEEPS:
        for head, members in scan(documents, keep).items():
            assert all(abs(int(member[5:]) - int(head[5:])) <= 1 for member in members)


# ------------------------------------------------------------------------------------------------------------ a digest


@pytest.mark.parametrize("keep", KEEPS)
def test_a_digest_that_quotes_a_little_of_twenty_stories_binds_none(keep):
    """Of no story does it hold the half: reuse is reported, and all are kept."""
    stories = [words(300, 100 + k) for k in range(20)]
    digest = document("digest", digest_of(" ".join(story[50:110]) for story in stories), 20)
    documents = [document(f"story{k}", " ".join(story), k) for k, story in enumerate(stories)]
    found = scan([*documents, digest], keep)
    assert all(members == {head} for head, members in found.items())
    pairs = list(dedup.scan([*documents, digest], clean=False).pairs())
    assert {(pair.a, pair.b, pair.relation) for pair in pairs} == {
        (story["id"], "digest", "passage") for story in documents
    }
    assert all(len(pair.passages) == 1 for pair in pairs)


def test_a_later_digest_of_whole_briefs_joins_one_and_leaves_the_rest_alone():
    """It carries every brief and is later than all: a copy of the first, and all twenty briefs are kept."""
    found = scan([*BRIEFS, WHOLE])
    assert found.pop("brief0") == {"brief0", "digest"}
    assert all(members == {head} for head, members in found.items())
    assert len(found) == 19


def test_the_longest_copy_of_twenty_briefs_is_the_digest_that_holds_them():
    """Who keeps the longest text keeps the digest, and every brief stands in it word for word."""
    assert scan([*BRIEFS, WHOLE], "longest") == {"digest": {"digest", *(brief["id"] for brief in BRIEFS)}}
    [cluster] = dedup.scan([*BRIEFS, WHOLE], clean=False, keep="longest").clusters()
    assert {(member.relation, member.containment) for member in cluster.members[1:]} == {("excerpt", 1.0)}


def test_a_digest_joins_the_brief_that_credits_an_agency():
    """Who keeps agency copies keeps the brief that credits one; the digest is a copy of it."""
    signed = document("brief7", "PARIS (AFP) — " + BRIEFS[7]["text"], 7)
    whole = document("digest", digest_of(brief["text"] for brief in [*BRIEFS[:7], signed, *BRIEFS[8:]]), 20)
    found = scan([*BRIEFS[:7], signed, *BRIEFS[8:], whole], "agency")
    assert found.pop("brief7") == {"brief7", "digest"}
    assert all(members == {head} for head, members in found.items())


@pytest.mark.parametrize("keep", KEEPS)
def test_where_near_copies_alone_bind_a_digest_stands_alone(keep):
    """Twenty stories in one cluster are no story: near copies alone leave the digest and every brief apart."""
    found = scan([*BRIEFS, WHOLE], keep, ["near"])
    assert all(members == {head} for head, members in found.items())
    assert {pair.relation for pair in dedup.scan([*BRIEFS, WHOLE], clean=False, cluster_on=["near"]).pairs()} == {
        "excerpt"
    }


@pytest.mark.parametrize("keep", KEEPS)
@pytest.mark.parametrize("cluster_on", [BINDING, ("near",)])
def test_no_brief_is_lost(keep, cluster_on):
    """Whatever is kept of a digest and what it quotes, each brief stands in a kept text."""
    texts = {document["id"]: document["text"] for document in [*BRIEFS, WHOLE]}
    kept = [texts[head] for head in scan([*BRIEFS, WHOLE], keep, cluster_on)]
    assert all(any(brief["text"] in text for text in kept) for brief in BRIEFS)


# --------------------------------------------------------------------------------------------------------- a live blog

WIRE = [document(f"wire{k}", prose(70, 300 + k), 2 + 4 * k) for k in range(4)]


def live_blog(opening):
    """A page as it stood at each hour: the newest entry on top, every fourth one a wire brief, whole."""
    entries, versions = [opening], []
    for hour in range(1, 17):
        versions.append(document(f"blog{hour:02}", "\n".join(entries), hour, "blog.example"))
        entries.insert(0, WIRE[hour // 4]["text"] if hour % 4 == 2 else prose(50, 400 + hour))
    return versions


def test_a_live_blog_is_one_story_and_the_briefs_it_quotes_are_others():
    """All versions hold the opening, so the first heads them; a brief is no copy of it, and is kept."""
    versions = live_blog(prose(120, 399))
    found = scan([*versions, *WIRE])
    assert found.pop("blog01") == {version["id"] for version in versions}
    assert found == {brief["id"]: {brief["id"]} for brief in WIRE}


def test_the_last_version_of_a_live_blog_holds_all_that_was_before():
    """Who keeps the longest text keeps the last version: all others, and the briefs, stand in it whole."""
    versions = live_blog(prose(120, 399))
    assert scan([*versions, *WIRE], "longest") == {"blog16": {document["id"] for document in [*versions, *WIRE]}}


@pytest.mark.parametrize("keep", KEEPS)
def test_near_versions_of_a_live_blog_bind_and_far_ones_and_briefs_do_not(keep):
    """Where near copies alone bind, versions within the bound of the head go with it, and no brief goes with a blog."""
    versions = live_blog(prose(120, 399))
    found = scan([*versions, *WIRE], keep, ["near"])
    assert all(found[brief["id"]] == {brief["id"]} for brief in WIRE)
    blogs = [members for head, members in found.items() if head.startswith("blog")]
    assert 1 < len(blogs) < len(versions)
    for members in blogs:  # neighbours in time
        hours = sorted(int(member[4:]) for member in members)
        assert hours == list(range(hours[0], hours[-1] + 1))


# -------------------------------------------------------------------------------------------------------- a correction


@pytest.mark.parametrize("cluster_on", [BINDING, ("near",)])
def test_a_correction_goes_with_the_story_it_corrects(cluster_on):
    """One paragraph of eight replaced and a note: one story, near, headed by what was published first."""
    documents = [
        document("story", "\n".join(PARAGRAPHS), 8, "a.example"),
        document("corrected", CORRECTED, 11, "a.example"),
        document("copy", "\n".join(PARAGRAPHS), 9, "b.example"),
        document("corrected copy", CORRECTED, 12, "b.example"),
    ]
    assert scan(documents, "earliest", cluster_on) == {"story": {document["id"] for document in documents}}
    [cluster] = dedup.scan(documents[::-1], clean=False, cluster_on=cluster_on).clusters()
    assert {member.id: member.relation for member in cluster.members} == {
        "story": None,
        "copy": "exact",
        "corrected": "near",
        "corrected copy": "near",
    }
    assert (cluster.origin, cluster.first_published) == ("story", "2026-03-03T08:00:00Z")
    assert cluster.sites == ["a.example", "b.example"]


def test_the_longest_text_of_a_correction_is_the_corrected_one():
    """The note makes it longer, so who keeps the longest text keeps the right one."""
    documents = [document("story", "\n".join(PARAGRAPHS), 8), document("corrected", CORRECTED, 11)]
    assert scan(documents, "longest") == {"corrected": {"story", "corrected"}}


def test_a_correction_of_a_signed_story_goes_with_what_the_agency_sent():
    """Who keeps agency copies keeps the one that credits it, though a site was first and another longer."""
    documents = [
        document("site", "\n".join(PARAGRAPHS), 7),
        document("wire", "\n".join([f"PARIS (AFP) — {PARAGRAPHS[0]}", *PARAGRAPHS[1:]]), 8),
        document("corrected", CORRECTED, 11),
    ]
    assert scan(documents, "agency") == {"wire": {"site", "wire", "corrected"}}


# ------------------------------------------------------------------------------------------ an update that grew all day


def test_an_update_that_grew_is_headed_by_the_flash():
    """Each version holds all before it, so the flash is in every one: one story, told first by the flash."""
    assert scan(GROWN) == {"v1": {version["id"] for version in GROWN}}
    [cluster] = dedup.scan(GROWN, clean=False).clusters()
    assert cluster.origin == "v1"
    assert {member.containment_head for member in cluster.members} == {1.0}
    assert {member.relation for member in cluster.members[1:]} == {"excerpt"}


def test_the_longest_version_of_an_update_that_grew_holds_all_others():
    """Who keeps the longest text loses nothing."""
    assert scan(GROWN, "longest") == {"v8": {version["id"] for version in GROWN}}
    [cluster] = dedup.scan(GROWN, clean=False, keep="longest").clusters()
    assert {member.containment for member in cluster.members} == {1.0}


def test_near_versions_of_an_update_that_grew():
    """Versions grew by a third and more at a time: beyond the bound they are different texts, and all are kept."""
    assert scan(GROWN, "earliest", ["near"]) == {
        "v1": {"v1"}, "v2": {"v2"}, "v3": {"v3"}, "v4": {"v4"}, "v5": {"v5"}, "v6": {"v6"}, "v7": {"v7", "v8"},
    }  # fmt: skip
    assert scan(GROWN, "longest", ["near"])["v8"] == {"v7", "v8"}


def test_an_update_that_was_rewritten_does_not_chain():
    """Each version keeps the last two thirds of the one before: the first and the last, nothing of each other."""
    versions = [document(f"v{k}", " ".join(STORY[100 * k : 100 * k + 300]), 5 + k) for k in range(7)]
    assert scan(versions) == {"v0": {"v0", "v1"}, "v2": {"v2", "v3"}, "v4": {"v4", "v5"}, "v6": {"v6"}}
    for head, members in scan(versions, "longest").items():
        assert all(abs(int(member[1:]) - int(head[1:])) <= 1 for member in members)

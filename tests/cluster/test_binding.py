"""What binds a document to a head: the relations that are chosen, by the API and by the command."""

import itertools
import json
import subprocess
import sys

import pytest

import dedup
from dedup.records import RELATIONS
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
    WHOLE,
    document,
    expected_heads,
    heads_of,
    scan,
    words,
)

SOURCE, OWN = words(400, 700), words(400, 701)
KINDS = [
    document("source", " ".join(SOURCE), 1),
    document("exact", " ".join(SOURCE).upper().replace(" ", ", "), 2),
    document("near", " ".join([*SOURCE[:200], "new", *SOURCE[200:380]]), 3),
    document("excerpt", " ".join(SOURCE[100:160]), 4),
    document("passage", " ".join(OWN[:300] + SOURCE[340:390]), 5),
]


@pytest.mark.parametrize("cluster_on", [c for n in range(5) for c in itertools.combinations(RELATIONS, n)])
def test_a_head_takes_what_the_relations_chosen_bind(cluster_on):
    """exact always binds; near, excerpt and passage each if chosen, whatever else is; all are reported."""
    found = scan(KINDS, "earliest", cluster_on)
    assert found["source"] == {"source", "exact", *cluster_on}
    result = dedup.scan(KINDS, clean=False, cluster_on=cluster_on)
    assert {pair.b: pair.relation for pair in result.pairs() if pair.a == "source"} == {
        relation: relation for relation in RELATIONS
    }


def test_a_copy_of_a_member_is_not_a_member():
    """Near to a member is not near to the head: it stands alone, or goes with a head of its own."""
    documents = [document(id, " ".join(SOURCE[start : start + 300]), hour) for hour, (id, start) in enumerate(
        [("head", 0), ("member", 40), ("beyond", 80), ("far", 100)])]  # fmt: skip
    found = scan(documents, "earliest", ["near"])
    assert found == {"head": {"head", "member"}, "beyond": {"beyond", "far"}}


CORPUS = [
    *KINDS,
    *GROWN,
    *BRIEFS,
    WHOLE,
    document("left", " ".join(LEFT), 6),
    document("right", " ".join(RIGHT), 7),
    document("bridge", BRIDGE, 9),
]


@pytest.mark.parametrize("keep", [*KEEPS, "first"])
@pytest.mark.parametrize("cluster_on", [BINDING, ("near",), ("excerpt", "passage")])
def test_a_result_read_again_is_that_of_a_scan(keep, cluster_on):
    """`rethreshold` with other relations or another rule gives what a scan with them gives."""
    fresh = dedup.scan(CORPUS, clean=False, keep=keep, cluster_on=cluster_on)
    again = dedup.scan(CORPUS, clean=False).rethreshold(keep=keep, cluster_on=cluster_on)
    assert again.clusters() == fresh.clusters()
    assert list(again.documents()) == list(fresh.documents())
    assert list(again.pairs()) == list(fresh.pairs())
    assert heads_of(fresh) == expected_heads(CORPUS, keep, cluster_on)


def test_keep_first_goes_by_the_input():
    """The first in the input heads, whatever its date."""
    for order in (GROWN, GROWN[::-1], GROWN[3:] + GROWN[:3]):
        [cluster] = dedup.scan(order, clean=False, keep="first").clusters()
        assert cluster.head == order[0]["id"]


@pytest.mark.parametrize("workers", [1, 2])
def test_the_command_binds_what_it_is_told(workers, tmp_path):
    """`--cluster-on near`: the digest and the briefs stay apart, versions and corrections go together."""
    near = [document("story", "\n".join(PARAGRAPHS), 8), document("corrected", CORRECTED, 11)]
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text("".join(json.dumps(document) + "\n" for document in [*BRIEFS, WHOLE, *GROWN, *near]))
    command = [sys.executable, "-m", "dedup", "scan", "--no-clean", "--cluster-on", "near", "--workers", str(workers)]
    subprocess.run([*command, str(corpus), "-o", str(tmp_path / "out")], check=True, capture_output=True)
    read = {name: [json.loads(line) for line in (tmp_path / "out" / f"{name}.jsonl").open()]
            for name in ("clusters", "documents", "pairs")}  # fmt: skip
    assert {cluster["head"]: [member["id"] for member in cluster["members"]] for cluster in read["clusters"]} == {
        "v7": ["v7", "v8"],
        "story": ["story", "corrected"],
    }
    assert {row["id"]: row["duplicate_of"] for row in read["documents"] if row["is_duplicate"]} == {
        "v8": "v7",
        "corrected": "story",
    }
    assert {(pair["a"], pair["b"]) for pair in read["pairs"] if pair["relation"] == "excerpt"} >= {
        (brief["id"], "digest") for brief in BRIEFS
    }
    assert json.loads((tmp_path / "out" / "summary.json").read_text())["parameters"]["cluster_on"] == ["near"]

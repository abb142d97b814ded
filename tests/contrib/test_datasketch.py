"""Signatures as datasketch's, and LSH indexes filled with them, in memory and in a real Redis."""

import doctest
import pickle

import numpy as np
import pytest
from datasketch import LeanMinHash, MinHash, MinHashLSH

import dedup
from dedup.contrib import datasketch as bridge
from tests import naive

STORY = (
    "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, the port authority said, "
    "and traffic was led over the old weir while divers looked at the damage below the water line."
)
TEXTS = [
    STORY,
    STORY.upper(),
    STORY.replace("Monday", "Tuesday"),
    "Élan vital, two words more",
    "東京の橋は月曜日に閉鎖された",
    "x",
    "",
]


def reference(text):
    """What datasketch itself makes of the same shingles, of the slow twin."""
    made = MinHash(num_perm=128, seed=1, scheme="affine32", hashfunc=lambda value: value)
    made.update_batch([naive.shingle_hash(shingle) & 0xFFFFFFFF for shingle in naive.shingles(naive.words(text))])
    return made


def test_examples_run():
    failed, tried = doctest.testmod(bridge)
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("text", TEXTS)
def test_signatures_are_those_of_datasketch_bit_for_bit(text):
    for made in (bridge.min_hash(text), bridge.lean_min_hash(text)):
        assert made.hashvalues.dtype == np.uint32
        assert (made.seed, made.scheme, len(made)) == (1, "affine32", 128)
        assert np.array_equal(made.hashvalues, reference(text).hashvalues)
    assert np.array_equal(bridge.min_hash(text).permutations, reference(text).permutations)


def test_many_at_once_are_each_as_alone(monkeypatch):
    monkeypatch.setattr(bridge, "_AT_ONCE", 3)
    many = list(bridge.min_hashes(iter(TEXTS), workers=2))
    assert many == [reference(text) for text in TEXTS]
    many[0].update(123456)  # each has values of its own
    assert many[1] == reference(TEXTS[1])


def test_what_datasketch_does_with_its_own_it_does_with_these():
    whole, half = bridge.min_hash(STORY), reference(TEXTS[2])
    assert whole.jaccard(half) == reference(STORY).jaccard(half)
    assert MinHash.union(whole, half) == MinHash.union(reference(STORY), half)
    assert pickle.loads(pickle.dumps(whole)) == whole
    shingles = naive.shingles(naive.words(STORY))
    grown = bridge.min_hash("")
    for shingle in shingles:
        grown.update(naive.shingle_hash(shingle) & 0xFFFFFFFF)
    assert grown == whole
    lean = bridge.lean_min_hash(STORY)
    stored = bytearray(lean.bytesize())
    lean.serialize(stored)
    assert LeanMinHash.deserialize(stored) == lean


DOCUMENTS = [{"id": str(number), "text": text} for number, text in enumerate(TEXTS)]


def test_an_index_in_memory():
    lsh = MinHashLSH(threshold=0.7, num_perm=128)
    assert bridge.fill(lsh, DOCUMENTS, clean=False) == len(TEXTS) - 1, "a text without words is not put in"
    assert {"0", "1"} <= set(lsh.query(bridge.min_hash(STORY)))
    assert lsh.query(bridge.min_hash(TEXTS[4])) == ["4"]
    assert lsh.query(bridge.min_hash("")) == []


def test_pages_are_cleaned_first():
    page = f"<nav><a href='/'>Home</a> <a href='/a'>Sport</a></nav><article><p>{STORY}</p></article>"
    lsh = MinHashLSH(threshold=0.9, num_perm=128)
    assert bridge.fill(lsh, [{"id": "page", "html": page}]) == 1
    assert lsh.query(bridge.min_hash(STORY)) == ["page"]


def test_bad_use_says_what_to_do():
    with pytest.raises(dedup.UsageError, match=r"64 values.*num_perm=128"):
        bridge.fill(MinHashLSH(num_perm=64), DOCUMENTS)
    lsh = MinHashLSH(num_perm=128)
    bridge.fill(lsh, DOCUMENTS[:2], clean=False)
    with pytest.raises(dedup.UsageError, match=r"^1: .*already exists.*once"):
        bridge.fill(lsh, [DOCUMENTS[2], DOCUMENTS[1]], clean=False)
    assert "2" in lsh.keys


def test_an_index_in_redis(redis_port):
    config = {"type": "redis", "basename": b"held", "redis": {"host": "127.0.0.1", "port": redis_port}}
    in_redis, in_memory = (MinHashLSH(0.7, 128, storage_config=storage) for storage in (config, None))
    for lsh in (in_redis, in_memory):
        assert bridge.fill(lsh, DOCUMENTS, clean=False) == len(TEXTS) - 1
    again = MinHashLSH(0.7, 128, storage_config=config)  # as another process finds it
    for signature in bridge.min_hashes(TEXTS):
        assert sorted(again.query(signature)) == sorted(in_memory.query(signature))
    assert {"0", "1"} <= set(again.query(bridge.min_hash(STORY)))
    with pytest.raises(dedup.UsageError, match="already exists"):
        bridge.fill(again, DOCUMENTS[:1], clean=False)

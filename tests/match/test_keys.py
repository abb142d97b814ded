"""Keys on disk: each comes back once with its document, sorted, in its partition."""

from unittest import mock

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dedup.match import keys as keys_module
from dedup.match.keys import PARTITIONS, KeyFiles, document_bits, scatter

KEYS = st.lists(st.integers(1, 2**64 - 1), max_size=60)


def word_of(key, document, n_documents):
    """The slow twin: the high bits of the key, the document in the low ones."""
    bits = max(1, (n_documents - 1).bit_length())
    return (key >> bits << bits) | document


@pytest.mark.parametrize(("n", "bits"), [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (2**20, 20), (2**20 + 1, 21)])
def test_document_bits_hold_every_document(n, bits):
    assert document_bits(n) == bits


@given(KEYS, st.integers(1, 300), st.data())
def test_scatter_puts_each_word_in_its_partition(keys, n_documents, data):
    documents = data.draw(st.lists(st.integers(0, n_documents - 1), min_size=len(keys), max_size=len(keys)))
    ends, out = np.empty(PARTITIONS + 1, np.int64), np.empty(len(keys), np.uint64)
    scatter(np.array(keys, np.uint64), np.array(documents, np.int64), document_bits(n_documents), ends, out)
    assert ends[PARTITIONS - 1] == len(keys)
    start = 0
    for partition in range(PARTITIONS):
        end = int(ends[partition])
        wanted = [
            word_of(key, document, n_documents)
            for key, document in zip(keys, documents, strict=True)
            if key >> 58 == partition
        ]
        assert out[start:end].tolist() == wanted  # in the order given
        start = end


@given(
    st.lists(KEYS, max_size=4),
    st.integers(1, 10**6),
    st.randoms(use_true_random=False),
    st.sampled_from([0, 100, 2**26]),
)
def test_every_key_comes_back_once_sorted_in_its_partition(tmp_path_factory, parts, n_documents, random, in_memory):
    with mock.patch.object(keys_module, "_IN_MEMORY", in_memory):
        comes_back(tmp_path_factory, parts, n_documents, random)


def comes_back(tmp_path_factory, parts, n_documents, random):
    files = KeyFiles(tmp_path_factory.mktemp("keys") / "new" / "folder", n_documents).clear()
    wanted = {partition: [] for partition in range(PARTITIONS)}
    for keys in parts:
        documents = [random.randrange(n_documents) for _ in keys]
        files.add(np.array(keys, np.uint64), np.array(documents, np.int64))
        for key, document in zip(keys, documents, strict=True):
            wanted[key >> 58].append(word_of(key, document, n_documents))
    for partition in range(PARTITIONS):
        assert files.take(partition).tolist() == sorted(wanted[partition])


def test_all_keys_in_one_partition_and_the_bounds_of_partitions(tmp_path):
    files = KeyFiles(tmp_path, 4).clear()
    keys = [0, 2**58 - 1, 2**58, 2**64 - 2**58, 2**64 - 1]
    files.add(np.array(keys, np.uint64), np.array([0, 1, 2, 3, 0], np.int64))
    words = {partition: files.take(partition).tolist() for partition in (0, 1, 2, 62, 63)}
    assert [len(own) for own in words.values()] == [2, 1, 0, 0, 2]
    assert words[63] == [2**64 - 2**58 + 3, 2**64 - 4]
    assert not (tmp_path / "63").exists()


def test_clear_forgets_an_earlier_run(tmp_path, monkeypatch):
    monkeypatch.setattr(keys_module, "_IN_MEMORY", 0)
    one = KeyFiles(tmp_path, 2).clear()
    one.add(np.arange(100, dtype=np.uint64) << np.uint64(57), np.zeros(100, np.int64))
    assert sum(len(KeyFiles(tmp_path, 2).take(partition)) for partition in range(PARTITIONS)) == 100
    KeyFiles(tmp_path, 2).clear()
    assert sum(len(one.take(partition)) for partition in range(PARTITIONS)) == 0

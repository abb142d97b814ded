"""Documents into an index, as a scan would take them."""

from pathlib import Path

import pytest

import dedup
from dedup.engine import indexing
from dedup.engine.indexing import AddOptions, add_documents
from dedup.errors import UsageError
from dedup.index import Index
from dedup.records import Document

NEWSROOM = Path(__file__).parents[2] / "fixtures" / "newsroom"


@pytest.fixture
def index(tmp_path):
    with Index.create(tmp_path / "held", texts=True) as index:
        yield index


def test_what_is_held_of_a_document_is_what_a_scan_says_of_it(index, monkeypatch):
    monkeypatch.setattr(indexing, "BATCH", 50)
    documents = list(dedup.read(NEWSROOM / "documents.jsonl"))
    assert add_documents(index, documents) == (len(documents), 0)
    scanned = dedup.scan(documents)
    held = {row.id: row for row in index.export()}
    for row in scanned.documents():
        own = held[row.id]
        assert (own.site, own.published, own.agency) == (row.site, row.published, row.agency)
    assert sum(row.agency is not None for row in held.values()) > 10
    texts = {reading.id: reading.text for reading in scanned.readings()}
    assert texts
    assert {id: held[id].text for id in texts} == texts
    assert index.stats().segments > 1
    assert index.verify() == []


def test_texts_go_in_as_they_are_where_asked(index):
    documents = [Document("a", "Read also: ten bridges\n" + "A bridge fell. " * 3)]
    add_documents(index, documents, AddOptions(clean=False))
    assert next(index.export()).text == documents[0].text


def test_ids_that_are_held_stop_all_or_are_passed_over(index):
    documents = [Document(id, f"{id} " * 9) for id in "abcd"]
    add_documents(index, documents[1:3], AddOptions(clean=False))
    with pytest.raises(UsageError, match="holds 2 of these ids"):
        add_documents(index, documents, AddOptions(clean=False))
    assert len(index) == 2
    assert add_documents(index, documents, AddOptions(clean=False, skip_held=True)) == (2, 2)
    assert {row.id: row.text for row in index.export()} == {id: f"{id} " * 9 for id in "abcd"}


def test_an_id_twice_adds_nothing(index):
    with pytest.raises(UsageError, match="stands twice"):
        add_documents(index, [Document("a", "x"), Document("a", "y")], AddOptions(clean=False))
    assert len(index) == 0


def test_progress_is_told(index):
    told = []

    class Progress:
        def stage(self, name, total=None):
            told.append((name, total))

        def advance(self, steps=1):
            told.append(steps)

    add_documents(index, [Document("a", "x")], AddOptions(clean=False), Progress())
    assert told == [("add", 1), 1]
    assert "a" in index

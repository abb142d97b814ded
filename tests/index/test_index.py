"""What an index promises, against a slow, obvious twin."""

import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dedup.errors import InputError, UsageError
from dedup.index import Index, search
from dedup.records import Bounds
from dedup.sketch import pack
from dedup.verdicts import Entry
from tests.index.stories import Twin, figures, fill, story

BOUNDS = Bounds(0.5, 0.4, 6)
DOCUMENTS = [
    ("a", story([0, 1, 2, 3])),
    ("b", story([0, 1, 2, 4])),
    ("c", story([5, 6, 7])),
    ("d", story([0, 1, 2, 3])),
]


@pytest.fixture
def index(tmp_path):
    with Index.create(tmp_path / "held") as index:
        fill(index, DOCUMENTS)
        yield index


numbers = st.lists(st.integers(0, 7), max_size=6)
ids = st.sampled_from([f"id{n}" for n in range(12)])
operations = st.one_of(
    st.tuples(st.just("add"), st.dictionaries(ids, numbers, max_size=6)),
    st.tuples(st.just("remove"), st.lists(ids, max_size=4)),
    st.tuples(st.just("compact"), st.none()),
    st.tuples(st.just("reopen"), st.none()),
)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(operations, max_size=14), st.lists(numbers, min_size=1, max_size=4))
def test_any_sequence_of_operations_finds_what_a_dict_finds(steps, queries):
    folder = Path(tempfile.mkdtemp())
    index, twin = Index.create(folder / "held", BOUNDS), Twin(BOUNDS)
    try:
        for step, what in steps:
            if step == "add":
                new = [(id, story(own)) for id, own in what.items() if id not in twin.held]
                assert fill(index, new) == len(new)
                twin.add(new)
            elif step == "remove":
                assert index.remove(what) == twin.remove(what)
            elif step == "compact":
                index.compact()
            else:
                index.close()
                index = Index.open(folder / "held", write=True)
            assert len(index) == len(twin.held)
        found = index.find(pack(map(story, queries)), most=5)
        assert [figures(own) for own in found] == [twin.find(story(own), 5) for own in queries]
        assert {row.id for row in index.export()} == twin.held.keys()
        assert index.verify() == []
    finally:
        index.close()
        shutil.rmtree(folder)


def test_matches_say_what_is_held_of_a_document_best_first(index):
    [matches] = index.find(pack([DOCUMENTS[0][1]]))
    assert [(match.id, match.relation) for match in matches] == [("a", "exact"), ("d", "exact"), ("b", "excerpt")]
    best = matches[0]
    assert (best.site, best.published, best.agency) == ("a.example", "2026-01-02", "AP")
    assert (best.jaccard, best.containment, best.containment_held, best.shared) == (1.0, 1.0, 1.0, 32)
    assert [match.id for match in index.find(pack([DOCUMENTS[0][1]]), most=1)[0]] == ["a"]


def test_containments_are_of_the_side_that_they_name(index):
    [[match]] = index.find(pack([story([5, 6, 7, 0])]))
    assert (match.id, match.containment_held) == ("c", 1.0)
    assert match.containment == match.jaccard == 23 / 32


def test_higher_bounds_find_less_and_lower_ones_are_refused(index):
    assert [match.id for match in index.find(pack([DOCUMENTS[0][1]]), bounds=Bounds(0.7, 0.9))[0]] == ["a", "d"]
    for low in (Bounds(0.6), Bounds(0.7, 0.4), Bounds(min_shared=10)):
        with pytest.raises(UsageError, match="the index was made for"):
            index.find(pack(["x"]), bounds=low)


def test_of_texts_that_share_a_template_only_the_likeliest_are_compared(tmp_path, monkeypatch):
    def page(number, own=30):
        return " ".join([*(f"standing{word}" for word in range(60)), *(f"{number}w{word}" for word in range(own))])

    with Index.create(tmp_path / "held") as index:
        fill(index, [(f"{number}", page(number)) for number in range(300)])
        asked = pack([page(7, 250)])
        [all_of_them] = index.find(asked, most=400)
        assert [match.relation for match in all_of_them] == ["excerpt"] * 300
        monkeypatch.setattr(search, "FREE_COMMON", 0)
        monkeypatch.setattr(search, "LEAST_COMMON", 2)
        [some] = index.find(asked, most=400)
        assert (len(some), some[0]) == (3, all_of_them[0])
        assert (some[0].id, some[0].containment_held) == ("7", 1.0)


def test_threads_find_the_same(index):
    texts = pack([text for _, text in DOCUMENTS] * 10)
    assert index.find(texts, workers=3) == index.find(texts)


def test_an_id_that_is_held_or_stands_twice_leaves_the_index_as_it_was(index):
    before = sorted(path.name for path in index._store.folder.iterdir())
    for entries, message in (("xa", "holds this id already"), ("xx", "stands twice")):
        with pytest.raises(UsageError, match=message):
            index.add(pack(["one text", "another"]), [Entry(id) for id in entries])
    assert len(index) == 4
    assert "x" not in index
    assert sorted(path.name for path in index._store.folder.iterdir()) == before


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_being_added_is_there_when_the_block_ends_well(index, fails):
    before = sorted(path.name for path in index._store.folder.glob("*.segment"))
    with Index.open(index._store.folder) as reader:
        try:
            with index.adding(pack([DOCUMENTS[2][1]]), [Entry("x")]):
                assert len(reader) == 4
                if fails:
                    raise BrokenPipeError("as the verdict was written")
        except BrokenPipeError:
            assert sorted(path.name for path in index._store.folder.glob("*.segment")) == before
        assert len(reader) == len(index) == (4 if fails else 5)
        assert ("x" in index) != fails
    assert index.verify() == []


def test_entries_and_texts_must_be_as_many(index):
    with pytest.raises(UsageError, match="1 entries for 2 texts"):
        index.add(pack(["one", "two"]), [Entry("x")])


def test_a_removed_document_is_not_found_and_its_id_is_free(index):
    assert index.remove(["a", "nobody", "a"]) == 1
    assert "a" not in index
    assert [match.id for match in index.find(pack([DOCUMENTS[0][1]]))[0]] == ["d", "b"]
    fill(index, [("a", story([7]))])
    index.compact()
    assert [match.id for match in index.find(pack([DOCUMENTS[0][1]]))[0]] == ["d", "b"]
    assert index.verify() == []


def test_compaction_frees_what_was_removed(tmp_path):
    with Index.create(tmp_path / "held", texts=True) as index:
        for first in range(0, 3000, 500):
            documents = [(f"{n}", " ".join(f"{n}w{word}" for word in range(300))) for n in range(first, first + 500)]
            fill(index, documents)
        full = index.stats()
        assert index.remove(map(str, range(2700))) == 2700
        index.compact()
        left = index.stats()
        assert (left.documents, left.texts, left.segments) == (300, 300, 1)
        assert left.bytes < full.bytes / 5
        assert index.verify() == []
        assert [match.id for match in index.find(pack([documents[-1][1]]))[0]] == ["2999"]
        assert index.remove(map(str, range(3000))) == 300
        index.compact()
        assert index.stats().segments == 0
        assert index.find(pack([documents[-1][1]])) == [[]]


def test_small_batches_are_merged_by_tiers(tmp_path):
    with Index.create(tmp_path / "held") as index:
        for n in range(70):
            fill(index, [(f"{n}", story([n % 8]) + f" z{n}")])
        assert index.stats().segments == 1 + 6
        assert index.verify() == []


@pytest.mark.parametrize("texts", [True, False])
def test_texts_come_back_where_the_index_keeps_them(tmp_path, texts):
    with Index.create(tmp_path / "held", texts=texts) as index:
        fill(index, DOCUMENTS[:1])
    with Index.open(tmp_path / "held", write=True) as index:
        fill(index, DOCUMENTS[2:])
        assert index.stats().keeps_texts == texts
        assert [(row.id, row.text) for row in index.export()] == [
            (id, text if texts else None) for id, text in [DOCUMENTS[0], *DOCUMENTS[2:]]
        ]


def test_a_document_without_tokens_is_held_and_matches_nothing(index):
    fill(index, [("empty", ""), ("dots", "…")])
    assert index.find(pack(["", "…"])) == [[], []]
    assert "empty" in index
    assert index.verify() == []


def test_nothing_is_made_where_something_stands(tmp_path):
    (tmp_path / "file").write_text("x")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "x").write_text("x")
    for name in ("file", "full"):
        with pytest.raises(UsageError):
            Index.create(tmp_path / name)
    with pytest.raises(InputError, match="no index stands here"):
        Index.open(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_a_closed_index_and_one_open_for_reading_say_so(index, tmp_path):
    with Index.open(tmp_path / "held") as reader, pytest.raises(UsageError, match="open for reading"):
        reader.remove(["a"])
    index.close()
    with pytest.raises(UsageError, match="closed"):
        len(index)

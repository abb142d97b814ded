"""Tables in, tables out: what a scan finds is the same, whatever frame its documents came in."""

import datetime
import doctest
import sys
import warnings

import msgspec
import pytest

import dedup
from dedup.contrib import arrow, batches
from dedup.report import tables
from tests.contrib.optional import needed
from tests.contrib.stories import page, paragraphs

pyarrow = pytest.importorskip("pyarrow", reason="pyarrow is not installed")

FERRY, TEA = paragraphs("ferry"), paragraphs("tea")
COLUMNS = {
    "doc_id": ["ferry", "tea", "copy", "half"],
    "raw_text": ["\n".join(lines) for lines in (FERRY, TEA, [*FERRY, "By Ann."], [*TEA[:4], *FERRY[:3]])],
    "source_domain": ["north.example", "east.example", "south.example", None],
    "date_publish": [datetime.datetime(2026, 3, day, 12, 5, tzinfo=datetime.UTC) for day in (1, 2, 3, 4)],
}


def rows():
    return [dict(zip(COLUMNS, values, strict=True)) for values in zip(*COLUMNS.values(), strict=True)]


def plain(found):
    return [table.to_pylist() for table in found]


@pytest.mark.parametrize("module", [arrow, batches], ids=lambda module: module.__name__)
def test_examples_run(module):
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_what_is_found_is_what_a_scan_finds():
    found = arrow.scan(pyarrow.table(COLUMNS))
    expected = dedup.scan(rows())
    pairs = [msgspec.structs.asdict(pair) for pair in expected.pairs()]
    for pair in pairs:
        names = ("a_start", "a_end", "b_start", "b_end")
        pair["passages"] = [dict(zip(names, own, strict=True)) for own in pair["passages"]]
    assert found.pairs.to_pylist() == pairs
    assert {(pair["a"], pair["b"], pair["relation"]) for pair in pairs} >= {("ferry", "copy", "near")}
    documents = [msgspec.to_builtins(row) for row in expected.documents()]
    assert [row | {"stripped": dict(row["stripped"])} for row in found.documents.to_pylist()] == documents
    assert found.documents["published"].to_pylist()[0] == "2026-03-01T12:05:00+00:00"
    assert found.clusters.column_names == list(tables.CLUSTER_COLUMNS)
    members = [(cluster.cluster_id, member.id) for cluster in expected.clusters() for member in cluster.members]
    ids = [found.clusters[name].to_pylist() for name in ("cluster_id", "id")]
    assert list(zip(*ids, strict=True)) == members != []


def test_options_are_those_of_a_scan():
    strict = arrow.scan(pyarrow.table(COLUMNS), clean=False, min_jaccard=1.0, min_containment=1.0, min_shared=500)
    assert strict.pairs.num_rows == strict.clusters.num_rows == 0
    assert strict.documents.num_rows == 4
    with pytest.raises(TypeError, match="bogus"):
        arrow.scan(pyarrow.table(COLUMNS), bogus=1)


def test_no_rows():
    found = arrow.scan(pyarrow.table(COLUMNS).slice(0, 0))
    assert [table.num_rows for table in found] == [0, 0, 0]
    assert "jaccard" in found.pairs.column_names


def test_rows_that_are_no_documents_are_told_and_skipped():
    broken = pyarrow.table({"id": ["a", "b", "c"], "text": ["One text.", None, "Another."]})
    with pytest.warns(UserWarning, match=r"skipped row 2: .*text.* is null"):
        assert arrow.scan(broken).documents["id"].to_pylist() == ["a", "c"]
    bad = []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        arrow.scan(broken, on_bad=bad.append)
    assert [record.where for record in bad] == ["row 2"]
    with pytest.raises(dedup.RecordError, match=r"^row 2: .*null"):
        arrow.scan(broken, strict=True)


def test_many_small_batches_are_one_table(monkeypatch):
    monkeypatch.setattr(arrow, "_AT_ONCE", 2)
    chunks = pyarrow.table(COLUMNS).to_batches(max_chunksize=3)
    reader = pyarrow.RecordBatchReader.from_batches(chunks[0].schema, chunks)
    assert plain(arrow.scan(reader)) == plain(arrow.scan(pyarrow.table(COLUMNS)))


def test_something_else_than_a_table():
    with pytest.raises(dedup.UsageError, match="a list has no Arrow stream"):
        arrow.scan(rows())


def test_without_pyarrow(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(dedup.MissingExtraError, match=r"newsdedup\[arrow\]"):
        arrow.scan(None)


def test_polars():
    polars = needed("polars")
    frame = polars.DataFrame(COLUMNS)
    assert plain(arrow.scan(frame)) == plain(arrow.scan(pyarrow.table(COLUMNS)))
    back = polars.from_arrow(arrow.scan(frame).documents)
    assert back.filter(polars.col("is_duplicate"))["id"].to_list()[0] == "copy"


def test_pandas():
    pandas = needed("pandas")
    frame = pandas.DataFrame(COLUMNS)
    frame["source_domain"] = frame["source_domain"].astype("category")
    frame["date_publish"] = frame["date_publish"].astype("datetime64[ns, UTC]")
    assert plain(arrow.scan(frame)) == plain(arrow.scan(pyarrow.table(COLUMNS)))
    back = arrow.scan(frame).documents.to_pandas()
    assert back.loc[back.is_duplicate, "id"].tolist()[0] == "copy"


BATCH = {
    "id": ["page", "text", "none"],
    "html": [page(FERRY), None, None],
    "text": [None, "\n".join([*TEA, "Share on Facebook"]), None],
}


def test_a_batch_is_cleaned_as_documents_are():
    cleaned = batches.clean_batch(BATCH)
    expected = [one.text for one in dedup.clean([{"html": BATCH["html"][0]}, {"text": BATCH["text"][1]}])]
    assert cleaned == {"text": [*expected, None]}
    assert "Share on Facebook" not in cleaned["text"][1]
    assert batches.clean_batch({"text": []}) == {"text": []}
    with_all = batches.clean_batch(BATCH, keep_labels=dedup.records.LABELS)
    assert "Share on Facebook" in with_all["text"][1]


@pytest.fixture
def held(tmp_path):
    from dedup.index import Index
    from dedup.sketch import pack
    from dedup.verdicts import Entry

    path = tmp_path / "held"
    with Index.create(path) as index:
        index.add(pack(["\n".join(FERRY), "\n".join(TEA)]), [Entry("ferry"), Entry("tea")])
    return path


def test_a_batch_against_an_index(held):
    batch = {
        "id": ["new", "ferry", "copy", "half", "none"],
        "text": [
            "Nothing of this is held by anyone.",
            COLUMNS["raw_text"][0],
            "\n".join(FERRY[:-1]),
            "\n".join(TEA[:3]),
            None,
        ],
    }
    found = batches.match_batch(batch, index=held, clean=False)
    assert found == {
        "duplicate_of": [None, None, "ferry", "tea", None],
        "relation": [None, None, "near", "excerpt", None],
    }
    stricter = batches.match_batch(batch, index=held, clean=False, bounds=dedup.Bounds(0.99, 0.99, 500))
    assert stricter["relation"] == [None] * 5
    cleaned = batches.match_batch({"page": [page(FERRY)], "html": [page(FERRY)]}, index=str(held))
    assert cleaned == {"duplicate_of": ["ferry"], "relation": ["exact"]}
    with pytest.raises(dedup.InputError, match="no index"):
        batches.match_batch(batch, index=held.parent / "none")


def test_a_dataset_of_datasets(held, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    datasets = needed("datasets")
    dataset = datasets.Dataset.from_dict(BATCH)
    cleaned = dataset.map(batches.clean_batch, batched=True, batch_size=2)
    assert cleaned["text"][:] == batches.clean_batch(BATCH)["text"]
    matched = cleaned.map(batches.match_batch, batched=True, fn_kwargs={"index": held, "clean": False})
    assert matched["duplicate_of"][:] == ["ferry", "tea", None]

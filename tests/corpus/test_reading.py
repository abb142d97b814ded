import subprocess
import sys
from pathlib import Path

import pytest

from dedup import corpus
from dedup.corpus.interface import FORMATS, SUFFIXES, format_of
from dedup.corpus.reading import READERS
from tests.corpus.helpers import jsonl, reading

SHARED = Path(__file__).parents[3] / "shared" / "data" / "copy"


def test_each_format_has_a_reader():
    assert set(READERS) == set(FORMATS) == set(SUFFIXES.values())


@pytest.mark.parametrize(
    ("path", "format"),
    [
        ("a.jsonl", "jsonl"), ("b/a.JSONL.GZ", "jsonl"), ("a.warc.wet.gz", "warc"), ("a.htm", "html"),
        ("a.json.zst", "jsonl"), ("a.gz", None), ("a", None), (".jsonl", None), ("a.jsonl.bak", None),
    ],
)  # fmt: skip
def test_format_by_suffix(path, format):
    assert format_of(path) == format


def test_documents_come_one_at_a_time(tmp_path):
    path = tmp_path / "a.jsonl"
    path.write_bytes(jsonl(*({"text": f"{n} " + "x" * 1000} for n in range(20_000))))
    told = []
    documents = corpus.read(path, on_progress=told.append)
    next(documents)
    assert sum(told) < path.stat().st_size / 4


def test_importing_loads_nothing_heavy():
    heavy = ("numpy", "numba", "sklearn", "pyarrow", "fastwarc", "zstandard", "bs4", "click", "rich")
    script = f"import sys, dedup.corpus; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.skipif(not SHARED.exists(), reason="the press data is not here")
def test_real_press():
    documents, bad = reading(SHARED / "helsinki_en.jsonl.zst")
    assert (len(documents), bad) == (680, [])
    assert all(document.text and document.site and not document.published for document in documents)
    documents, _ = reading(SHARED / "press_es.jsonl.zst")
    assert len(documents) == 1431
    assert all(
        document.url.partition("://")[2].removeprefix("www.").startswith(document.site) for document in documents
    )

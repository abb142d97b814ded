"""`dedup report` as a user meets it."""

import csv
import gzip
import inspect
import io
import os
import stat
import subprocess
import sys
from xml.etree import ElementTree

import pytest

from dedup import report
from dedup.cli.report import NAMES
from tests.cli.conftest import REPOSITORY
from tests.report.sample import HOSTILE
from tests.report.scanned import scan, write_folder

needs_lang = pytest.mark.skipif(
    "lang" not in inspect.signature(report.render_html).parameters, reason="the page has one language"
)
OTHERS = [name for name in NAMES if name != "html"]


@pytest.fixture
def folder(tmp_path):
    return write_folder(scan(), tmp_path / "out")


@needs_lang
def test_the_page_is_written_anew(dedup, folder):
    (folder / "report.html").write_text("old")
    done = dedup("report", folder, check=0)
    page = (folder / "report.html").read_text("utf-8")
    assert page.startswith("<!DOCTYPE html>") or page.startswith("<!doctype html>")
    assert "Rowers buy a lighthouse" in page
    assert done.stdout == b""
    assert f"report: {folder}/report.html" in done.stderr.decode()
    assert "texts: 2 of 6" in done.stderr.decode()


@needs_lang
def test_the_page_speaks_two_languages(dedup, folder):
    pages = [dedup("report", folder, "--lang", lang, "-o", "-", check=0).stdout.decode() for lang in ("en", "fr")]
    assert 'lang="en"' in pages[0]
    assert 'lang="fr"' in pages[1]


@needs_lang
@pytest.mark.parametrize(("texts", "said"), [("none", 0), ("heads", 1), ("all", 2)])
def test_texts_in_the_page(dedup, folder, texts, said):
    done = dedup("report", folder, "--texts", texts, "-o", "-", check=0)
    assert done.stdout.decode().count("club of rowers") == said
    assert f"texts: {said} of 6 in clusters; the rest is left out" in done.stderr.decode()


@pytest.mark.parametrize("format", OTHERS)
def test_a_format_has_its_name_in_the_folder(dedup, folder, format):
    before = {path.name for path in folder.iterdir()}
    done = dedup("report", folder, "--format", format, check=0)
    [name] = {path.name for path in folder.iterdir()} - before
    assert name == NAMES[format].format(table="clusters")
    assert f"report: {folder}/{name}" in done.stderr.decode()
    assert done.stdout == b""


@pytest.mark.parametrize("format", OTHERS)
def test_stdout_takes_the_same_bytes(dedup, folder, format, tmp_path):
    dedup("report", folder, "--format", format, "-o", tmp_path / "file", "-q", check=0)
    done = dedup("report", folder, "--format", format, "-o", "-", check=0)
    assert done.stdout == (tmp_path / "file").read_bytes()
    assert done.stderr == b""


def test_tables(dedup, folder):
    heads = {}
    for table in ("clusters", "outlets"):
        dedup("report", folder, "--format", "csv", "--table", table, check=0)
        rows = list(csv.reader(io.StringIO((folder / f"{table}.csv").read_bytes().decode(), newline="")))
        heads[table] = (rows[0][0], len(rows))
    assert heads == {"clusters": ("cluster_id", 7), "outlets": ("site", 4)}


def test_the_other_formats_hold_what_they_should(dedup, folder):
    from pyarrow import parquet

    dedup("report", folder, "--format", "parquet", "--table", "outlets", check=0)
    assert parquet.read_table(folder / "outlets.parquet").column("site")[0].as_py() == "bote.example"
    graph = ElementTree.fromstring(dedup("report", folder, "--format", "graphml", "-o", "-", check=0).stdout)
    assert len(graph.findall(".//{*}edge")) == 4
    assert (
        "| 3 | Rowers buy a lighthouse |" in dedup("report", folder, "--format", "markdown", "-o", "-").stdout.decode()
    )


def test_an_output_is_compressed_by_its_suffix(dedup, folder, tmp_path):
    dedup("report", folder, "--format", "csv", "-o", tmp_path / "t.csv.gz", check=0)
    assert gzip.decompress((tmp_path / "t.csv.gz").read_bytes()).startswith(b"cluster_id,")


def test_hostile_names_go_through(dedup, tmp_path):
    data = scan()
    names = [name.replace("\ud800", "") for name in HOSTILE]
    for row, name in zip(data.documents, [*names, "=cmd()", *names], strict=False):
        row.title = row.site = name
    folder = write_folder(data, tmp_path / "out")
    for format in OTHERS:
        dedup("report", folder, "--format", format, check=0)
    assert "<script>" not in (folder / "report.md").read_text("utf-8").replace("\\<script\\>", "")


def test_what_is_no_folder_of_a_scan_is_an_error(dedup, tmp_path):
    done = dedup("report", tmp_path, check=2)
    assert done.stderr.decode().startswith(f"dedup: {tmp_path}: this is no folder of dedup scan")
    assert list(tmp_path.iterdir()) == []
    assert "no such folder" in dedup("report", tmp_path / "x", check=2).stderr.decode()
    assert "DIR" in dedup("report", check=2).stderr.decode()
    assert "empty" in dedup("report", tmp_path, "-o", "", check=2).stderr.decode()


@pytest.mark.parametrize("format", ["csv", "markdown", "graphml"])
def test_a_damaged_scan_leaves_the_earlier_file(dedup, folder, format):
    target = folder / NAMES[format].format(table="clusters")
    target.write_text("earlier")
    documents = folder / "documents.jsonl"
    documents.write_bytes(documents.read_bytes()[:-9])
    done = dedup("report", folder, "--format", format, check=2)
    assert f"{documents}:8" in done.stderr.decode()
    assert target.read_text() == "earlier"
    assert not list(folder.glob(".dedup-*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_to_is_an_error(dedup, folder):
    folder.chmod(stat.S_IREAD | stat.S_IEXEC)
    done = dedup("report", folder, "--format", "csv", check=2)
    assert "cannot be written" in done.stderr.decode()


def test_what_a_scan_just_wrote_can_be_reported(dedup, corpus, tmp_path):
    dedup("scan", corpus, "-o", tmp_path / "out", "--no-clean", "-q", check=0)
    out = dedup("report", tmp_path / "out", "--format", "csv", "-o", "-", check=0).stdout.decode()
    rows = list(csv.DictReader(io.StringIO(out, newline="")))
    assert [row["id"] for row in rows] == ["story", "copy", "excerpt"]
    assert [row["relation"] for row in rows] == ["", "exact", "excerpt"]


def test_settings_may_name_the_language(dedup, folder, tmp_path):
    place = tmp_path / "project"
    place.mkdir()
    (place / "dedup.toml").write_text('[report]\nformat = "markdown"\nlang = "fr"\n')
    command = [sys.executable, "-m", "dedup", "report", str(folder), "-o", "-"]
    environment = os.environ | {"PYTHONPATH": str(REPOSITORY)}
    done = subprocess.run(command, cwd=place, env=environment, capture_output=True, check=True)
    assert done.stdout.startswith(b"# Who copied what")

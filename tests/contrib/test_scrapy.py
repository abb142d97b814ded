"""The pipeline in a real crawl, by a Scrapy process, of a site on this machine."""

import functools
import http.server
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from dedup.index import Index
from dedup.sketch import pack
from dedup.verdicts import Entry
from tests.contrib.optional import needed
from tests.contrib.stories import page, paragraphs

REPOSITORY = Path(__file__).parents[2]
SPIDER = """
import json, pathlib
import scrapy

class News(scrapy.Spider):
    name = "news"
    custom_settings = {
        "ITEM_PIPELINES": {"dedup.contrib.scrapy.DedupPipeline": 300},
        "CONCURRENT_REQUESTS": 1, "TELNETCONSOLE_ENABLED": False, "LOG_LEVEL": "WARNING",
    }

    async def start(self):
        yield scrapy.Request(self.address)

    def start_requests(self):  # of Scrapy before 2.13
        yield scrapy.Request(self.address)

    def parse(self, response):
        for place, link in enumerate(response.css("a.story")):
            yield response.follow(link, self.story, priority=-place)

    def story(self, response):
        name = response.url.rpartition("/")[2].removesuffix(".html")
        if name == "picture":
            yield {"url": response.url, "image": "ferry.jpg"}
        else:
            yield {"id": name, "url": response.url, "raw_html": response.text, "seen": "kept as it is"}

    def closed(self, reason):
        pathlib.Path("stats.json").write_text(json.dumps(self.crawler.stats.get_stats(), default=str))
"""
FERRY, TEA, PORT = paragraphs("ferry"), paragraphs("tea"), paragraphs("port")
PAGES = {
    "ferry": FERRY,
    "copy": FERRY[:-1],
    "tea": TEA,
    "roundup": [*PORT, *TEA],
    "brief": TEA[:3],
}


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("site")
    for name, lines in PAGES.items():
        (folder / f"{name}.html").write_text(page(lines, title=f"The {name} of today"), "utf-8")
    (folder / "picture.html").write_text("<html><body>One picture.</body></html>")
    links = "".join(f"<a class='story' href='{name}.html'>{name}</a>" for name in [*PAGES, "picture"])
    (folder / "index.html").write_text(f"<html><body>{links}</body></html>")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/index.html"
        server.shutdown()
        thread.join()


@pytest.fixture
def crawl(site, tmp_path):
    """Crawl the site with settings; give the items by id, the stats, and the log."""
    needed("scrapy")

    def run(**settings):
        (tmp_path / "spider.py").write_text(SPIDER)
        options = [part for name, value in settings.items() for part in ("-s", f"{name}={value}")]
        command = [sys.executable, "-m", "scrapy", "runspider", "spider.py", "-a", f"address={site}"]
        path = os.pathsep.join([str(REPOSITORY), os.environ.get("PYTHONPATH", "")])
        done = subprocess.run(
            [*command, "-O", "items.jsonl", *options],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / "stats.json").exists(), done.stderr
        items = [json.loads(line) for line in (tmp_path / "items.jsonl").read_text("utf-8").splitlines()]
        stats = json.loads((tmp_path / "stats.json").read_text())
        return {item.get("id", "picture"): item for item in items}, stats, done.stderr

    return run


def held(path, **texts):
    with Index.create(path) as index:
        index.add(pack(["\n".join(lines) for lines in texts.values()]), [Entry(f"held-{name}") for name in texts])
    return path


def test_a_crawl_against_itself(crawl):
    items, stats, log = crawl()
    assert list(items) == ["ferry", "tea", "roundup", "brief", "picture"], log
    assert items["tea"]["text"] == "\n".join(TEA)
    assert items["tea"]["seen"] == "kept as it is"
    assert "<nav>" in items["tea"]["raw_html"]
    assert items["picture"].keys() == {"url", "image"}
    assert (stats["dedup/duplicates"], stats["dedup/excerpts"], stats["dedup/failed"]) == (1, 2, 1)
    assert "dedup/added" not in stats
    assert stats["item_dropped_count"] == 1
    assert stats["dedup/seconds"] > 0
    assert "near copy of ferry: Jaccard 0.8" in log


def test_a_crawl_against_an_index_that_it_fills(crawl, tmp_path):
    path = held(tmp_path / "index", tea=TEA)
    items, stats, log = crawl(DEDUP_INDEX=path, DEDUP_ADD=True, DEDUP_ON_EXCERPT="mark")
    assert list(items) == ["ferry", "roundup", "brief", "picture"], log
    assert (items["brief"]["duplicate_of"], items["brief"]["relation"]) == ("held-tea", "excerpt")
    assert "duplicate_of" not in items["ferry"]
    assert (stats["dedup/duplicates"], stats["dedup/added"]) == (2, 3)
    assert "exact copy of held-tea: Jaccard 1.000" in log
    with Index.open(path) as index:
        assert len(index) == 4
        assert all(name in index for name in ("held-tea", "ferry", "roundup", "brief"))
        [[match]] = index.find(pack(["\n".join(FERRY)]))
        assert (match.id, match.relation, match.site) == ("ferry", "exact", "127.0.0.1")
    again, stats, log = crawl(DEDUP_INDEX=path, DEDUP_ADD=True)
    assert list(again) == ["picture"], log
    assert (stats["dedup/duplicates"], stats.get("dedup/added", 0)) == (5, 0)


def test_an_index_that_is_only_read(crawl, tmp_path):
    path = held(tmp_path / "index", tea=TEA)
    items, stats, log = crawl(DEDUP_INDEX=path, DEDUP_ON_EXCERPT="drop")
    assert list(items) == ["ferry", "picture"], log
    assert (stats["dedup/duplicates"], stats["dedup/excerpts"]) == (2, 2)
    assert "excerpt match with held-tea: Jaccard 0." in log
    with Index.open(path) as index:
        assert len(index) == 1


def test_settings_that_make_no_sense(site, tmp_path):
    needed("scrapy")
    from scrapy.settings import Settings

    from dedup import UsageError
    from dedup.contrib import scrapy

    for settings, told in (
        ({"DEDUP_ADD": True}, "without DEDUP_INDEX"),
        ({"DEDUP_ON_EXCERPT": "lose"}, "keep, mark, drop"),
        ({"DEDUP_MIN_JACCARD": "much"}, "Give a number"),
        ({"DEDUP_MIN_CONTAINMENT": 2}, "Shares are above 0"),
        ({"DEDUP_MIN_SHARED": 0}, "at least 1"),
    ):
        with pytest.raises(UsageError, match=told):
            scrapy.Settings.of(Settings(settings))
    bounds = scrapy.Settings.of(Settings({"DEDUP_MIN_JACCARD": "0.8", "DEDUP_MIN_SHARED": 20})).bounds
    assert bounds == {"min_jaccard": 0.8, "min_shared": 20}


class Stats(dict):
    def inc_value(self, name, count=1):
        self[name] = self.get(name, 0) + count


@pytest.fixture
def pipeline():
    """A pipeline outside of a crawl, which gives its items one by one."""
    needed("scrapy")
    from types import SimpleNamespace

    from scrapy.settings import Settings

    from dedup.contrib.scrapy import DedupPipeline

    opened = []

    def make(**settings):
        crawler = SimpleNamespace(settings=Settings(settings), stats=Stats())
        made = DedupPipeline.from_crawler(crawler)
        made.open_spider()
        opened.append(made)
        return made, crawler.stats

    yield make
    for made in opened:
        made.close_spider()


def test_items_of_a_class(pipeline, caplog):
    import scrapy

    class Article(scrapy.Item):
        url, maintext = scrapy.Field(), scrapy.Field()

    made, stats = pipeline(DEDUP_ON_EXCERPT="mark")
    first = made.process_item(Article(url="https://one.example/tea", maintext="\n".join([*TEA, "Share on Facebook"])))
    assert first["maintext"] == "\n".join(TEA)
    second = made.process_item(Article(url="https://two.example/tea", maintext="\n".join(TEA[:3])))
    assert stats["dedup/excerpts"] == 1
    assert set(second.keys()) == {"url", "maintext"}
    assert "Items have no field 'duplicate_of'" in caplog.text


def test_items_without_id_and_items_of_a_known_id(pipeline, caplog):
    from scrapy.exceptions import DropItem

    made, stats = pipeline(DEDUP_NO_CLEAN=True)
    item = {"text": "\n".join(FERRY)}
    assert made.process_item(item) == {"text": "\n".join(FERRY)}, "taken as it is"
    with pytest.raises(DropItem, match=r"exact copy of [0-9a-f]{32}"):
        made.process_item(dict(item))
    made.process_item({"id": "a", "text": "\n".join(TEA)})
    other = {"id": "a", "text": "\n".join(PORT)}
    assert made.process_item(other) is other
    assert stats["dedup/failed"] == 1
    assert "a: this id is held with another text" in caplog.text
    assert made.process_item({"text": ""}) == {"text": ""}


def test_a_crawl_goes_on_where_the_index_fails(pipeline, caplog, monkeypatch):
    from dedup import OutputError

    made, stats = pipeline()

    def full(*_):
        raise OutputError("no space left", where="held")

    monkeypatch.setattr(made._own, "add", full)
    item = {"text": "\n".join(FERRY)}
    assert made.process_item(item) is item
    assert stats["dedup/failed"] == 1
    assert "held: no space left" in caplog.text

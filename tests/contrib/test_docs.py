"""The examples of docs/integrations.md run as they stand."""

import doctest
import re
from pathlib import Path

import pytest
import yaml

from dedup.index import Index
from dedup.sketch import pack
from dedup.verdicts import Entry
from tests.contrib.optional import needed
from tests.contrib.stories import page, paragraphs

REPOSITORY = Path(__file__).parents[2]
DOCS = (REPOSITORY / "docs" / "integrations.md").read_text("utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.+?)(?=^## |\Z)", DOCS, re.MULTILINE | re.DOTALL))
FERRY = paragraphs("ferry")
NAMES = {"page": page(FERRY), "other_page": page(FERRY[:-1]), "text": "\n".join(FERRY)}


def examples(section, language):
    """The code blocks of a section."""
    return re.findall(rf"^```{language}\n(.+?)^```$", SECTIONS[section], re.MULTILINE | re.DOTALL)


def run(code):
    """Run an example; what it prints must be what stands there."""
    test = doctest.DocTestParser().get_doctest(code, dict(NAMES), "integrations.md", "integrations.md", 0)
    told = []
    failed, tried = doctest.DocTestRunner().run(test, out=told.append)
    assert tried > 0
    assert failed == 0, "".join(told)


@pytest.fixture
def held(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with Index.create(tmp_path / "held") as index:
        index.add(pack(["\n".join(FERRY)]), [Entry("ferry")])


def test_datasets(held, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    needed("datasets").disable_progress_bars()
    [code] = examples("Hugging Face datasets", "pycon")
    run(code)


@pytest.mark.parametrize(("place", "library"), [(0, "polars"), (1, "pandas")])
def test_frames(place, library):
    needed("pyarrow")
    needed(library)
    run(examples("polars, pandas, Arrow", "pycon")[place])


def test_redis(redis_port):
    [code] = examples("datasketch, Redis", "pycon")
    run(code.replace("6379", str(redis_port)))


def test_settings_of_a_crawl(held):
    needed("scrapy")
    from scrapy.settings import Settings
    from scrapy.utils.misc import load_object

    from dedup.contrib import scrapy

    [code] = examples("Scrapy", "python")
    settings: dict[str, object] = {}
    exec(code, settings)
    read = scrapy.Settings.of(Settings({name: value for name, value in settings.items() if name.isupper()}))
    assert (read.index, read.add, read.on_excerpt) == (Path("held"), True, "mark")
    assert [load_object(name) for name in settings["ITEM_PIPELINES"]] == [scrapy.DedupPipeline]


def test_the_workflow_uses_what_the_action_has():
    [code] = examples("GitHub Actions", "yaml")
    step, after = yaml.safe_load(code)
    action = yaml.safe_load((REPOSITORY / "action.yml").read_text("utf-8"))
    assert step["with"].keys() <= action["inputs"].keys()
    assert {*re.findall(r"gate\.outputs\.([\w-]+)", str(after))} <= action["outputs"].keys()
    told = SECTIONS["GitHub Actions"]
    assert all(f"`{name}`" in told or name in step["with"] for name in [*action["inputs"], *action["outputs"]])


def test_the_hook_that_is_named_is_there():
    [code] = examples("pre-commit", "yaml")
    [repository] = yaml.safe_load(code)["repos"]
    [used] = repository["hooks"]
    [described] = yaml.safe_load((REPOSITORY / ".pre-commit-hooks.yaml").read_text("utf-8"))
    assert used["id"] == described["id"]
    assert "Without `args` it is `" + " ".join(described["args"]) + "`" in SECTIONS["pre-commit"]

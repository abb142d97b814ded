"""`import dedup`: what the docs of the verbs say, as tests, and what they do with bad use."""

import doctest
import subprocess
import sys
from pathlib import Path

import pytest

import dedup
import dedup.api

REPOSITORY = Path(__file__).parent.parent


@pytest.mark.parametrize("module", [dedup, dedup.api], ids=lambda module: module.__name__)
def test_examples_run(module, monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    failed, tried = doctest.testmod(module)
    assert tried > 0
    assert failed == 0


def test_readme_examples_run(monkeypatch):
    monkeypatch.chdir(REPOSITORY)
    failed, tried = doctest.testfile(str(REPOSITORY / "README.md"), module_relative=False, encoding="utf8")
    assert tried > 0
    assert failed == 0


def test_import_is_light():
    code = "import dedup, sys; print([m for m in ('numpy', 'numba', 'sklearn', 'msgspec') if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert out.stdout.strip() == "[]"


def test_every_public_name_is_there():
    assert all(getattr(dedup, name) is not None for name in dedup.__all__)
    with pytest.raises(AttributeError, match="nonsense"):
        _ = dedup.nonsense


def test_the_room_clean_is_a_verb_and_still_a_package():
    import dedup.clean.blocks as blocks

    assert blocks.__name__ == "dedup.clean.blocks"
    [cleaned] = dedup.clean([{"id": "x", "text": "A plain sentence that stands alone in its text."}])
    assert cleaned.id == "x"


def test_types_of_the_verbs_are_known(tmp_path):
    script = tmp_path / "user.py"
    script.write_text(
        "import dedup\n"
        "from dedup import Cleaned\n"
        "for c in dedup.clean([{'text': 'x'}]):\n    a: Cleaned = c\n"
        "pairs: list[dedup.Pair] = list(dedup.scan([{'text': 'x'}]).pairs())\n"
        "wrong: int = dedup.scan([]).summary().documents + 'x'\n"
    )
    pytest.importorskip("mypy")
    out = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-incremental", str(script)],
        capture_output=True, text=True, cwd=REPOSITORY, check=False,
    )  # fmt: skip
    errors = [line for line in out.stdout.splitlines() if "user.py" in line]
    assert len(errors) == 1, out.stdout
    assert 'Unsupported operand types for + ("int" and "str")' in errors[0]


@pytest.mark.parametrize("wrong", ["a text", {"text": "a document"}, b"bytes"])
def test_one_document_where_many_are_expected(wrong):
    with pytest.raises(dedup.UsageError, match="list of documents"):
        dedup.scan(wrong)


def test_something_else_among_the_documents():
    with pytest.raises(dedup.UsageError, match=r"document 2.*int is no document"):
        list(dedup.clean([{"text": "fine"}, 7]))


def test_a_mapping_without_text():
    with pytest.raises(dedup.UsageError, match=r"^x"):
        list(dedup.clean([{"id": "x", "title": "only this"}]))


def test_lone_surrogates():
    with pytest.raises(dedup.UsageError, match=r"^s: text with lone surrogates"):
        dedup.scan([{"id": "s", "text": "\ud800 lone"}])


def test_an_id_twice():
    with pytest.raises(dedup.UsageError, match=r"^a: this id stands twice"):
        dedup.scan([{"id": "a", "text": "one"}, {"id": "a", "text": "two"}])


def test_nothing_is_fine():
    result = dedup.scan([])
    assert (list(result.pairs()), result.clusters(), list(result.documents())) == ([], [], [])
    assert result.summary().documents == 0
    assert list(dedup.clean([])) == []


@pytest.mark.parametrize("text", ["", " \n\n ", "\x00", "x" * 100_000, "a\u202eb", "🙂 🙂"])
def test_odd_texts_go_through(text):
    result = dedup.scan([{"id": "a", "text": text or " "}, {"id": "b", "text": text or " "}])
    assert len(list(result.documents())) == 2


@pytest.mark.parametrize(
    "options",
    [
        *({"min_jaccard": value} for value in (5, 0, float("nan"), "0.5", None)),
        *({"min_containment": value} for value in (-1, "x", [])),
        *({"min_shared": value} for value in (2.5, 0, "3", None)),
        *({"workers": value} for value in (None, 0, 1.5, "2")),
        *({"keep": value} for value in ("bogus", None, 3)),
    ],
    ids=str,
)
def test_options_that_make_no_sense(options):
    [name] = options
    with pytest.raises(dedup.UsageError, match=name):
        dedup.scan([{"text": "words"}], **options)


@pytest.mark.parametrize("wrong", [None, 5, Path("corpus.jsonl")])
def test_no_documents_at_all(wrong):
    with pytest.raises(dedup.UsageError, match="list of documents"):
        dedup.scan(wrong)
    with pytest.raises(dedup.UsageError, match="list of documents"):
        list(dedup.clean(wrong))


@pytest.mark.parametrize(
    ("document", "named"),
    [
        (dedup.Document("x"), "neither text nor html"),
        (dedup.Document(5, text="words"), "id is a int"),
        (dedup.Document(None, text="words"), "id is a NoneType"),
        (dedup.Document("x", text=b"words"), "text is a bytes"),
        (dedup.Document("x", html=b"<p>words"), "html is a bytes"),
        (dedup.Document("x", text="words", published=2024), "published is a int"),
        (dedup.Document("x", text="\ud800"), "lone surrogates"),
        (dedup.Document("\ud800", text="words"), "lone surrogates"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_documents_with_wrong_fields(document, named):
    for verb in (dedup.scan, lambda documents: list(dedup.clean(documents))):
        with pytest.raises(dedup.UsageError, match=named):
            verb([document])

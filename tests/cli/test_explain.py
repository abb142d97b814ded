"""What `dedup explain` says of two documents, and how it looks on a terminal and in a pipe."""

import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from contextlib import suppress
from fcntl import ioctl
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.text import Text

from dedup.cli.explain import _measure, _reasons, _side
from dedup.engine.explaining import Explanation, explain
from dedup.engine.options import ScanOptions
from dedup.records import Bounds, Document, Pair
from tests.cli.conftest import OTHER, REPOSITORY, STORY

GOLDEN = Path(__file__).parent / "golden"
LEAD = "Our reporter writes from the quay this morning, where the wind has dropped and gulls sit on the cranes.\n"
EDITED = LEAD + STORY.replace("miles off", "kilometres off").replace("the morning fog", "thick fog") + "\n" + OTHER
ARABIC = "أعلنت سلطات الميناء أن سفينة شحن فقدت أحد عشر حاوية في ضباب الصباح يوم الثلاثاء وقالت إن أحدا لم يصب بأذى"
CHINESE = "港口当局星期二宣布一艘货轮在清晨大雾中失去了十一个集装箱潜水员在防波堤外两英里处找到了最后一个没有人受伤"
TEXTS = {
    "story": STORY,
    "edited": EDITED,
    "other": OTHER,
    "none": "…",
    "ar1": ARABIC,
    "ar2": ARABIC.replace("الصباح", "كثيف"),
    "zh1": CHINESE,
    "zh2": "本报讯" + CHINESE.replace("清晨大雾", "浓雾"),
    "hostile1": STORY.replace("freighter", "\x1b[31mfreighter\x07 \u202e[bold]"),
    "hostile2": STORY.replace("freighter", "\x1b[31mfreighter\x07 \u202e[bold]").replace("fog", "\x1b[2Jmist"),
}
BOUNDS = Bounds(min_shared=8)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    path = tmp_path_factory.mktemp("explain") / "corpus.jsonl"
    rows = [{"id": id, "text": text} for id, text in TEXTS.items()]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def found(a, b, bounds=BOUNDS) -> Explanation:
    documents = [Document(id, text) for id, text in TEXTS.items()]
    return explain(a, b, documents, ScanOptions(clean=False, bounds=bounds))


def piped(dedup, corpus, a, b, width=80, **environment):
    environment = {
        key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")
    } | environment
    environment["COLUMNS"] = str(width)
    done = dedup("explain", a, b, corpus, "--no-clean", "--min-shared", 8, check=0, env=environment)
    return done.stdout.decode()


def on_terminal(corpus, a, b, width=80, **environment):
    """Run it where stdout is a terminal of this width; stderr is none, so no bar."""
    environment = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "COLUMNS")} | environment
    command = [sys.executable, "-m", "dedup", "explain", a, b, str(corpus), "--no-clean", "--min-shared", "8"]
    parent, child = pty.openpty()
    ioctl(child, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment |= {"TERM": environment.get("TERM", "xterm-256color")}
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=child, stderr=subprocess.DEVNULL, env=environment)
    os.close(child)
    out = b""
    with suppress(OSError):  # how a terminal of Linux says that the other side has gone
        while piece := os.read(parent, 1 << 16):
            out += piece
    os.close(parent)
    assert process.wait(60) == 0
    return out.decode().replace("\r\n", "\n")


@pytest.mark.parametrize("width", [40, 80])
def test_it_is_as_agreed(dedup, corpus, width):
    """To agree on a new one: UPDATE_GOLDEN=1 pytest tests/cli/test_explain.py, and read the difference."""
    file, out = GOLDEN / f"explain_{width}.txt", piped(dedup, corpus, "story", "edited", width)
    out = "".join(line.rstrip() + "\n" for line in out.splitlines())
    if os.environ.get("UPDATE_GOLDEN"):
        file.parent.mkdir(exist_ok=True)
        file.write_text(out, "utf-8")
    assert out == file.read_text("utf-8")


def pair(jaccard=0.0, a=0.0, b=0.0, shared=0, relation=None) -> Explanation:
    made = Pair("a", "b", relation or "passage", jaccard, a, b, shared)
    return Explanation(made, relation, 100, 100, "", "", [], [])


@pytest.mark.parametrize(
    ("case", "reasons"),
    [
        (pair(1.0, 1.0, 1.0, 90, "exact"), ["exact: both have the same words in the same order"]),
        (pair(0.75, 0.8, 0.9, 90, "near"), ["near: Jaccard 0.7500 (bound 0.7)"]),
        (
            pair(1.0, 1.0, 1.0, 90, "near"),
            [
                "not exact: the same shingles, but not the same words in the same order",
                "near: Jaccard 1.0000 (bound 0.7)",
            ],
        ),
        (
            pair(0.4, 0.31, 0.83, 120, "excerpt"),
            [
                "not near: Jaccard 0.4000 (bound 0.7, 0.3 short)",
                "excerpt: 0.8300 of B is in A (bound 0.5)",
                "         120 shared shingles (bound 15)",
            ],
        ),
        (
            pair(0.1, 0.2, 0.1, 31, "passage"),
            [
                "not near: Jaccard 0.1000 (bound 0.7, 0.6 short)",
                "no excerpt: 0.2000 of A is in B (bound 0.5, 0.3 short)",
                "            31 shared shingles (bound 15)",
                "passage: 31 shared shingles (bound 30)",
            ],
        ),
        (
            pair(0.6, 0.7, 0.7, 1),
            [
                "not near: Jaccard 0.6000 (bound 0.7, 0.1 short)",
                "no excerpt: 0.7000 of A is in B (bound 0.5)",
                "            1 shared shingle (bound 15, 14 short)",
                "no passage: 1 shared shingle (bound 30, 29 short)",
            ],
        ),
    ],
)
def test_why(case, reasons):
    assert list(_reasons(case, Bounds())) == reasons


def test_a_figure_just_below_its_bound_is_short_of_it():
    assert _measure("Jaccard 0.7000", 0.69998, 0.7) == "Jaccard 0.7000 (bound 0.7, 2e-05 short)"


def test_a_text_without_a_word_matches_nothing(dedup, corpus):
    out = piped(dedup, corpus, "story", "none")
    assert "none under these bounds" in out
    assert "why           a text without a word matches nothing" in out


@pytest.mark.parametrize(("a", "b"), [("story", "edited"), ("edited", "story"), ("zh1", "zh2"), ("ar1", "ar2")])
def test_shared_words_are_those_of_shared_shingles(a, b):
    """The slow way: words of Latin and Arabic letters, and each Chinese one, in runs of five."""
    result = found(a, b)
    for text, spans, other in (
        (result.text_a, result.shared_a, result.text_b),
        (result.text_b, result.shared_b, result.text_a),
    ):
        words = [(m.start(), m.end(), m[0].lower()) for m in re.finditer(r"[一-鿿]|[^\W一-鿿]+", text)]
        theirs = [m[0].lower() for m in re.finditer(r"[一-鿿]|[^\W一-鿿]+", other)]
        shingles = {tuple(theirs[at : at + 5]) for at in range(len(theirs) - 4)}
        wanted = set()
        for at in range(len(words) - 4):
            if tuple(word for *_, word in words[at : at + 5]) in shingles:
                wanted |= {word[0] for word in words[at : at + 5]}
        covered = {start for start, *_ in words if any(first <= start < last for first, last in spans)}
        assert covered == wanted
        assert wanted


def test_texts_shorter_than_a_shingle():
    documents = [Document("a", "Two words"), Document("b", "two WORDS!"), Document("c", "Other words here")]
    result = explain("a", "b", documents, ScanOptions(clean=False))
    assert (result.relation, result.shared_a, result.shared_b) == ("exact", [(0, 9)], [(0, 9)])
    assert explain("a", "c", documents, ScanOptions(clean=False)).shared_a == []


def test_a_terminal_has_colours_and_a_pipe_brackets(dedup, corpus):
    seen = on_terminal(corpus, "story", "edited")
    assert "\x1b[1;32m" in seen
    assert "[The harbour" not in seen
    styled = Text.from_ansi(seen)
    shared = "".join(styled.plain[span.start : span.end] for span in styled.spans if "bold" in str(span.style))
    assert "harbour" in shared
    assert "kilometres" not in shared
    assert "kilometres" in styled.plain
    plain = piped(dedup, corpus, "story", "edited")
    assert "\x1b" not in plain
    assert "[The harbour" in plain
    assert re.search(r"miles \[off", plain)


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_escape_codes_where_none_are_wanted(corpus, environment):
    out = on_terminal(corpus, "story", "edited", **environment)
    assert "\x1b" not in out
    assert "[The harbour" in out


def test_colours_into_a_pipe_for_who_asks(dedup, corpus):
    assert "\x1b[1;32m" in piped(dedup, corpus, "story", "edited", FORCE_COLOR="1", TERM="xterm-256color")


@pytest.mark.parametrize("width", [40, 59, 60, 80, 120, 200])
@pytest.mark.parametrize(("a", "b"), [("story", "edited"), ("zh1", "zh2"), ("ar1", "ar2"), ("hostile1", "hostile2")])
def test_it_fits_any_width(dedup, corpus, width, a, b):
    out = piped(dedup, corpus, a, b, width)
    passages = out[out.index("passage 1") :].splitlines()
    assert max(map(cell_len, passages)) <= width
    both = sum(bool(re.match(r"A \d+–\d+\s+B \d+", line)) for line in passages)
    assert both == (width >= 60 and a != "ar1")
    words = re.findall(r"\w+", TEXTS[a].replace("\x1b[31m", " "))
    seen = re.sub(r"\s", "", "".join(passages)) if a == "zh1" else " ".join(passages)
    assert all(word in seen for word in words if len(word) < 15)


def test_wide_letters_keep_the_columns_apart(dedup, corpus):
    lines = piped(dedup, corpus, "zh1", "zh2", 80).splitlines()
    head = next(line for line in lines if line.startswith("A 0"))
    column = head.index("B ")
    rows = lines[lines.index(head) + 2 :]
    for line in (line for line in rows if line.strip()):
        at = next(n for n in range(len(line) + 1) if cell_len(line[:n]) >= column)
        assert cell_len(line[:at]) == column
        assert line[at - 1] == " "


def test_context_ends_at_words():
    text = "one " * 50 + "THE PASSAGE STANDS HERE" + ", it goes on" + " two" * 50
    start = text.index("THE")
    side = _side(text, (start, start + 23), [(start, start + 23)], plain=True)
    assert side.before.startswith("… one ")
    assert len(side.before) <= 84
    assert side.words.plain == "[THE PASSAGE STANDS HERE],"
    assert side.after.endswith("two …")
    whole = _side("All of it.", (0, 9), [(0, 9)], plain=True)
    assert (whole.before, whole.words.plain, whole.after) == ("", "[All of it].", "")


@pytest.mark.parametrize("width", [40, 100])
def test_hostile_texts_do_not_steer_the_terminal(corpus, width):
    out = on_terminal(corpus, "hostile1", "hostile2", width)
    assert not {"\x07", "\u202e"} & set(out)
    assert "\x1b[31m" not in out and "\x1b[2J" not in out
    assert "[bold]" in Text.from_ansi(out).plain.replace("\n", "")


def site(pages, furniture, kind):
    """Pages of one site that all carry two lines which cleaning may take for body, and two of another."""
    lines = [
        f"The council of ward {n} met on day {n} and spoke for {n} hours about the budget of the year."
        for n in range(90)
    ]
    made = []
    for number in range(pages):
        body = [
            *lines[5 * number : 5 * number + 5],
            *furniture,
            f"It ended at {number} o'clock with a vote of the members.",
        ]
        text = "\n".join(body) if kind != "one line" else " ".join(body * 2)
        page = "<html><body><article>" + "".join(f"<p>{line}</p>" for line in body) + "</article></body></html>"
        content = {"html": page} if kind == "html" else {"text": text}
        made.append(Document(f"p{number}", site="town.example", **content))
    return [*made, Document("x", "Nothing here is said twice by anybody, as far as we know.", site="x.example")]


@pytest.mark.parametrize("kind", ["text", "html", "one line"])
@pytest.mark.parametrize(
    "furniture",
    [
        [],
        ["This newspaper has been written by people who live in the valley since the year of the flood."],
        ["Seen 12 times", "The valley reads us, and has been reading us for longer than anyone remembers."],
    ],
)
def test_texts_are_those_of_a_scan(kind, furniture):
    from dedup import scan

    documents = site(8, furniture, kind)
    result = scan(documents)
    for a, b in (("p0", "p1"), ("p2", "x")):
        told = explain(a, b, documents)
        assert not any(line in told.text_a for line in furniture if kind != "one line")  # it was there to be taken off
        assert (told.text_a, told.text_b) == (result.text(a), result.text(b))

"""What cleaning may be told, and what it says of each document: favor, kept labels, fields, spans."""

import json
import re

import pytest

import dedup as package
from tests.cli.conftest import NEWSROOM, STORY, rows

PARAGRAPHS = STORY.split("\n")
# Labels that no model of these pages gets wrong: the page's own elements say what the blocks are.
PAGE = """<html><head><title>Freighter loses containers off Wexmouth | The Wexmouth Bell</title>{head}</head><body>
<nav class="main-menu"><a href="/">Home</a> <a href="/s">Sports</a> <a href="/w">Weather</a></nav>
<article><h1>Freighter loses containers off Wexmouth</h1><p>{0}</p>
<figure><figcaption class="caption">The freighter on Tuesday. Photo: Harbour Office</figcaption></figure>
<p>{1}</p><p>{2}</p><p>{3}</p></article>
<section class="comments" id="comments"><h3>2 comments</h3><div class="comment-form">Leave a comment</div></section>
</body></html>"""
CAPTION = "The freighter on Tuesday. Photo: Harbour Office"
JSON_LD = """<script type="application/ld+json">{"@type": "NewsArticle", "headline": "Freighter loses containers",
"datePublished": "%s", "author": [{"name": "Ida Vane"}, {"name": "Per Holt"}]}</script>"""


def page(head=""):
    return filled(PARAGRAPHS).replace("{head}", head)


def filled(paragraphs):
    return PAGE.format(*paragraphs, head="{head}")


def write(path, *documents):
    path.write_text("".join(json.dumps(row) + "\n" for row in documents), encoding="utf8")
    return path


def test_favor_moves_what_stays(dedup):
    texts = {}
    for favor in ("precision", "balanced", "recall"):
        out = dedup("clean", NEWSROOM, "-o", "-", "--favor", favor, check=0).stdout
        texts[favor] = [row["text"].split("\n") for row in map(json.loads, out.splitlines())]
    sizes = {favor: sum(map(len, found)) for favor, found in texts.items()}
    assert sizes["precision"] < sizes["balanced"] < sizes["recall"]
    for few, more in (("precision", "balanced"), ("balanced", "recall")):
        assert all(set(one) <= set(other) for one, other in zip(texts[few], texts[more], strict=True))


def test_labels_to_keep_go_into_the_text_at_their_place(dedup, tmp_path):
    source = write(tmp_path / "in.jsonl", {"id": "a", "html": page()})
    [plain] = map(json.loads, dedup("clean", source, "-o", "-", check=0).stdout.splitlines())
    assert plain["text"].split("\n") == PARAGRAPHS
    [kept] = map(
        json.loads, dedup("clean", source, "-o", "-", "--keep-labels", "comments, caption", check=0).stdout.splitlines()
    )
    lines = kept["text"].split("\n")
    assert lines[:5] == [PARAGRAPHS[0], CAPTION, *PARAGRAPHS[1:]]
    assert "Leave a comment" in lines[5:]


@pytest.mark.parametrize("command", ["clean", "scan", "filter"])
def test_a_label_that_is_none_is_refused_and_the_labels_are_named(dedup, corpus, tmp_path, command):
    done = dedup(command, corpus, "-o", tmp_path / "out", "--keep-labels", "comments,captions", check=2)
    assert "'captions'" in done.stderr.decode()
    assert "byline, caption, related" in done.stderr.decode()
    assert not (tmp_path / "out").exists()


def test_a_scan_says_how_it_cleaned_and_counts_what_it_kept_as_kept(dedup, tmp_path):
    source = write(tmp_path / "in.jsonl", *({"id": id, "html": page()} for id in "ab"))
    dedup("scan", source, "-o", tmp_path / "out", "--favor", "precision", "--keep-labels", "caption", check=0)
    parameters = json.loads((tmp_path / "out" / "summary.json").read_bytes())["parameters"]
    assert (parameters["favor"], parameters["keep_labels"]) == ("precision", ["caption"])
    assert all("caption" not in row["stripped"] for row in rows(tmp_path / "out" / "documents.jsonl"))
    with_caption = rows(tmp_path / "out" / "pairs.jsonl")[0]["shared"]
    dedup("scan", source, "-o", tmp_path / "out", "--favor", "precision", check=0)
    assert all(row["stripped"]["caption"] == 1 for row in rows(tmp_path / "out" / "documents.jsonl"))
    assert rows(tmp_path / "out" / "pairs.jsonl")[0]["shared"] < with_caption


def test_explain_cleans_as_a_scan_does(dedup, tmp_path):
    source = write(tmp_path / "in.jsonl", *({"id": id, "html": page()} for id in "ab"))
    dedup("scan", source, "-o", tmp_path / "out", "--keep-labels", "caption", check=0)
    [pair] = rows(tmp_path / "out" / "pairs.jsonl")
    out = dedup("explain", "a", "b", source, "--keep-labels", "caption", check=0).stdout.decode()
    assert f"shared        {pair['shared']:,} shingles" in out
    assert (
        f"shared        {pair['shared']:,} shingles" not in dedup("explain", "a", "b", source, check=0).stdout.decode()
    )


def test_what_a_site_repeats_of_the_kept_labels_is_counted_by_its_label():
    def made(n):
        own = [
            f"The council of ward {n} heard {k + 2} speakers on the {n * 7 + k} boats of the harbour." for k in range(4)
        ]
        return {"id": str(n), "site": "a.example", "html": filled(own)}

    plain = package.scan(map(made, range(6))).summary().blocks
    kept = package.scan(map(made, range(6)), keep_labels=["caption"]).summary().blocks
    assert plain["caption"] == 6
    assert "repeated" not in plain
    assert kept["caption"] == 0
    assert kept["repeated"] == 6
    assert kept["body"] == plain["body"] == 24


def test_a_page_that_states_title_authors_and_date_gives_them(dedup, tmp_path):
    source = write(
        tmp_path / "in.jsonl",
        {"id": "json-ld", "html": page(JSON_LD % "2024-05-01T08:00:00+0200")},
        {"id": "meta", "html": page('<meta property="article:published_time" content="1 May 2024 10:00 GMT">')},
        {"id": "no date", "html": page(JSON_LD % "last Tuesday")},
        {"id": "own", "html": page(JSON_LD % "2024-05-01"), "title": "Own", "byline": ["me"], "date": "2020-01-02"},
        {"id": "odd", "html": page(JSON_LD % "2024-05-01"), "published": "01/05/2024", "title": None, "byline": ""},
    )
    dedup("clean", source, "-o", tmp_path / "out.jsonl", check=0)
    found = {row["id"]: row for row in rows(tmp_path / "out.jsonl")}
    assert found["json-ld"]["published"] == "2024-05-01T08:00:00+02:00"
    assert found["json-ld"]["byline"] == "Ida Vane, Per Holt"
    assert "Freighter loses containers" in found["json-ld"]["title"]
    assert found["meta"]["published"] == "2024-05-01T10:00Z"
    assert "published" not in found["no date"]
    assert [found["own"][name] for name in ("title", "byline", "published")] == ["Own", ["me"], "2020-01-02"]
    assert [found["odd"][name] for name in ("byline", "published")] == ["Ida Vane, Per Holt", "01/05/2024"]
    assert "Freighter loses containers" in found["odd"]["title"]
    assert all("html" not in row for row in found.values())


@pytest.mark.parametrize("more", [(), ("--no-clean",)])
def test_origin_and_spread_of_bare_pages(dedup, tmp_path, more):
    for site, day in (("late", "03"), ("first", "01"), ("between", "02")):
        html = page(f'<meta property="article:published_time" content="2024-05-{day}T10:00:00Z">')
        (tmp_path / f"{site}.html").write_text(html, encoding="utf8")
    dedup("scan", tmp_path, "-o", tmp_path / "out", *more, check=0)
    [cluster] = rows(tmp_path / "out" / "clusters.jsonl")
    assert cluster["origin"] == str(tmp_path / "first.html")
    assert cluster["first_published"] == "2024-05-01T10:00:00Z"
    assert [member["published"][8:10] for member in cluster["members"]] == ["01", "02", "03"]


def test_the_verb_gives_the_fields_and_takes_the_options():
    documents = [{"id": "a", "html": page(JSON_LD % "May 1, 2024")}]
    [cleaned] = package.clean(documents, keep_labels={"caption"}, favor="balanced")
    assert (cleaned.byline, cleaned.published) == ("Ida Vane, Per Holt", "2024-05-01")
    assert CAPTION in cleaned.text.split("\n")


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"favor": "speed"}, "precision, balanced, recall"),
        ({"favor": None}, "favor is None"),
        ({"keep_labels": "comments"}, "list of labels"),
        ({"keep_labels": None}, "list of labels"),
        ({"keep_labels": ["comment"]}, "byline, caption"),
        ({"keep_labels": [["comments"]]}, "byline, caption"),
    ],
    ids=str,
)
@pytest.mark.parametrize("verb", [package.scan, lambda *args, **options: list(package.clean(*args, **options))])
def test_options_of_cleaning_that_make_no_sense(verb, options, named):
    with pytest.raises(package.UsageError, match=named):
        verb([{"text": "words"}], **options)


def test_spans_of_a_text_in_one_line(dedup, tmp_path):
    glued = ["Read also: Ferry strike enters its third week", "Share on Facebook", "Subscribe to our newsletter"]
    parts = [part for pair in zip(PARAGRAPHS, [*glued, ""], strict=True) for part in pair if part]
    more = [
        f"Warden number {n} said on Thursday that the fog signal had been out of order for {n + 2} weeks."
        for n in range(9)
    ]
    text = "  First line, on its own.\r\n\t" + "  ".join([*parts, *more]) + " \n\nLast line. \U0001f6a2 afloat\n"
    assert max(map(len, text.split("\n"))) > 1000
    dedup("clean", write(tmp_path / "in.jsonl", {"id": "a", "text": text}), "-o", tmp_path / "out", "--blocks", check=0)
    [row] = rows(tmp_path / "out")
    blocks = row["blocks"]
    assert all(set(block) == {"text", "label", "score", "line", "start", "end"} for block in blocks)
    assert all(text[block["start"] : block["end"]] == block["text"] for block in blocks)
    covered = [at for block in blocks for at in range(block["start"], block["end"])]
    assert covered == sorted(set(covered))
    assert {at for at, char in enumerate(text) if not char.isspace()} <= set(covered)
    assert {block["line"] for block in blocks} == {1, 2, 4}
    assert row["text"] == "\n".join(block["text"] for block in blocks if block["label"] == "body")


def test_blocks_of_a_page_have_no_place_in_a_text(dedup, tmp_path):
    source = write(tmp_path / "in.jsonl", {"id": "a", "html": page()})
    [row] = map(json.loads, dedup("clean", source, "-o", "-", "--blocks", check=0).stdout.splitlines())
    assert {(block["line"], block["start"], block["end"]) for block in row["blocks"]} == {(0, 0, 0)}


def test_each_block_is_listed_with_what_spoke_for_and_against_it(dedup, tmp_path):
    share, text = "Share this article on Facebook and Twitter", "\n".join(PARAGRAPHS)
    source = write(
        tmp_path / "in.jsonl", {"id": "a page", "html": page()}, {"id": "a text", "text": f"{share}\n{text}"}
    )
    out = dedup("clean", source, "-o", "-", "--explain", check=0).stdout.decode().split("\n")
    assert out.pop() == ""
    first, second = (i for i, line in enumerate(out) if line.startswith("== "))
    assert (first, out[first], out[second]) == (0, "== a page", "== a text")
    blocks, reasons = out[second + 1 :: 2], out[second + 2 :: 2]
    assert [line[:10].rstrip() for line in blocks] == ["share", *["body"] * 4]
    assert [line[17:] for line in blocks] == [
        share,
        *(line if len(line) <= 100 else line[:99] + "…" for line in PARAGRAPHS),
    ]
    assert all(re.fullmatch(r" [01]\.\d\d  ", line[10:17]) for line in blocks)
    reason = r"[a-z][^;]* [+-]\d+\.\d"
    assert all(re.fullmatch(f" {{17}}{reason}(; {reason})*", line) for line in reasons)
    assert re.match(r" +its words \(.*Facebook.*\) -", reasons[0])
    of_page = {line[17:]: line[:10].rstrip() for line in out[1:second:2]}
    assert (of_page["Leave a comment"], of_page[PARAGRAPHS[0][:99] + "…"]) == ("comments", "body")


def test_hostile_texts_do_not_steer_the_terminal_of_an_explained_cleaning(dedup, tmp_path):
    lines = ["Share\x1b]0;owned\x07 on\u202e Facebook\u2028now", "\x1b[31mcookies\x9b policy\x85accept"]
    source = write(tmp_path / "in.jsonl", {"id": "\x1b[2Ja\nb", "text": "\n".join(lines)}, {"id": "empty", "text": " "})
    out = dedup("clean", source, "-o", tmp_path / "out", "--explain", check=0)
    shown = (tmp_path / "out").read_text(encoding="utf8")
    assert out.stdout == b""
    assert [char for char in shown if not char.isprintable() and char != "\n"] == []
    one, *blocks, empty, end = shown.split("\n")
    assert (one, empty, end) == ("== \ufffd[2Ja\ufffdb", "== empty", "")
    assert [line[17:] for line in blocks[::2]] == [
        "Share\ufffd]0;owned\ufffd on\ufffd Facebook\ufffdnow", "\ufffd[31mcookies\ufffd policy\ufffdaccept"
    ]  # fmt: skip
    assert len(blocks) == 4


@pytest.mark.parametrize("option", [("--blocks",), ("--learn-sites", "sites.json")])
def test_what_an_explained_cleaning_does_not_write_is_refused(dedup, corpus, tmp_path, option):
    more = [tmp_path / name if name.endswith(".json") else name for name in option]
    done = dedup("clean", corpus, "-o", tmp_path / "out", "--explain", *more, check=2)
    assert option[0] in done.stderr.decode()
    assert "no effect with --explain" in done.stderr.decode()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["corpus.jsonl"]

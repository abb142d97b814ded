"""`--learn-sites` and `--sites`: what one run learns of the sites, another uses."""

import json

import pytest

from tests.cli.conftest import REPOSITORY, rows

NEWSROOM = REPOSITORY / "fixtures" / "newsroom_text"

# Repeated as furniture is, and nothing that one page tells: the standing introduction of a columnist.
INTRO = "Every week our columnist writes from the harbour about the people who work there and what they have to say."
# Under which the ward reports of one council are copies.
BOUNDS = ("--min-shared", "5", "--min-containment", "0.1")


@pytest.fixture
def site(tmp_path):
    """Eight pages of a site with one line on each of them, in two files."""
    for name, numbers in (("one", range(5)), ("two", range(5, 8))):
        made = [
            {"id": f"{n}", "site": "a.example", "text": "\n".join([*(paragraph(n, k) for k in range(3)), INTRO])}
            for n in numbers
        ]
        (tmp_path / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in made))
    return tmp_path


def paragraph(n, k):
    return (
        f"The council of ward {n} heard {k + 2} speakers on the matter of the bridge, and put off its vote until the "
        f"engineers have said what {n * 31 + k} more tons a day would mean for its pillars."
    )


def pages_known(path):
    [(name, known)] = json.loads(path.read_bytes())["sites"].items()
    assert name == "a.example"
    return known["pages"], sorted(known["lines"].values())


def test_learning_changes_nothing_of_the_output(dedup, tmp_path):
    plain = dedup("clean", NEWSROOM, "-o", "-", "--blocks", check=0).stdout
    learning = dedup("clean", NEWSROOM, "-o", "-", "--blocks", "--learn-sites", tmp_path / "s.json", check=0).stdout
    assert plain == learning
    assert len(json.loads((tmp_path / "s.json").read_bytes())["sites"]) == 15


def test_the_same_file_whatever_the_number_of_workers_and_the_order(dedup, tmp_path):
    lines = (NEWSROOM / "documents.jsonl").read_bytes().splitlines(keepends=True)
    (tmp_path / "back.jsonl").write_bytes(b"".join(reversed(lines)))
    for name, source, workers in (("a", NEWSROOM, 1), ("b", tmp_path / "back.jsonl", 2)):
        dedup("clean", source, "-o", "/dev/null", "--workers", workers, "--learn-sites", tmp_path / name, check=0)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_one_run_learned_another_uses_and_adds_to(dedup, site):
    known = site / "sites.json"
    dedup("clean", site / "one.jsonl", "-o", site / "out", "--learn-sites", known, check=0)
    assert INTRO in (site / "out").read_text()
    assert pages_known(known) == (5, [[5, "navigation"]])
    dedup(
        "clean", site / "two.jsonl", "-o", site / "out", "--sites", known, "--learn-sites", known, "--blocks", check=0
    )
    assert pages_known(known) == (8, [[8, "navigation"]])
    for row in rows(site / "out"):
        assert INTRO not in row["text"]
        assert len(row["text"].split("\n")) == 3
        [intro] = [block for block in row["blocks"] if block["text"] == INTRO]
        assert intro["label"] == "navigation"
        assert 0.5 < intro["score"] <= 1


@pytest.mark.parametrize("command", ["scan", "filter", "explain"])
def test_scan_filter_and_explain_use_it_too(dedup, site, command):
    known = site / "sites.json"
    dedup("clean", site / "one.jsonl", "-o", "/dev/null", "--learn-sites", known, check=0)
    two = site / "two.jsonl"  # three pages: too few to learn from
    if command == "scan":
        dedup("scan", two, "-o", site / "out", "--sites", known, check=0)
        assert [row["stripped"] for row in rows(site / "out" / "documents.jsonl")] == [{"navigation": 1}] * 3
        assert json.loads((site / "out" / "summary.json").read_bytes())["parameters"]["sites"] == str(known)
    elif command == "filter":
        shared = []
        for more in ((), ("--sites", known)):
            dedup("filter", two, "-o", "/dev/null", "--dropped", site / "dropped", *BOUNDS, *more, check=0)
            shared.append([row["dropped"]["shared"] for row in rows(site / "dropped")])
        assert all(plain > cleaned for plain, cleaned in zip(*shared, strict=True))
        assert shared[0]
    else:
        with_sites = dedup("explain", "5", "6", two, "--sites", known, check=0).stdout
        assert with_sites != dedup("explain", "5", "6", two, check=0).stdout


def test_compressed_files_of_sites_are_read_as_they_are_written(dedup, site):
    known = site / "sites.json.gz"
    dedup("clean", site / "one.jsonl", "-o", "/dev/null", "--learn-sites", known, check=0)
    assert known.read_bytes()[:2] == b"\x1f\x8b"
    assert INTRO not in dedup("clean", site / "two.jsonl", "-o", "-", "--sites", known, check=0).stdout.decode()
    known.write_bytes(known.read_bytes()[:-30])
    assert "sites.json.gz" in dedup("clean", site / "two.jsonl", "-o", "-", "--sites", known, check=2).stderr.decode()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{"format":1,"sites":{"a.exa', "not a file of templates of sites"),
        (b'{"format":7,"sites":{}}', "format 7"),
        (b'{"format":1,"sites":{"\\u001b[31m":{"pages":1,"lines":{"0000000000000000":[3,"legal"]}}}}', "more pages"),
    ],
)
@pytest.mark.parametrize("command", ["clean", "scan"])
def test_a_damaged_file_is_an_error_that_names_it_and_changes_nothing(dedup, site, command, content, message):
    known = site / "sites.json"
    known.write_bytes(content)
    more = ["--learn-sites", known] if command == "clean" else []
    done = dedup(command, site / "two.jsonl", "-o", site / "out", "--sites", known, *more, check=2)
    err = done.stderr.decode()
    assert str(known) in err
    assert message in err
    assert "--learn-sites" in err
    assert "Traceback" not in err
    assert "\x1b" not in err
    assert known.read_bytes() == content
    assert not (site / "out").exists()


def test_a_run_that_fails_leaves_what_was_known(dedup, site):
    known = site / "sites.json"
    dedup("clean", site / "one.jsonl", "-o", "/dev/null", "--learn-sites", known, check=0)
    before = known.read_bytes()
    (site / "two.jsonl").write_text('{"id": "x"\n')
    dedup("clean", site / "two.jsonl", "-o", "/dev/null", "--learn-sites", known, "--strict", check=2)
    assert known.read_bytes() == before


@pytest.mark.parametrize("other", ["out.jsonl", "./out.jsonl"])
def test_one_file_for_both_outputs_is_refused(dedup, site, other):
    done = dedup("clean", site / "one.jsonl", "-o", site / "out.jsonl", "--learn-sites", f"{site}/{other}", check=2)
    assert "--learn-sites" in done.stderr.decode()


def test_a_file_of_sites_that_is_not_there_is_named(dedup, site):
    done = dedup("clean", site / "one.jsonl", "-o", "-", "--sites", site / "none.json", check=2)
    assert "none.json" in done.stderr.decode()

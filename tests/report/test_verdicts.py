"""Every format of a check's verdict: what it says, that its schema takes it, and that hostile names stay text."""

import json
import re
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from markdown_it import MarkdownIt

from dedup.report.findings import findings, plain
from dedup.report.verdicts import VERDICTS
from dedup.verdicts import CheckData
from tests.report.verdict_sample import TEXTS, failed, hostile, many, nothing, passed

HERE = Path(__file__).parent
SCHEMAS = HERE / "schemas"
SAMPLES = {"failed": failed, "passed": passed, "nothing": nothing}
SUFFIXES = {"text": "txt", "junit": "xml", "github": "txt", "markdown": "md", "jsonl": "jsonl"}
ANY_TEXT = st.one_of(st.sampled_from(TEXTS), st.text(st.characters(), max_size=60))  # lone surrogates among them


def rendered(format, data):
    return b"".join(VERDICTS[format](data))


def scrubbed(text):
    return re.sub(r'("semanticVersion": )"[^"]+"', r'\1"VERSION"', text)


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("format", VERDICTS)
def test_golden(format, sample):
    path = HERE / "golden" / f"verdict_{sample}.{format}.{SUFFIXES.get(format, 'json')}"
    assert scrubbed(rendered(format, SAMPLES[sample]()).decode()) == path.read_text(encoding="utf8")


JUNIT = etree.XMLSchema(etree.parse(SCHEMAS / "junit-10.xsd"))
SARIF = jsonschema.Draft4Validator(
    json.loads((SCHEMAS / "sarif-2.1.0.json").read_text(encoding="utf8")),
    format_checker=jsonschema.Draft4Validator.FORMAT_CHECKER,
)
GITLAB = jsonschema.Draft202012Validator(json.loads((SCHEMAS / "gitlab-code-quality.json").read_text(encoding="utf8")))


def check_junit(data, written):
    JUNIT.assertValid(etree.fromstring(written))
    root = ElementTree.fromstring(written.decode())
    [suite] = root
    cases = suite.findall("testcase")
    assert int(suite.get("tests")) == len(cases) == max(len(data.gates), 1)
    assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
    assert [case.find("failure") is None for case in cases] == ([gate.passed for gate in data.gates] or [True])


def check_sarif(data, written):
    log = json.loads(written)
    SARIF.validate(log)
    [run] = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert all(rules[result["ruleIndex"]] == result["ruleId"] for result in run["results"])
    assert len({tuple(result["partialFingerprints"].items()) for result in run["results"]}) == len(run["results"])


def check_gitlab(data, written):
    issues = json.loads(written)
    GITLAB.validate(issues)
    assert len({issue["fingerprint"] for issue in issues}) == len(issues)


# As the runner reads a line: github.com/actions/runner, ActionCommand.TryParseV2 and TryParse.
COMMAND = re.compile(r"::(?P<name>[a-z-]+)(?: (?P<properties>[^:]*))?::(?P<text>.*)")


def github_commands(written):
    lines = written.decode().split("\n")
    assert lines.pop() == ""
    commands = []
    for line in lines:
        found = COMMAND.fullmatch(line)
        assert found, line
        properties = dict(one.split("=", 1) for one in found["properties"].split(","))
        assert set(properties) <= {"file", "line", "title"}
        commands.append((found["name"], {key: unescaped(value) for key, value in properties.items()}, found["text"]))
    return commands


def unescaped(text):
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def check_github(data, written):
    commands = github_commands(written)
    assert {name for name, _, _ in commands} <= {"error", "warning", "notice"}
    assert all(int(properties.get("line", "1")) >= 1 for _, properties, _ in commands)


def check_markdown(data, written):
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(written.decode()):
        assert token.type not in ("html_block", "hr", "blockquote_open", "fence")
        for child in token.children or []:
            assert child.type in ("text", "code_inline", "strong_open", "strong_close", "softbreak"), child


def check_text(data, written):
    lines = written.decode().split("\n")
    assert len(lines) <= 41
    assert all(line.isprintable() for line in lines)
    assert "##[" not in written.decode()
    assert not any(line.strip().startswith("::") for line in lines)


def check_json(data, written):
    read = json.loads(written)
    assert (read["documents"], len(read["rows"]), len(read["gates"])) == (
        data.documents,
        len(data.rows),
        len(data.gates),
    )


def check_jsonl(data, written):
    lines = written.split(b"\n")
    assert lines.pop() == b""
    assert len([json.loads(line) for line in lines]) == len(data.rows)


CHECKS = {format: globals()[f"check_{format}"] for format in VERDICTS}


@pytest.mark.parametrize(
    "data", [failed(), passed(), nothing(), many(1200)], ids=["failed", "passed", "nothing", "many"]
)
@pytest.mark.parametrize("format", VERDICTS)
def test_schema(format, data):
    CHECKS[format](data, rendered(format, data))


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text)[:20])
@pytest.mark.parametrize("format", VERDICTS)
def test_hostile_names_are_shown_as_text(format, text):
    data = hostile(text)
    CHECKS[format](data, rendered(format, data))


@pytest.mark.parametrize("format", VERDICTS)
@settings(deadline=None, max_examples=40)
@given(text=ANY_TEXT)
def test_any_name_is_shown_as_text(format, text):
    data = hostile(text)
    CHECKS[format](data, rendered(format, data))


def test_json_reads_back_as_it_was():
    import msgspec

    assert msgspec.json.decode(rendered("json", failed()), type=CheckData) == failed()


def test_errors_come_first_and_accepted_ones_last():
    found = findings(failed())
    assert [finding.level for finding in found] == ["error"] * 4 + ["warning"] * 4 + ["note"]
    assert [finding.id for finding in found if finding.accepted] == ["new-4"]


def test_without_a_gate_everything_is_a_note():
    data = failed()
    data.gates = []
    assert {finding.level for finding in findings(data)} == {"note"}


def test_fingerprints_do_not_move_with_the_lines():
    data = failed()
    before = {finding.id: finding.fingerprint for finding in findings(data)}
    for row in data.rows:
        row.where = row.where.replace(".jsonl:", ".jsonl:10")
    assert {finding.id: finding.fingerprint for finding in findings(data)} == before


def test_github_shows_ten_and_says_how_many_more():
    commands = github_commands(rendered("github", many(37)))
    assert len(commands) == 11
    assert "27 findings more are not shown" in commands[-1][2]


def test_github_names_file_and_line_as_they_are():
    data = hostile("a:b,c%d\ne")
    assert github_commands(rendered("github", data))[0][1]["file"] == "a:b,c%d\ne"


def test_stdin_has_no_file():
    data = many(1)
    data.rows[0].where = "-:4"
    assert "file" not in github_commands(rendered("github", data))[0][1]
    [result] = json.loads(rendered("sarif", data))["runs"][0]["results"]
    assert "physicalLocation" not in result["locations"][0]
    assert json.loads(rendered("gitlab", data))[0]["location"]["path"] == "stdin"


def test_sarif_lists_5000_and_says_how_many_more():
    log = json.loads(rendered("sarif", many(5007)))
    assert len(log["runs"][0]["results"]) == 5000
    told = [one["message"]["text"] for one in log["runs"][0]["invocations"][0]["toolExecutionNotifications"]]
    assert told[-1] == "7 findings more are not listed."


def test_sarif_links_nothing_and_fills_in_nothing():
    message = json.loads(rendered("sarif", hostile("{0} [link](1)")))["runs"][0]["results"][0]["message"]["text"]
    assert message.startswith("'{{0}} \\[link\\](1)' is a near copy of")


def test_text_fits_one_screen():
    assert len(rendered("text", failed()).splitlines()) <= 40
    assert len(rendered("text", many(5000)).splitlines()) <= 10


@given(st.text(st.characters()))
def test_plain_is_one_line_of_what_can_be_seen(text):
    shown = plain(text)
    assert shown.isprintable()
    assert len(shown) <= 80
    assert plain(shown) == shown
    shown.encode()


@given(st.text(st.characters(categories=("L", "N", "P"), exclude_characters="#"), max_size=80))
def test_plain_leaves_what_is_harmless(text):
    assert plain(text) == text

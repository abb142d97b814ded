"""The verdict of a check as workflow commands of GitHub Actions: annotations at the records.

GitHub shows ten annotations of a level and drops the others without a word. So ten findings are told, the worst first,
and a closing line says how many there are; the summary of the step (`verdict_markdown`) has more.
"""

from __future__ import annotations

from collections.abc import Iterator

from dedup.report.findings import RULES, Finding, count, findings, headline, plain
from dedup.verdicts import CheckData

SHOWN = 10
_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render_github(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`."""
    found = [finding for finding in findings(data) if not finding.accepted]
    for finding in found[:SHOWN]:
        yield _annotation(finding).encode()
    more = f", {count(len(found) - SHOWN, 'finding')} more are not shown" if len(found) > SHOWN else ""
    level = "notice" if data.passed else "error"
    yield f"::{level} title=dedup check::{_data(headline(data) + more)}\n".encode()


def _annotation(finding: Finding) -> str:
    properties = [f"title={_property(RULES[finding.rule].title)}"]
    if finding.path:
        path = "".join(char if char.isprintable() or char in "\r\n" else "\ufffd" for char in finding.path)
        properties = [f"file={_property(path)}", f"line={finding.line}", *properties]
    return f"::{_COMMANDS[finding.level]} {','.join(properties)}::{_data(plain(finding.message, 1000))}\n"


def _data(text: str) -> str:
    """Escape the text of a command, as `@actions/core` does (`toCommandValue`, `escapeData`)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """Escape a property of a command (`escapeProperty`)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")

"""The verdict of a check as SARIF 2.1.0 (OASIS standard, 2020), for code scanning.

A kind of finding is a rule, a finding a result with the place of its record; documents that a baseline accepts are
suppressed results. Levels say what a gate made of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from dedup import __version__
from dedup.report.findings import RULES, Finding, findings, gate_line, place
from dedup.report.verdict_json import encoded
from dedup.verdicts import CheckData

RESULTS = 5000
"""Results listed: GitHub shows no more of a run (and refuses one of more than 25,000)."""
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render_sarif(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`."""
    found = findings(data)
    driver = {"name": "dedup", "semanticVersion": __version__, "rules": [_rule(name) for name in RULES]}
    run = {
        "tool": {"driver": driver},
        "invocations": [_invocation(data, len(found))],
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding) for finding in found[:RESULTS]],
    }
    yield encoded({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1) + b"\n"


def _rule(name: str) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in name.split("-")),
        "shortDescription": {"text": f"{rule.title}."},
        "fullDescription": {"text": f"{rule.title}. Counted by --{rule.gate}."},
        "help": {"text": f"{rule.advice}."},
        "defaultConfiguration": {"level": "warning"},
    }


def _invocation(data: CheckData, n_findings: int) -> dict[str, Any]:
    """Tell of the run: it went well, whatever its verdict; gates that failed are notifications."""
    told = [
        {"level": "error", "descriptor": {"id": gate.name}, "message": {"text": f"{gate_line(gate)}."}}
        for gate in data.gates
        if not gate.passed
    ]
    if n_findings > RESULTS:
        text = f"{n_findings - RESULTS:,} findings more are not listed."
        told.append({"level": "note", "message": {"text": text}})
    made: dict[str, Any] = {"executionSuccessful": True, "exitCode": 0 if data.passed else 1}
    return made | ({"toolExecutionNotifications": told} if told else {})


def _result(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": list(RULES).index(finding.rule),
        "level": finding.level,
        "message": {"text": _text(f"{finding.message}.")},
        "locations": [_location(finding)],
        "partialFingerprints": {"dedupFinding/v1": finding.fingerprint},
    }
    if finding.match and finding.match.where:
        path, line = place(finding.match.where)
        if path:
            made["relatedLocations"] = [{"id": 0, "physicalLocation": _physical(path, line)}]
    if finding.accepted:
        made["suppressions"] = [{"kind": "external", "justification": "Accepted by the baseline."}]
    return made


def _text(text: str) -> str:
    """Escape what a message gives a meaning: placeholders (section 3.11.5) and links (3.11.6)."""
    return re.sub(r"[\[\]\\]", r"\\\g<0>", text.replace("{", "{{").replace("}", "}}"))


def _location(finding: Finding) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if finding.path:
        made["physicalLocation"] = _physical(finding.path, finding.line)
    if finding.id:
        made["logicalLocations"] = [{"fullyQualifiedName": finding.id, "kind": "resource"}]
    return made or {"message": {"text": "stdin"}}


def _physical(path: str, line: int) -> dict[str, Any]:
    """Give a place; a path within the folder of the run stays relative, as who reads it may have another one."""
    uri = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    where = f"file://{uri}" if path.startswith("/") else uri
    return {"artifactLocation": {"uri": where}, "region": {"startLine": line}}

"""The verdict of a check as JUnit XML: a test case for each gate, as Jenkins, GitLab and others show them.

Valid against the Jenkins xUnit plugin's `junit-10.xsd`. A gate that failed is a failure whose text lists what counts
against it; without a gate there is one case, which passes.
"""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from dedup.report.findings import RULES, Finding, findings, gate_line, headline
from dedup.report.verdict_text import listed
from dedup.verdicts import CheckData, Gate

LISTED = 100
"""Findings in the text of a failure: servers keep and show it whole."""


def render_junit(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`."""
    found = findings(data)
    cases = [_case(gate, found) for gate in data.gates] or [_open("no-gate") + "/>\n"]
    failures = sum(not gate.passed for gate in data.gates)
    counts = f'tests="{len(cases)}" failures="{failures}" errors="0"'
    yield b'<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<testsuites name="dedup check" {counts}>\n<testsuite name="dedup check" {counts} skipped="0">\n'.encode()
    for case in cases:
        yield case.encode()
    yield f"<system-out>{escape(headline(data))}</system-out>\n</testsuite>\n</testsuites>\n".encode()


def _open(name: str) -> str:
    return f'<testcase classname="dedup.check" name="{name}"'


def _case(gate: Gate, found: list[Finding]) -> str:
    if gate.passed:
        return _open(gate.name) + "/>\n"
    against = [finding for finding in found if RULES[finding.rule].gate == gate.name and not finding.accepted]
    lines = [f"- {listed(finding)}" for finding in against[:LISTED]]
    if gate.count > len(lines):
        lines.append(f"… and {gate.count - len(lines):,} more")
    advice = next(rule.advice for rule in RULES.values() if rule.gate == gate.name)
    text = escape("\n".join([*lines, f"{advice}."]))
    message = escape(gate_line(gate))
    return f'{_open(gate.name)}>\n<failure type="{gate.name}" message="{message}">{text}</failure>\n</testcase>\n'

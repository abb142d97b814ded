"""The verdict of a check as Markdown, for a pull request or the summary of a workflow's step."""

from __future__ import annotations

from collections.abc import Iterator

from dedup.report.findings import RULES, Finding, count, findings, gate_line, headline
from dedup.report.markdown import code, table
from dedup.report.verdict_text import spot
from dedup.verdicts import CheckData

SHOWN = 50
MESSAGE_LENGTH = 500
"""Findings listed, and code points of each: a comment of GitHub's holds 65,536 characters."""


def render_markdown(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`. Tables are GitHub's, which most renderers know."""
    yield f"## dedup check {'passed' if data.passed else 'failed'}\n\n{headline(data)}.\n".encode()
    if data.gates:
        gates = sorted(data.gates, key=lambda gate: gate.passed)
        rows = [("ok" if gate.passed else "**failed**", f"`{gate.name}`", gate_line(gate)) for gate in gates]
        yield table(("", "gate", "found"), rows, "---").encode()
    if data.accepted:
        yield f"\n{count(data.accepted, 'document')} accepted by the baseline.\n".encode()
    if data.added:
        yield f"\n{count(data.added, 'document')} added to the index.\n".encode()
    found = [finding for finding in findings(data) if not finding.accepted]
    if found:
        yield table(("finding", "place", "what"), map(_row, found[:SHOWN]), "---").encode()
    if len(found) > SHOWN:
        yield f"\n… and {len(found) - SHOWN:,} more.\n".encode()
    wrong = {finding.rule for finding in found if finding.level == "error"}
    if wrong:
        yield b"\n" + "".join(f"- {RULES[rule].advice}.\n" for rule in RULES if rule in wrong).encode()


def _row(finding: Finding) -> tuple[str, str, str]:
    return finding.rule, code(spot(finding)), code(finding.message, MESSAGE_LENGTH)

"""The verdict of a check for a terminal: one screen, what failed first, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from dedup.report.findings import RULES, Finding, count, findings, gate_line, headline, plain
from dedup.verdicts import CheckData

SHOWN = 3
"""Findings shown of a kind: all five kinds, gates and advice fill one screen of 40 lines."""
SPOT_LENGTH = 200
"""Code points of a place shown."""
_MARKS = {True: "ok  ", False: "FAIL"}


def render_text(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`. No colour is needed to read it."""
    for line in _lines(data):
        yield f"{line}\n".encode()


def _lines(data: CheckData) -> Iterator[str]:
    yield f"{'passed' if data.passed else 'FAILED'}: {headline(data)}"
    yield from (
        f"  {_MARKS[gate.passed]}  {gate_line(gate)}" for gate in sorted(data.gates, key=lambda one: one.passed)
    )
    if not data.gates:
        yield f"  {count(data.duplicates, 'duplicate')}, {count(data.excerpts, 'excerpt')}, " + count(
            data.bad_records, "bad record"
        )
    if data.accepted:
        yield f"  {count(data.accepted, 'document')} accepted by the baseline"
    if data.added:
        yield f"  {count(data.added, 'document')} added to the index"
    for (rule, _), group in groupby(findings(data), key=lambda finding: (finding.rule, finding.accepted)):
        yield from _section(rule, list(group), data)


def _section(rule: str, found: list[Finding], data: CheckData) -> Iterator[str]:
    total = data.bad_records if rule == "bad-record" else len(found)
    kind = RULES[rule]
    yield ""
    yield f"{kind.noun.capitalize()}: {total:,}{' accepted' if found[0].accepted else ''}"
    for finding in found[:SHOWN]:
        yield f"  - {listed(finding)}"
    if total > SHOWN:
        listing = "json" if rule == "bad-record" else "jsonl"
        yield f"  … and {total - SHOWN:,} more; --format {listing} lists them"
    if found[0].level == "error":
        yield f"  → {kind.advice}."


def listed(finding: Finding) -> str:
    """Say what was found, and where; a bullet has to stand before it, as a name may open with `::` as commands do."""
    return f"{plain(spot(finding), SPOT_LENGTH)}: {finding.message}"


def spot(finding: Finding) -> str:
    """Say where a finding stands, for people."""
    return f"{finding.path or 'stdin'}:{finding.line}"

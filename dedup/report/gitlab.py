"""The verdict of a check as a Code Quality report of GitLab: a list of issues in the form of Code Climate."""

from __future__ import annotations

from collections.abc import Iterator

from dedup.report.findings import Finding, findings
from dedup.report.verdict_json import encoded
from dedup.verdicts import CheckData

_SEVERITIES = {"error": "major", "warning": "minor", "note": "info"}


def render_gitlab(data: CheckData) -> Iterator[bytes]:
    """Write the verdict; see `interface.Verdict`. What a baseline accepts is left out: the format cannot say it."""
    yield encoded([_issue(finding) for finding in findings(data) if not finding.accepted], indent=1) + b"\n"


def _issue(finding: Finding) -> dict[str, object]:
    return {
        "description": f"{finding.message}.",
        "check_name": f"dedup/{finding.rule}",
        "fingerprint": finding.fingerprint,
        "severity": _SEVERITIES[finding.level],
        "location": {"path": finding.path.removeprefix("./") or "stdin", "lines": {"begin": finding.line}},
    }

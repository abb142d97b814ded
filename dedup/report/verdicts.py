"""The formats of a check's verdict, by name."""

from dedup.report.github import render_github
from dedup.report.gitlab import render_gitlab
from dedup.report.interface import Verdict
from dedup.report.junit import render_junit
from dedup.report.sarif import render_sarif
from dedup.report.verdict_json import render_json, render_jsonl
from dedup.report.verdict_markdown import render_markdown
from dedup.report.verdict_text import render_text

VERDICTS: dict[str, Verdict] = {
    "text": render_text,
    "json": render_json,
    "jsonl": render_jsonl,
    "junit": render_junit,
    "sarif": render_sarif,
    "github": render_github,
    "gitlab": render_gitlab,
    "markdown": render_markdown,
}

"""What a check found, one by one: what every format of its verdict lists, in words.

Ids, paths and reasons come from data, and whatever reads a format may run what it finds in them. `plain` makes text of
them; each format then escapes what it gives a meaning itself.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from dedup.records import BadRecord
from dedup.verdicts import CheckData, Checked, Gate, Match

Level = Literal["error", "warning", "note"]
"""It counts against a gate that failed; against one that passed; or it is only told."""
LEVELS: tuple[Level, ...] = ("error", "warning", "note")
NAME_LENGTH = 80
"""Code points of an id or another name shown."""


class Rule(NamedTuple):
    """A kind of finding."""

    gate: str
    """The gate that counts it."""
    title: str
    noun: str
    """What such documents are called, several of them."""
    advice: str
    """What to do, one sentence without a full stop."""


_ACCEPT = "accept those that are right with --write-baseline FILE"
RULES: dict[str, Rule] = {
    "duplicate": Rule(
        "max-duplicates",
        "Copy of a document that is held or came before",
        "duplicates",
        f"Leave them out (dedup filter keeps one of each), or {_ACCEPT}",
    ),
    "excerpt": Rule(
        "max-excerpts",
        "Excerpt of another document, or one that holds an excerpt",
        "excerpts",
        f"Look at the shared passages with dedup explain A B IN…; {_ACCEPT}",
    ),
    "boilerplate": Rule(
        "max-boilerplate",
        "Mostly the site's own furniture",
        "documents with too much boilerplate",
        "See what counts as furniture with dedup clean --explain, and teach it the sites with --learn-sites",
    ),
    "short": Rule(
        "min-body-chars",
        "Too little text",
        "documents with too little text",
        "Look whether the crawl met paywalls or error pages; dedup clean --blocks shows what was left out",
    ),
    "bad-record": Rule(
        "max-bad-records",
        "Record that cannot be used",
        "bad records",
        "Mend the records; --text-field and --id-field say where text and id stand",
    ),
}
"""By name, in the order in which they are told."""


class Finding(NamedTuple):
    """One thing found of one document or record."""

    rule: str
    level: Level
    id: str
    """The document's; empty of a bad record."""
    path: str
    """File it stands in; empty where it came through stdin or is not known."""
    line: int
    """From 1; 1 where the file has no lines."""
    message: str
    """One line without a control character, no full stop."""
    fingerprint: str
    """The same for the same finding in every run, wherever in the batch it stands."""
    accepted: bool
    match: Match | None
    """The best one, where the rule is about matches."""


def findings(data: CheckData) -> list[Finding]:
    """List what was found: the worst level first, then by rule, then in the order of the batch."""
    gates = {gate.name: gate for gate in data.gates}
    found = [finding for row in data.rows for finding in _of_row(row, gates)]
    found += _of_bad(data.bad, gates.get("max-bad-records"))
    places = {rule: place for place, rule in enumerate(RULES)}
    found.sort(key=lambda finding: (LEVELS.index(finding.level), finding.accepted, places[finding.rule]))
    return found


def _of_row(row: Checked, gates: dict[str, Gate]) -> Iterator[Finding]:
    path, line = place(row.where)
    for rule, message, match in _said(row, gates):
        level = "note" if row.accepted else _level(gates.get(RULES[rule].gate))
        mark = _fingerprint(rule, row.id)
        yield Finding(rule, level, row.id, path, line, message, mark, row.accepted, match)


def _said(row: Checked, gates: dict[str, Gate]) -> Iterator[tuple[str, str, Match | None]]:
    name = f"'{plain(row.id)}'"
    best = row.matches[0] if row.matches else None
    if row.duplicate:
        yield "duplicate", f"{name} {_copy(row.id, best)}", best
    if row.excerpt:
        best = next((match for match in row.matches if match.relation == "excerpt"), None)
        yield "excerpt", f"{name} {_excerpt(best)}", best
    gate = gates.get("max-boilerplate")
    if gate and gate.each is not None and row.boilerplate > gate.each:
        share, bound = percent(row.boilerplate), percent(gate.each)
        yield "boilerplate", f"{name} is {share} boilerplate, above {bound}", None
    gate = gates.get("min-body-chars")
    if gate and gate.each is not None and row.body_chars < gate.each:
        yield "short", f"{name} has {row.body_chars:,} characters of text, fewer than {gate.each:,.0f}", None


def _copy(id: str, match: Match | None) -> str:
    if match is None:
        return "is a copy"
    if match.id == id and not match.where:
        return "is held already under this id"
    if match.relation == "exact":
        return f"is an exact copy of {other(match)}"
    return f"is a near copy of {other(match)}, Jaccard {match.jaccard:.2f}"


def _excerpt(match: Match | None) -> str:
    if match is None:
        return "is an excerpt"
    if match.containment >= match.containment_held:
        return f"has {percent(match.containment)} of its text in {other(match)}"
    return f"holds {percent(match.containment_held)} of {other(match)}"


def other(match: Match) -> str:
    """Name the document that was matched, and where it stands."""
    beside = [match.where or "held", match.site or "", (match.published or "")[:10]]
    return f"'{plain(match.id)}' ({', '.join(plain(part) for part in beside if part)})"


def _of_bad(bad: list[BadRecord], gate: Gate | None) -> Iterator[Finding]:
    seen: Counter[str] = Counter()
    for record in bad:
        path, line = place(record.where)
        mark = f"{path}\0{record.reason}"
        seen[mark] += 1
        mark = _fingerprint("bad-record", f"{mark}\0{seen[mark]}")
        yield Finding("bad-record", _level(gate), "", path, line, plain(record.reason, 300), mark, False, None)


def _level(gate: Gate | None) -> Level:
    if gate is None:
        return "note"
    return "warning" if gate.passed else "error"


def _fingerprint(rule: str, what: str) -> str:
    return hashlib.sha256(f"{rule}\0{what}".encode("utf-8", "surrogatepass")).hexdigest()[:40]


def place(where: str) -> tuple[str, int]:
    """Take `file:line` apart; stdin has no path."""
    found = re.fullmatch(r"(.*):(\d{1,9})", where, re.DOTALL)
    path, line = (found[1], max(int(found[2]), 1)) if found else (where, 1)
    return "" if path == "-" else path, line


def plain(text: str, most: int = NAME_LENGTH) -> str:
    """Make one line of text that no terminal, log or parser of XML takes for more than text.

    White space becomes single spaces; control characters, those that turn writing around, and lone surrogates become
    U+FFFD. `##[`, which a log of GitHub Actions takes for a command wherever it stands, is broken up.
    """
    text = " ".join(text[: 10 * most].split())
    text = "".join(char if char.isprintable() else "\ufffd" for char in text).replace("##[", "## [")
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def percent(share: float) -> str:
    """Write a share."""
    return f"{share:.1%}".replace(".0%", "%")


def headline(data: CheckData) -> str:
    """Say in a line what was checked and how it went."""
    held = f" against {data.held:,} held" if data.held else ""
    failed = sum(not gate.passed for gate in data.gates)
    if not data.gates:
        verdict = "no gate was set"
    elif failed:
        verdict = f"{failed} of {count(len(data.gates), 'gate')} failed"
    else:
        verdict = f"{count(len(data.gates), 'gate')} passed"
    return f"{count(data.documents, 'document')} checked{held}: {verdict}"


def gate_line(gate: Gate) -> str:
    """Say what a gate found and what it allows."""
    nouns = {rule.gate: rule.noun for rule in RULES.values()}
    found = f"{gate.count:,} of {gate.of:,}"
    share = f", {percent(gate.found)}" if gate.is_share else ""
    allowed = percent(gate.limit) if gate.is_share else f"{gate.limit:,.0f}"
    return f"{nouns[gate.name]}: {found}{share}; allowed {allowed}"


def count(number: int, noun: str) -> str:
    """Write a number and what it counts."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"

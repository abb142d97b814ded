"""Verdicts of checks for the tests of their formats: one with everything in it, one that passed, one of nothing."""

from dedup.records import BadRecord
from dedup.verdicts import CheckData, Checked, Gate, Match

HELD = Match("story-17", "exact", 1.0, 1.0, 1.0, 412, "courier.example", "2026-11-02T08:00:00+00:00", "AFP")
EARLIER = Match("new-1", "near", 0.913, 0.95, 0.96, 300, "telegraph.example", None, None, where="batch/new.jsonl:1")
LONGER = Match("story-3", "excerpt", 0.31, 0.88, 0.33, 120, "courier.example", "2026-11-01")
SHORTER = Match("story-4", "excerpt", 0.21, 0.22, 0.81, 95)
QUOTE = Match("story-5", "passage", 0.05, 0.1, 0.12, 31)


def row(id, line, *matches, **more):
    said = {"duplicate": False, "excerpt": False, "boilerplate": 0.25, "body_chars": 1800} | more
    return Checked(id, f"batch/new.jsonl:{line}", matches=list(matches), **said)


def failed():
    """Everything that a check can find, and two of five gates failed."""
    rows = [
        row("new-2", 2, HELD, duplicate=True),
        row("new-3", 3, EARLIER, duplicate=True),
        row("new-4", 4, HELD, duplicate=True, accepted=True),
        row("new-5", 5, LONGER, excerpt=True),
        row("new-6", 6, SHORTER, QUOTE, excerpt=True),
        row("new-7", 7, boilerplate=0.715),
        row("new-8", 8, body_chars=90),
        row("story-17", 9, HELD, duplicate=True),
        row("new-10", 10, QUOTE),
    ]
    gates = [
        Gate("max-duplicates", 0.05, 3 / 19, True, False, ["new-2", "new-3", "story-17"], 3, 19),
        Gate("max-excerpts", 5, 2, False, True, ["new-5", "new-6"], 2, 19),
        Gate("max-boilerplate", 0.1, 1 / 19, True, True, ["new-7"], 1, 19, 0.6),
        Gate("min-body-chars", 0, 1, False, False, ["new-8"], 1, 19, 200),
        Gate("max-bad-records", 0.2, 1 / 21, True, True, [], 1, 21),
    ]
    bad = [BadRecord("batch/new.jsonl:21", "not valid JSON: it ends early")]
    return CheckData(20, 1, 4021, 4, 2, 1, gates, False, 0, rows, bad)


def passed():
    """A check whose one gate passed; its documents were added."""
    return CheckData(20, 0, 4021, 0, 0, 0, [Gate("max-duplicates", 0.05, 0, True, True, [], 0, 20)], True, 20, [])


def nothing():
    """A check of no document, by no gate."""
    return CheckData(0, 0, 0, 0, 0, 0, [], True, 0, [])


def hostile(text):
    """Build a check whose ids, places, sites and reasons are all this text."""
    match = Match(text, "near", 0.9, 0.9, 0.9, 100, text, text, text, where=f"{text}:7")
    rows = [
        Checked(text, f"{text}:3", duplicate=True, excerpt=False, boilerplate=0.9, body_chars=5, matches=[match]),
        Checked(f"{text}2", text, duplicate=False, excerpt=True, boilerplate=0, body_chars=5),
    ]
    gates = [
        Gate("max-duplicates", 0, 1, False, False, [text], 1, 2),
        Gate("max-boilerplate", 0, 1, False, False, [text], 1, 2, 0.5),
        Gate("min-body-chars", 0, 2, False, False, [text, f"{text}2"], 2, 2, 10),
    ]
    return CheckData(2, 1, 5, 1, 1, 0, gates, False, 0, rows, [BadRecord(f"{text}:1", text)])


def many(n):
    """Build a check in which n documents are duplicates."""
    rows = [row(f"new-{place}", place, HELD, duplicate=True) for place in range(1, n + 1)]
    gate = Gate("max-duplicates", 0.05, 1.0, True, False, [one.id for one in rows], n, n)
    return CheckData(n, 0, 5, n, 0, 0, [gate], False, 0, rows)


TEXTS = (
    "plain",
    "two\nlines\r\nand a\ttab",
    "::error file=x::boo",
    "\n::set-output name=x::y",
    "##[set-output name=x]y",
    "a]]>b<script>alert(1)</script>&amp;'\"",
    "a|b `c` *d* [e](https://evil.example) <img src=x>",
    "\x1b[31mred\x1b[0m\x00\x07\x7f",
    "\u202egpj.exe\u2066\u200f",
    "lone \ud800 surrogate \udfff",
    "{0} [link](1) \\[x\\] {{y}}",
    "100%,50%:x",
    "\ufeff\ufffe\uffff",
    "x" * 5000,
    "../../etc/passwd",
    "C:\\news\\a b#c?d%20",
)

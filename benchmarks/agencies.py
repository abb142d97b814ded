"""Agencies: precision and recall of *credited* against a labelled sample, as `dedup scan --no-clean` takes the texts.

Labels are a table of `set`, `id`, `split`, `stratum`, `credited`, `mentioned` and `doubtful`, agencies joined by `|`; a
doubtful row is one that two readers may label differently. Pairs are a document and an agency that it credits; *first*
counts documents, by the agency that comes first. Errors are listed by id and agency.

    precision = right / found      recall = right / labelled
"""

import argparse
import csv
import io
import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import zstandard

from dedup import wire
from dedup.corpus.fields import FieldMap

SPLITS = ("dev", "test")
NOT_IN_TABLE = "not in the table"


@dataclass
class Score:
    """Counts of one set."""

    documents: int = 0
    pairs: Counter = field(default_factory=Counter)
    first: Counter = field(default_factory=Counter)
    mentions: Counter = field(default_factory=Counter)

    def add(self, row, attribution):
        found = [credit.agency for credit in attribution.credits]
        credited, mentioned = names_of(row["credited"]), names_of(row["mentioned"])
        self.documents += 1
        count(self.pairs, set(found), set(credited))
        count(self.first, set(found[:1]), set(found[:1]) & set(credited) or set(credited[:1]))
        count(self.mentions, set(attribution.mentions), set(mentioned))


def count(counts, found, labelled):
    counts.update(right=len(found & labelled), found=len(found), labelled=len(labelled))


def names_of(cell):
    return [name for name in cell.split("|") if name]


def read_labels(path, split):
    with path.open(encoding="utf8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [row for row in rows if split == "all" or row["split"] == split]


def read_texts(path, wanted):
    """Texts of a set by id, as a scan without cleaning takes them."""
    texts = {}
    with zstandard.open(path, "rb") as raw:
        for number, line in enumerate(io.TextIOWrapper(raw, "utf8"), 1):
            document = FieldMap().document(json.loads(line), f"{path.name}:{number}")
            if getattr(document, "id", None) in wanted:
                texts[document.id] = document.text or ""
    return texts


def figures(counts):
    found, labelled, right = counts["found"], counts["labelled"], counts["right"]
    precision = f"{right / found:.3f}" if found else "–"
    recall = f"{right / labelled:.3f}" if labelled else "–"
    return f"{precision} | {recall} | {right}/{found}/{labelled}"


def errors_of(row, attribution):
    """Lines that say what was found and is not labelled, and what was not found."""
    found = {credit.agency: credit.kind for credit in attribution.credits}
    credited, known = names_of(row["credited"]), set(wire.agencies())
    doubtful = " (doubtful)" if row["doubtful"] == "1" else ""
    for agency, kind in found.items():
        if agency not in credited:
            yield f"{row['set']} {row['id']}: {agency} found as {kind}, not credited{doubtful}"
    for agency in credited:
        if agency not in found:
            why = "" if agency in known else f", {NOT_IN_TABLE}"
            yield f"{row['set']} {row['id']}: {agency} not found{why}{doubtful}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds copy/*.jsonl.zst")
    parser.add_argument("--labels", type=Path, default=Path("labels/agencies.tsv"))
    parser.add_argument("--split", choices=(*SPLITS, "all"), default="dev")
    parser.add_argument("--doubtful", action="store_true", help="count the doubtful rows too")
    parser.add_argument("--mentions", action="store_true", help="show the figures of mentions too")
    options = parser.parse_args()
    rows = read_labels(options.labels, options.split)
    scores, errors, left_out = defaultdict(Score), [], 0
    for name in dict.fromkeys(row["set"] for row in rows):
        mine = [row for row in rows if row["set"] == name]
        texts = read_texts(options.data / "copy" / f"{name}.jsonl.zst", {row["id"] for row in mine})
        for row in mine:
            attribution = wire.credits(texts[row["id"]])
            errors.extend(errors_of(row, attribution))
            if row["doubtful"] == "1" and not options.doubtful:
                left_out += 1
                continue
            for score in (scores[name], scores["all"]):
                score.add(row, attribution)
    report(scores, errors, left_out, options.mentions)


def report(scores, errors, left_out, mentions):
    print("| set | documents | precision | recall | right/found/labelled | first: precision | recall | |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, score in sorted(scores.items(), key=lambda item: (item[0] == "all", item[0])):
        print(f"| {name} | {score.documents} | {figures(score.pairs)} | {figures(score.first)} |")
        if mentions:
            print(f"| {name}, mentions | {score.documents} | {figures(score.mentions)} | | | |")
    print(f"\n{left_out} doubtful rows left out of the figures.\n")
    print("\n".join(errors) or "No errors.")


if __name__ == "__main__":
    main()

"""Furniture in plain text: invented documents in 26 languages that no model learns from (tests/clean/plain).

Lines that stand in `seeds/` word for word are left out of the figures, and so are headlines and bylines, which are
neither body nor furniture. F1, precision and recall are of furniture; *body kept* is the share of body lines that stay.
"""

import argparse
import csv
from collections import Counter, defaultdict
from pathlib import Path

from dedup.clean import Cleaner
from dedup.records import FURNITURE_LABELS

ROOT = Path(__file__).resolve().parent.parent


def folded(text):
    return " ".join(text.lower().split())


def rows(path):
    with path.open(encoding="utf8", newline="") as file:
        yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)


def documents(path):
    found = defaultdict(list)
    for row in rows(path):
        found[row["document"]].append((row["label"], row["text"]))
    return found.values()


def counted(cleaner, path, known):
    counts = Counter()
    for document in documents(path):
        blocks = cleaner.clean("\n".join(text for _, text in document)).blocks
        kept = Counter(folded(block.text) for block in blocks if block.label == "body")
        for label, text in document:
            if folded(text) in known or label not in ("body", *FURNITURE_LABELS):
                continue
            stays = kept[folded(text)] > 0
            counts["body" if label == "body" else "furniture", stays] += 1
    return counts


def line(name, counts):
    gone, furniture = counts["furniture", False], counts["furniture", False] + counts["furniture", True]
    lost, body = counts["body", False], counts["body", False] + counts["body", True]
    precision, recall = gone / max(1, gone + lost), gone / max(1, furniture)
    f1 = 2 * gone / max(1, gone + lost + furniture)
    return f"{name:<6}{furniture:>10}{body:>6}{f1:>8.3f}{precision:>8.3f}{recall:>8.3f}{1 - lost / max(1, body):>11.3f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, help="classifier; the shipped one by default")
    parser.add_argument("--favor", choices=("precision", "balanced", "recall"), default="balanced")
    options = parser.parse_args()
    cleaner = Cleaner.load(options.model, favor=options.favor)
    known = {folded(row["text"]) for path in (ROOT / "seeds").glob("*.tsv") for row in rows(path)}
    print(f"{'lang':<6}{'furniture':>10}{'body':>6}{'F1':>8}{'P':>8}{'R':>8}{'body kept':>11}")
    total = Counter()
    for path in sorted((ROOT / "tests" / "clean" / "plain").glob("*.tsv")):
        counts = counted(cleaner, path, known)
        total += counts
        print(line(path.stem, counts))
    print(line("all", total))


if __name__ == "__main__":
    main()

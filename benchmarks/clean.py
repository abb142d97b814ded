"""Furniture: dedup and peers on the same labelled pages in one run.

F1, precision and recall are those of the field's article benchmark: multiset overlap of 4-word shingles with the gold
body, averaged over pages. The shipped model was trained on some of these sets; its cross-validated figures, by site,
come from `python -m dedup.clean.train --evaluate` (docs/accuracy.md).
"""

import argparse
import io
import json
import re
import time
from collections import Counter
from pathlib import Path

import zstandard

TOKEN = re.compile(r"\w+")
SPACELESS = {"zh", "ja", "ko", "th", "wuu"}


def dedup_extractor():
    from dedup.clean import Cleaner

    cleaner = Cleaner.load()
    return lambda html: cleaner.clean(None, html).text


def resiliparse_extractor():
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html: extract_plain_text(html, main_content=True)


def trafilatura_extractor(**options):
    import trafilatura

    return lambda html: trafilatura.extract(html, include_comments=False, **options) or ""


EXTRACTORS = {
    "dedup": dedup_extractor,
    "resiliparse": resiliparse_extractor,
    "trafilatura": trafilatura_extractor,
    "trafilatura fast": lambda: trafilatura_extractor(fast=True),
}


def pages(path):
    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf8")
        yield from (row for row in map(json.loads, lines) if (row.get("text") or "").strip())


def shingles(text, lang, n=4):
    tokens = [c for c in text if c.isalnum()] if lang in SPACELESS else TOKEN.findall(text)
    return Counter(tuple(tokens[i : i + n]) for i in range(max(1, len(tokens) - n + 1))) if tokens else Counter()


def scores(results):
    right = wrong = missed = 0.0
    for gold, got, lang in results:
        wanted, found = shingles(gold, lang), shingles(got, lang)
        common = sum((wanted & found).values())
        extra, absent = sum(found.values()) - common, sum(wanted.values()) - common
        if total := common + extra + absent:
            right, wrong, missed = right + common / total, wrong + extra / total, missed + absent / total
    precision = right / (right + wrong) if right else 0.0
    recall = right / (right + missed) if right else 0.0
    return 2 * precision * recall / (precision + recall) if right else 0.0, precision, recall


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sets", nargs="*", help="names of page sets; all by default")
    parser.add_argument("--peers", nargs="*", choices=EXTRACTORS, default=list(EXTRACTORS))
    options = parser.parse_args()
    print(f"{'set':<16}{'pages':>6}  {'extractor':<18}{'F1':>7}{'P':>7}{'R':>7}{'ms a page':>11}")
    extractors = {name: EXTRACTORS[name]() for name in options.peers}
    for path in sorted((options.data / "pages").glob("*.jsonl.zst")):
        name = path.name.removesuffix(".jsonl.zst")
        rows = list(pages(path)) if not options.sets or name in options.sets else []
        for peer, extract in extractors.items() if rows else ():
            extract(rows[0]["html"])  # imports, models and compiled kernels are not a page's cost
            start = time.perf_counter()
            results = [(row["text"], extract(row["html"]), row["lang"]) for row in rows]
            cost = 1000 * (time.perf_counter() - start) / len(rows)
            f1, precision, recall = scores(results)
            print(f"{name:<16}{len(rows):>6}  {peer:<18}{f1:>7.3f}{precision:>7.3f}{recall:>7.3f}{cost:>11.2f}")


if __name__ == "__main__":
    main()

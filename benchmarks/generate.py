"""A news corpus of any size with a natural vocabulary, natural phrase statistics and planted copies of known truth.

    python benchmarks/generate.py 1000000 -o corpus.jsonl.zst --truth truth.tsv
    python benchmarks/generate.py 100000 -o pages.jsonl --kind template --own 200

A copy writes the sentences of its source again (`language.py`), wherever the two stand in the file, so a document costs
a few bytes of memory, whatever its length. README.md has the statistics, and those of real news.

The truth is a table of id, source, kind and shared: the number of 5-word windows that the copy took over unchanged.
Texts that a site or a consent service puts on its pages are in it, too, with the name of the text as source.
"""

import argparse
import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.language import NO_LIMIT, SENTENCE_MEAN, Part, Truth, make_texts, vocabulary

STORY_WORDS, STORY_DEVIATION = 430, 0.75
"""Mean of a log-normal, and the standard deviation of its logarithm."""
COPIES = 0.25
CLUSTER_MOST, CLUSTER_POWER = 200, 2.2
DIGESTS, DIGEST_STORIES = 1 / 2000, 20
SITES_POWER = 0.6
"""A corpus of N documents comes from about N^0.6 sites: 37,554 articles of a real one from 491."""
DISCLAIMED = 0.15
"""Share of sites with a standing disclaimer on each page."""
CONSENTS = (0.05, 0.02, 0.01)
"""Share of all documents that carry each consent text."""
DAY, DOCUMENTS_A_DAY, COPY_DELAY = 86_400, 3_000, 6 * 3600
START = np.datetime64("2023-01-02T00:00:00", "s")

HEADLINE = 1 << 30
"""A sentence that no story reaches."""
SITE_TEXT, CONSENT_TEXT, TEMPLATE_TEXT = 1 << 40, 1 << 41, 1 << 42
"""Numbers of stories that are not documents."""
BATCH = 1000


@dataclass(frozen=True)
class Plan:
    """What is decided of each document before any is written; arrays of one value a document."""

    root: np.ndarray
    """The document that is copied; itself for an original."""
    kind: np.ndarray
    sentences: np.ndarray
    """Length of the document's own text."""
    site: np.ndarray
    seconds: np.ndarray
    """When it was published, after `START`."""


class Draws(NamedTuple):
    """A document, what it copies, the sentences of both, and three chances."""

    d: int
    root: int
    own: int
    n: int
    a: float
    b: float
    c: float

    def copy(self, kind: str, first: int, last: int, **more: int) -> Part:
        return Part(self.root, first, last, source=name(self.root), kind=kind, **more)


def name(d: int) -> str:
    return f"n{d}"


def identical(of: Draws) -> list[Part]:
    return [of.copy("identical", 0, of.n)]


def near(of: Draws) -> list[Part]:
    """Another headline, and 0.2 to 2.2 % of the words."""
    return [of.copy("near", 0, of.n, edits=20 + int(200 * of.a))]


def cut(of: Draws) -> list[Part]:
    return [of.copy("cut", 0, max(1, int(of.n * (0.4 + 0.55 * of.a))))]


def extended(of: Draws) -> list[Part]:
    lead = 1 + int(4 * of.a)
    return [Part(of.d, 0, lead), of.copy("extended", 0, of.n), Part(of.d, lead, lead + 1 + int(of.n * 0.8 * of.b))]


def excerpt(of: Draws) -> list[Part]:
    """30 to 90 % of the source inside an own text at least as long."""
    size = max(1, int(of.n * (0.3 + 0.6 * of.a)))
    start, own = int((of.n - size + 1) * of.b), max(of.own, of.n)
    place = 1 + int(of.c * own)
    return [Part(of.d, 0, place), of.copy("excerpt", start, start + size), Part(of.d, place, own + 1)]


def quote(of: Draws) -> list[Part]:
    """A passage of 40 to 80 words in an own text."""
    start, place = int(max(0, of.n - 4) * of.a), 1 + int(of.b * of.own)
    passage = of.copy("quote", start, of.n, limit=40 + int(41 * of.c))
    return [Part(of.d, 0, place), passage, Part(of.d, place, of.own + 1)]


def update(of: Draws) -> list[Part]:
    """The source, and what has come in since; a later update holds all of an earlier one."""
    more = 1 + (of.d - of.root) + int(of.n * 0.4)
    return [of.copy("update", 0, of.n), Part(of.root, of.n, of.n + more)]


COPY_SHARES = {identical: 0.3, near: 0.25, cut: 0.14, extended: 0.1, excerpt: 0.08, quote: 0.08, update: 0.05}
COPY_KINDS = tuple(COPY_SHARES)
ORIGINAL, DIGEST = len(COPY_KINDS), len(COPY_KINDS) + 1


def make_plan(n: int, seed: int) -> Plan:
    generator = np.random.default_rng([seed, n])
    root = np.arange(n)
    starts, sizes = clusters(n, generator)
    for start, size in zip(starts.tolist(), sizes.tolist(), strict=True):
        root[start : start + size] = start
    copied = root != np.arange(n)
    kinds = np.full(n, ORIGINAL, np.uint8)
    kinds[copied] = generator.choice(len(COPY_KINDS), copied.sum(), p=list(COPY_SHARES.values()))
    alone = ~copied
    alone[starts] = False
    kinds[alone & (generator.random(n) < DIGESTS) & (root >= DIGEST_STORIES)] = DIGEST
    mean = np.log(STORY_WORDS / SENTENCE_MEAN) - STORY_DEVIATION**2 / 2
    sentences = np.maximum(1, np.round(generator.lognormal(mean, STORY_DEVIATION, n))).astype(np.int32)
    weights = np.cumsum(1 / (np.arange(max(10, int(n**SITES_POWER))) + 5))
    site = np.searchsorted(weights, generator.random(n) * weights[-1]).astype(np.int32)
    site = np.where(kinds == COPY_KINDS.index(update), site[root], site)
    delay = np.where(copied, 60 + generator.exponential(COPY_DELAY, n), 0)
    seconds = root * DAY // DOCUMENTS_A_DAY + delay.astype(np.int64)
    return Plan(root, kinds, sentences, site, seconds)


def clusters(n: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return first document and size of each copied story; the sizes follow a power law."""
    most = max(2, min(CLUSTER_MOST, n // 20))
    weights = np.arange(2, most + 1) ** -CLUSTER_POWER
    sizes = generator.choice(np.arange(2, most + 1), n // 4 + 1, p=weights / weights.sum())
    sizes = sizes[: np.searchsorted(np.cumsum(sizes - 1), COPIES * n)]
    alone = n - sizes.sum()  # documents between clusters: spread evenly
    gaps = np.sort(generator.integers(0, alone + 1, len(sizes)))
    return gaps + np.cumsum(sizes) - sizes, sizes


def digest_parts(plan: Plan, d: int, generator: np.random.Generator) -> list[Part]:
    """Passages of 40 to 80 words of stories of the last days, a sentence of its own before each."""
    recent = np.unique(plan.root[max(0, d - 20 * DIGEST_STORIES) : d])
    recent = recent[plan.kind[recent] == ORIGINAL]
    roots = generator.choice(recent, min(DIGEST_STORIES, len(recent)), replace=False)
    parts = []
    for place, root in enumerate(roots.tolist()):
        limit = int(generator.integers(40, 81))
        own = Part(d, place, place + 1)
        parts += [own, Part(root, 0, int(plan.sentences[root]), limit, source=name(root), kind="digest")]
    return parts


def furniture(site: int, chance: float) -> tuple[list[Part], list[Part]]:
    """Return what stands before and after a text: a consent text, the site's disclaimer."""
    before, after = [], []
    for number, share in enumerate(CONSENTS):
        if 0 <= chance < share:
            story = CONSENT_TEXT + number
            before = [Part(story, 0, 9, 40 + 20 * number, source=f"consent {number}", kind="consent")]
        chance -= share
    if site * 0.6180339887 % 1 < DISCLAIMED:
        after = [Part(SITE_TEXT + site, 0, 9, 30 + 7 * site % 31, source=f"site {site}", kind="disclaimer")]
    return before, after


Sample = tuple[dict[str, str], list[Truth]]


def news(n: int, seed: int = 0) -> Iterator[Sample]:
    """Yield documents of a corpus of `n`, and what is copied in each, in an order that tells nothing."""
    plan = make_plan(n, seed)
    generator = np.random.default_rng([seed, n, 1])
    order = generator.permutation(n)
    for start in range(0, n, BATCH):
        batch = order[start : start + BATCH]
        chances = generator.random((len(batch), 4)).tolist()
        texts, headlines = [], []
        for d, (a, b, c, e) in zip(batch.tolist(), chances, strict=True):
            root, number = int(plan.root[d]), int(plan.kind[d])
            of = Draws(d, root, int(plan.sentences[d]), int(plan.sentences[root]), a, b, c)
            before, after = furniture(int(plan.site[d]), e)
            if number == DIGEST:
                parts = digest_parts(plan, d, generator)
            else:
                parts = COPY_KINDS[number](of) if number < ORIGINAL else [Part(d, 0, of.own)]
            texts.append(before + parts + after)
            same = number < ORIGINAL and COPY_KINDS[number] in {identical, cut}
            headlines.append([Part(root if same else d, HEADLINE, HEADLINE + 1, 10)])
        bodies, truths = make_texts(texts, seed, start)
        titles, _ = make_texts(headlines, seed)
        yield from zip(about(plan, batch, titles, bodies), truths, strict=True)


def about(plan: Plan, batch: np.ndarray, titles: Iterable[str], bodies: Iterable[str]) -> Iterator[dict[str, str]]:
    times = np.datetime_as_string(START + plan.seconds[batch]).tolist()
    words = vocabulary()
    for d, site, time, title, text in zip(
        batch.tolist(), plan.site[batch].tolist(), times, titles, bodies, strict=True
    ):
        host = f"{words[site + site // 44 + 4000]}{site}.example"
        url = f"https://{host}/{time[:10].replace('-', '/')}/{d}"
        head = {"id": name(d), "url": url, "site": host, "title": title[:-1], "published": time + "Z"}
        yield {**head, "text": text}


def plain(texts: Iterable[list[Part]], seed: int) -> Iterator[Sample]:
    """Yield documents that are nothing but a text, numbered from 0."""
    waiting: list[list[Part]] = []
    done = 0

    def flush() -> Iterator[Sample]:
        bodies, truths = make_texts(waiting, seed, done)
        for number, (text, truth) in enumerate(zip(bodies, truths, strict=True), start=done):
            yield {"id": name(number), "text": text}, truth

    for parts in texts:
        waiting.append(parts)
        if len(waiting) == BATCH:
            yield from flush()
            done, waiting = done + BATCH, []
    if waiting:
        yield from flush()


def template(n: int, seed: int = 0, own: int = 200) -> Iterator[Sample]:
    """Pages that share 300 words, each with own text."""
    page = [Part(TEMPLATE_TEXT, 0, 150, 150), Part(TEMPLATE_TEXT + 1, 0, 150, 150)]
    return plain(([page[0], Part(d, 0, own, own), page[1]] for d in range(n)), seed)


def same(n: int, seed: int = 0) -> Iterator[Sample]:
    return plain(([Part(0, 0, 20)] for _ in range(n)), seed)


def one_word(n: int, seed: int = 0) -> Iterator[Sample]:
    return plain(([Part(d, 0, 1, 1)] for d in range(n)), seed)


def digest(n: int, seed: int = 0) -> Iterator[Sample]:
    """`n` stories of 400 words, three documents each, then one that quotes 60 words of each story."""

    def texts() -> Iterator[list[Part]]:
        for d in range(3 * n):
            yield [Part(d % n, 0, 200, 400, source="" if d < n else name(d % n), kind="identical")]
        yield [Part(d, 5, 200, 60, source=name(d), kind="digest") for d in range(n)]

    return plain(texts(), seed)


def prefix(n: int, seed: int = 0, step: int = 1) -> Iterator[Sample]:
    """Each text is a prefix of the next, which is `step` words longer."""
    return plain(([Part(0, 0, NO_LIMIT, 20 + step * d)] for d in range(n)), seed)


def near_template(n: int, seed: int = 0) -> Iterator[Sample]:
    """Weather reports of one site: the same 150 words, of which 15 % are others each time."""
    return plain(([Part(TEMPLATE_TEXT, 0, 150, 150, 1500)] for d in range(n)), seed)


CORPORA: dict[str, Callable[..., Iterator[Sample]]] = {
    "news": news,
    "template": template,
    "identical": same,
    "one-word": one_word,
    "digest": digest,
    "prefix": prefix,
    "near-template": near_template,
}


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("n", type=int, metavar="N", help="documents; of a digest, stories of three each")
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=".jsonl or .jsonl.zst")
    parser.add_argument("--truth", type=Path, metavar="FILE", help="table of what is copied from where")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--kind", choices=CORPORA, default="news")
    parser.add_argument("--own", type=int, default=200, help="own words of a template's page")
    parser.add_argument("--step", type=int, default=1, help="words between a prefix and the next")
    return parser.parse_args()


def write(samples: Iterable[Sample], output: Path, truth: Path | None) -> None:
    encode = msgspec.json.Encoder().encode
    with ExitStack() as stack:
        file = stack.enter_context(output.open("wb"))
        if output.suffix == ".zst":
            import zstandard

            file = stack.enter_context(zstandard.ZstdCompressor(3).stream_writer(file))
        table = stack.enter_context(truth.open("w", encoding="utf8")) if truth else io.StringIO()
        table.write("id\tsource\tkind\tshared\n")
        for document, copied in samples:
            file.write(encode(document) + b"\n")
            if truth:
                table.writelines(f"{document['id']}\t{t.source}\t{t.kind}\t{t.shared}\n" for t in copied)


def main() -> None:
    options = arguments()
    more = {"template": {"own": options.own}, "prefix": {"step": options.step}}.get(options.kind, {})
    write(CORPORA[options.kind](options.n, options.seed, **more), options.output, options.truth)


if __name__ == "__main__":
    sys.exit(main())

"""Furniture: dedup and its peers on the same labelled pages in one run.

F1, precision and recall are those of the field's article benchmark: multiset overlap of 4-word shingles with the gold
body, averaged over pages (`dedup.clean.evaluate`). `exact` is the share of pages whose words are exactly the gold
body's. A page on which an extractor fails counts as an empty text, and under `errors`.

Each extractor works through a set in a process of its own, one after another, so time and peak memory are its own:
`ms` is the mean and `median` the median of a page, after one page to warm up; `MB` is the peak of the whole process.
Extractors get the page as a string and, where they have a use for it, its language; none gets at the network. With less
than all of a set (`--limit`) the first pages are taken. Languages with at least 5 pages get rows of their own.

The shipped model of dedup was trained on the sets marked "(trained on)": its figures there do not say how it does on
other pages. Cross-validated ones, each page judged by a model that did not see its site, come from
`dedup evaluate --cross-validate` (docs/accuracy.md).
"""

import argparse
import io
import json
import logging
import multiprocessing
import os
import resource
import socket
import statistics
import sys
import time
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path

import zstandard

SUFFIX = ".jsonl.zst"
MIN_PAGES = 5
"""Pages from which a language gets a row of its own: with fewer the figures are chance."""
# jusText names its stoplists; languages of the known sets that it has one for. The others go without.
STOPLISTS = {
    "ar": "Arabic",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "es": "Spanish",
    "fa": "Persian",
    "fr": "French",
    "id": "Indonesian",
    "is": "Icelandic",
    "it": "Italian",
    "ko": "Korean",
    "lt": "Lithuanian",
    "no": "Norwegian_Bokmal",
    "pl": "Polish",
    "pt": "Portuguese",
    "ru": "Russian",
    "sw": "Swahili",
    "tr": "Turkish",
    "ur": "Urdu",
    "vi": "Vietnamese",
}
# Elements that break a line; readability answers with a piece of HTML.
BREAKS = (
    "address article aside blockquote body br caption dd div dl dt figcaption figure footer form h1 h2 h3 h4 h5 h6 "
    "header hr html li main nav ol p pre section table td th tr ul"
)
BLOCKS = frozenset(BREAKS.split())


def dedup_extractor():
    from dedup.clean import Cleaner

    cleaner = Cleaner.load()
    return lambda html, lang: cleaner.clean(None, html).text


def trafilatura_extractor(**options):
    import trafilatura

    return lambda html, lang: trafilatura.extract(html, include_comments=False, **options) or ""


def resiliparse_extractor():
    from resiliparse.extract.html2text import extract_plain_text

    return lambda html, lang: extract_plain_text(html, main_content=True)


def block_lines(html):
    from lxml import etree
    from lxml.html import fromstring

    lines = [[]]
    for event, element in etree.iterwalk(fromstring(html), events=("start", "end")):
        if element.tag in BLOCKS:
            lines.append([])
        lines[-1].append((element.text if event == "start" else element.tail) or "")
    return "\n".join(text for parts in lines if (text := " ".join("".join(parts).split())))


def readability_extractor():
    from readability import Document

    return lambda html, lang: block_lines(Document(html).summary())


def justext_extractor():
    import justext

    stoplists = {lang: justext.get_stoplist(name) for lang, name in STOPLISTS.items()}

    def extract(html, lang):
        if lang in stoplists:
            paragraphs = justext.justext(html, stoplists[lang])
        else:  # its language-independent mode, as its command line sets it
            paragraphs = justext.justext(html, frozenset(), stopwords_low=0, stopwords_high=0)
        return "\n".join(paragraph.text for paragraph in paragraphs if not paragraph.is_boilerplate)

    return extract


def newspaper_extractor():
    from newspaper import Article
    from newspaper.utils import get_available_languages

    known = set(get_available_languages())

    def extract(html, lang):
        options = {"language": lang} if lang in known else {}  # else it goes by what the page says of itself
        article = Article("https://example.org/", fetch_images=False, **options)
        return article.download(input_html=html).parse().text

    return extract


def boilerpy3_extractor():
    from boilerpy3.extractors import ArticleExtractor

    extractor = ArticleExtractor()
    return lambda html, lang: extractor.get_content(html)


# Name: distribution, and what makes the function from a page and its language to text.
EXTRACTORS = {
    "dedup": ("newsdedup", dedup_extractor),
    "trafilatura": ("trafilatura", trafilatura_extractor),
    "trafilatura fast": ("trafilatura", partial(trafilatura_extractor, fast=True)),
    "trafilatura precision": ("trafilatura", partial(trafilatura_extractor, favor_precision=True)),
    "trafilatura recall": ("trafilatura", partial(trafilatura_extractor, favor_recall=True)),
    "resiliparse": ("resiliparse", resiliparse_extractor),
    "readability-lxml": ("readability-lxml", readability_extractor),
    "jusText": ("jusText", justext_extractor),
    "newspaper4k": ("newspaper4k", newspaper_extractor),
    "boilerpy3": ("boilerpy3", boilerpy3_extractor),
}


def pages(path, limit=None):
    with path.open("rb") as file:
        lines = io.TextIOWrapper(zstandard.ZstdDecompressor().stream_reader(file), encoding="utf8")
        yield from islice((row for row in map(json.loads, lines) if (row.get("text") or "").strip()), limit)


def refuse(*_, **__):
    raise OSError("no network in a benchmark")


def seclude():
    """Cut the process off: no network, no messages."""
    socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
    logging.disable()
    warnings.simplefilter("ignore")
    with Path(os.devnull).open("w", encoding="utf8") as nowhere:
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
        os.dup2(nowhere.fileno(), sys.stderr.fileno())


def attempt(extract, row):
    """Text, or None where the extractor fails, and seconds."""
    start = time.perf_counter()
    try:
        text = extract(row["html"], row["lang"])
    except Exception:  # whatever a peer raises on a page
        text = None
    return text, time.perf_counter() - start


def peak_megabytes():
    """Of this process alone: on Linux ``ru_maxrss`` starts from what the parent process held."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


def extract_all(extractor, path, limit):
    """Run one extractor over a set: text (or None) and seconds of each page, and the peak memory in MB."""
    extract = EXTRACTORS[extractor][1]()
    attempt(extract, next(pages(path)))  # imports, models and compiled kernels are not a page's cost
    return [attempt(extract, row) for row in pages(path, limit)], peak_megabytes()


def in_own_process(*arguments):
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn, initializer=seclude) as pool:
        return pool.submit(extract_all, *arguments).result()


def measure(gold, results):
    """Figures of `(text, language)` of gold bodies and `(text, seconds)` of an extractor on the same pages."""
    from dedup.clean.evaluate import page_f1

    score = page_f1((body, text or "", lang) for (body, lang), (text, _) in zip(gold, results, strict=True))
    cost = [1000 * seconds for _, seconds in results]
    return {
        "pages": score.pages,
        "f1": score.f1,
        "precision": score.precision,
        "recall": score.recall,
        "exact": score.exact,
        "errors": sum(text is None for text, _ in results),
        "ms_mean": statistics.fmean(cost),
        "ms_median": statistics.median(cost),
    }


def by_language(gold):
    """Places of all pages, then those of each language with enough of them, unless it is the only one."""
    counts = Counter(lang for _, lang in gold)
    groups = {"all": range(len(gold))}
    for lang, count in counts.most_common():
        if MIN_PAGES <= count < len(gold):
            groups[lang] = [i for i, (_, of_page) in enumerate(gold) if of_page == lang]
    return groups


def measured_rows(path, extractor, limit):
    gold = [(row["text"], row["lang"]) for row in pages(path, limit)]
    results, megabytes = in_own_process(extractor, path, limit)
    for lang, places in by_language(gold).items():
        figures = measure([gold[i] for i in places], [results[i] for i in places])
        yield {"lang": lang, "extractor": extractor, **figures, "mb": megabytes}


def trained_on():
    from dedup.clean.model import load_model

    return {name.removesuffix(SUFFIX) for name in load_model().about["sets"]}


def versions(extractors):
    import dedup

    found = {EXTRACTORS[name][0] for name in extractors} - {"newsdedup"}
    return {"newsdedup": dedup.__version__, **{name: version(name) for name in sorted(found)}}


HEADER = (
    f"{'set':<28}{'lang':<5}{'pages':>6}  {'extractor':<22}"
    f"{'F1':>6}{'P':>7}{'R':>7}{'exact':>7}{'errors':>8}{'ms':>9}{'median':>9}{'MB':>7}"
)
LINE = (
    "{set:<28}{lang:<5}{pages:>6}  {extractor:<22}"
    "{f1:>6.3f}{precision:>7.3f}{recall:>7.3f}{exact:>7.3f}{errors:>8}{ms_mean:>9.2f}{ms_median:>9.2f}{mb:>7.0f}"
)


def line(row):
    return LINE.format_map({**row, "set": row["set"] + " (trained on)" * row["trained_on"]})


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder that holds pages/")
    parser.add_argument("--sets", nargs="+", metavar="SET", help="names of page sets; all by default")
    parser.add_argument("--peers", nargs="+", choices=EXTRACTORS, default=list(EXTRACTORS), help="all by default")
    parser.add_argument("--limit", type=int, metavar="N", help="first N pages of each set; all by default")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    options = parser.parse_args()
    found = {path.name.removesuffix(SUFFIX): path for path in sorted((options.data / "pages").glob(f"*{SUFFIX}"))}
    if not found or not found.keys() >= set(options.sets or ()):
        parser.error(f"page sets in {options.data / 'pages'}: {' '.join(found) or 'none'}")
    options.sets = {name: found[name] for name in options.sets or found}
    try:
        options.versions = versions(options.peers)
    except PackageNotFoundError as error:
        parser.error(f"{error.name} is not installed: pip install -r benchmarks/requirements.txt")
    return options


def main():
    options = arguments()
    seen, table = trained_on(), []
    print(HEADER)
    for name, path in options.sets.items():
        if next(pages(path), None) is None:
            continue  # no gold text
        for extractor in options.peers:
            for row in measured_rows(path, extractor, options.limit):
                table.append({"set": name, "trained_on": name in seen, **row})
                print(line(table[-1]), flush=True)
    print(" ".join(f"{name} {number}" for name, number in options.versions.items()))
    if options.json:
        report = {"versions": options.versions, "limit": options.limit, "figures": table}
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()

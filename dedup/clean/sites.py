"""What a site repeats: lines that stand on many of its pages are its furniture, whatever they say.

Learned without labels from the corpus at hand, after Bar-Yossef and Rajagopalan (2002, "Template detection via data
mining and its applications", section 3: a template is what many pages of one site share). Two things look like it and
are not:

- a story that a site sends again and again. So lines are counted only on pages that are otherwise of their own: of a
  story that is sent again nearly everything is repeated, of a page with a template only the template is;
- an agency's paragraph that many *sites* carry. So a line stays that the classifier takes for body on several other
  sites, each on fewer than half of its pages: furniture that sites share, as a consent text, stands on most pages of
  each.

A columnist's standing introduction is repeated like furniture: in a scan it goes where half of a site's pages carry it,
and nothing here tells it apart. That is a known loss.

Learning is a stream in bounded memory. Of each site the pages with the smallest hashes are kept, a uniform sample of
its different pages (a bottom-k sample: Cohen and Kaplan 2007, "Summarizing data using bottom-k sketches") that does not
depend on the order in which they come. Up to `PAGES_A_SITE` pages the rule is exact; beyond, the share of pages that
carry a line is known to 4.4 points (a standard error, at a half). Where all sites together have too many pages, each
keeps fewer (at 16 it is 12.5 points), and in the end only a part of the sites, even over their names, is learned.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.clean.templates import (
    MIN_PAGES,
    MIN_SHARE,
    MOST_SITES,
    PAGES_A_SITE,
    SHORT,
    Site,
    Templates,
    fold,
    hash_line,
    merged,
    needed,
    worth_keeping,
)
from dedup.records import LABELS, Block

# Characters of a page that must be its own, and their share of its text, for its repeated lines to count.
MIN_OWN_CHARS = 150
MIN_OWN_SHARE = 0.3
# Other sites that carry a line as body, each on fewer than half of its pages, which make it a story's.
MIN_OTHER_SITES = 3
# 13 bytes a line: at most 260 MB, and some 80 MB on pages of news.
PAGES_IN_ALL = 100_000
LINES_A_PAGE = 200
# Fewest pages a site to which the sample shrinks: with 8, a line on every second page would be a matter of luck.
FEWEST_PAGES = 16

_LINE = np.dtype([("line", ">u8"), ("chars", "<i4"), ("label", "u1")])
_NAVIGATION = LABELS.index("navigation")

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class SiteLines:
    """A sample of the pages of each site, as hashes of their lines; all of body and the longer ones of the others.

    Lines that the classifier took off count too: with the pages on which it failed they make the number. Not the short
    ones, which are many to a page, unless they are known already.

    Parameters
    ----------
    known
        Templates that the pages were cleaned with; what is learned is added to them.
    """

    def __init__(self, known: Templates | None = None) -> None:
        self._known = known or Templates()
        self._pages: dict[str, dict[bytes, bytes]] = {}
        self._held = 0
        self._most = PAGES_A_SITE
        self._below = 1 << 64  # sites whose hash is not below are not learned

    def add(self, site: str | None, blocks: Sequence[Block]) -> None:
        """Note the blocks of one page."""
        if site and self._is_learned(site):
            self.put(site, *page_of(blocks, lambda line: self._known.knows(site, line)))

    def put(self, site: str, key: bytes, page: bytes) -> None:
        """Note a page as `page_of` gives it; of several with one key the first stays."""
        if not self._is_learned(site):
            return
        pages = self._pages.setdefault(site, {})
        if key in pages or (len(pages) == self._most and key > max(pages)):
            return
        pages[key] = page
        self._held += 1
        self._shrink(site)
        while self._held > PAGES_IN_ALL:
            self._make_room()

    def _is_learned(self, site: str) -> bool:
        return int.from_bytes(hash_line(site)) < self._below

    def learned(self) -> Templates:
        """Count the lines of the sample, and add them to what was known."""
        found, stories = _learn(self._pages)
        sites = {}
        for name in self._known.sites.keys() | found.keys():
            known = self._known.sites.get(name)
            if known and stories:
                lines = {line: entry for line, entry in known.lines.items() if line not in stories}
                known = Site(known.pages, lines)
            if site := merged(known, found.get(name)):
                sites[name] = site
        most = sorted(sites, key=lambda name: (-sites[name].pages, name))[:MOST_SITES]
        return Templates({name: sites[name] for name in most})

    def _shrink(self, site: str) -> None:
        pages = self._pages[site]
        for key in sorted(pages)[self._most :]:
            del pages[key]
            self._held -= 1

    def _make_room(self) -> None:
        """Keep fewer pages of each site, or else fewer sites: what is kept does not depend on when this happens."""
        if self._most > FEWEST_PAGES:
            self._most //= 2
        else:
            self._below //= 2
            for site in [site for site in self._pages if int.from_bytes(hash_line(site)) >= self._below]:
                self._held -= len(self._pages.pop(site))
        for site in self._pages:
            self._shrink(site)


def page_of(blocks: Sequence[Block], knows: Callable[[str], bool] = lambda line: False) -> tuple[bytes, bytes]:
    """Return what stands for a page in the sample: a hash of its lines, and the different lines packed.

    `knows` says of a short line whether it is known already. Each line has its characters of body and its label.
    """
    folded = ((fold(block.text), block) for block in blocks)
    noted = [
        (line, block) for line, block in folded if block.label == "body" or len(block.text) >= SHORT or knows(line)
    ]
    return hash_line("\n".join(line for line, _ in noted)), _packed(noted)


def _packed(noted: Iterable[tuple[str, Block]]) -> bytes:
    lines: dict[bytes, tuple[int, int]] = {}
    for text, block in noted:
        line = hash_line(text)
        chars, label = lines.get(line, (0, LABELS.index(block.label)))
        if block.label == "body":
            chars, label = chars + len(block.text), 0
        lines[line] = (chars, label)
    rows = [(int.from_bytes(line), *lines[line]) for line in sorted(lines)[:LINES_A_PAGE]]
    return np.array(rows, _LINE).tobytes()


def _learn(pages: dict[str, dict[bytes, bytes]]) -> tuple[dict[str, Site], set[str]]:
    """Give what the sites repeat, and the lines that are a story's on many sites."""
    names = list(pages)
    parts = [part for name in names for part in pages[name].values()]
    rows = np.frombuffer(b"".join(parts), _LINE)
    if not len(rows):
        return {}, set()
    line, chars, label = rows["line"].astype(np.uint64), rows["chars"].astype(np.int64), rows["label"].astype(np.int64)
    page = np.repeat(np.arange(len(parts)), [len(part) // _LINE.itemsize for part in parts])
    size = np.array([len(pages[name]) for name in names])
    site = np.repeat(np.arange(len(names)), size)[page]
    first, key = _keys(site, line)
    site, line = site[first], line[first]  # of each line of each site
    count = np.bincount(key)
    often = count >= np.array([needed(n) for n in size.tolist()])[site]
    counted = np.bincount(key, _of_its_own(page, chars, often[key])[page]).astype(np.int64)
    as_body = 2 * np.bincount(key, label == 0) > count
    story = _of_stories(line, as_body & (size[site] >= MIN_PAGES) & (count < MIN_SHARE * size[site]))
    kept = np.flatnonzero(worth_keeping(counted, size[site]) & ~story)
    found = {name: Site(n, {}) for name, n in zip(names, size.tolist(), strict=True)}
    for at, name_of in zip(kept.tolist(), _labels(key, label, kept), strict=True):
        found[names[site[at]]].lines[_hex(line[at])] = (int(counted[at]), LABELS[name_of])
    return {name: one for name, one in found.items() if one.lines}, {_hex(one) for one in np.unique(line[story])}


def _keys(site: Ints, line: NDArray[np.uint64]) -> tuple[Ints, Ints]:
    """Give each distinct line of each site a number; -> where it first stands, and the number of each row."""
    mixed = line ^ (site.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))  # 2^64 / golden ratio
    _, first, key = np.unique(mixed, return_index=True, return_inverse=True)
    return first, key


def _of_its_own(page: Ints, chars: Ints, often: Bools) -> Bools:
    """Say which pages are their own but for the lines that are often there."""
    total = np.bincount(page, chars, int(page[-1]) + 1)
    own = np.bincount(page, np.where(often, 0, chars), len(total))
    result: Bools = (own >= MIN_OWN_CHARS) & (own >= MIN_OWN_SHARE * total)
    return result


def _of_stories(line: NDArray[np.uint64], told: Bools) -> Bools:
    """Say which lines several sites carry as part of a story."""
    number = np.unique(line, return_inverse=True)[1]
    result: Bools = np.bincount(number, told)[number] >= MIN_OTHER_SITES
    return result


def _labels(key: Ints, label: Ints, kept: Ints) -> list[int]:
    """Give what the classifier called each kept line most often where it took it off; navigation where it never did."""
    place = np.full(int(key.max()) + 1, -1)
    place[kept] = np.arange(len(kept))
    rows = (place[key] >= 0) & (label > 0)
    votes = np.bincount(place[key[rows]] * len(LABELS) + label[rows], minlength=len(kept) * len(LABELS))
    votes = votes.reshape(len(kept), len(LABELS))
    chosen: list[int] = np.where(votes.any(axis=1), votes.argmax(axis=1), _NAVIGATION).tolist()
    return chosen


def _hex(line: np.uint64) -> str:
    return f"{int(line):016x}"

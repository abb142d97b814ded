"""What a site repeats: lines that stand on many of its pages are its furniture, whatever they say.

Learned without labels from the corpus at hand, after Bar-Yossef and Rajagopalan (2002, "Template detection via data
mining and its applications", section 3: a template is what many pages of one site share). Two things look like it and
are not: a story that a site sends again and again, and an agency's paragraph that many *sites* carry. So lines are
counted for each site apart, and only on pages that are otherwise of their own: of a story that is sent again nearly
everything is repeated, of a page with a template only the template is.

A columnist's standing introduction is repeated like furniture and goes with it; that is a known loss.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from dedup.records import Block

# Pages of a site that carry a line before it can be furniture: a story and two updates of it are three.
MIN_PAGES = 4
# And their share of the site's pages. Furniture stands on nearly all pages of a template; at a quarter, what 18 pages
# of one outlet on one event had in common was its updated story, sent five times (seen in a corpus of one summit).
MIN_SHARE = 0.5
# Characters of a page that must be its own, and their share of its text, for its repeated lines to count.
MIN_OWN_CHARS = 150
MIN_OWN_SHARE = 0.3


# Characters of a line that the classifier took off already and that is noted all the same: with the pages on which it
# failed they make the count. Shorter ones are menu entries, many to a page, and no copy by themselves.
MIN_NOTED_CHARS = 30


class SiteLines:
    """The lines of a corpus, 24 bytes each; those of `MIN_NOTED_CHARS` and all that were taken for body."""

    def __init__(self) -> None:
        self._sites: dict[str, int] = {}
        self._site: list[int] = []
        self._lines = array("q")
        self._chars = array("i")
        self._sizes: list[int] = []
        self._body = bytearray()

    def add(self, site: str | None, blocks: Sequence[Block]) -> None:
        """Note the blocks of one page; pages come in order, also those without a site."""
        self._site.append(self._sites.setdefault(site, len(self._sites)) if site else -1)
        noted = [block for block in blocks if block.label == "body" or len(block.text) >= MIN_NOTED_CHARS]
        # Python's own hash: it differs from run to run, but only whether two are equal is asked.
        self._lines.extend(hash(block.text) for block in noted)
        self._chars.extend(len(block.text) for block in noted)
        self._body.extend(block.label == "body" for block in noted)
        self._sizes.append(len(noted))

    def repeated(self) -> list[NDArray[np.bool_]]:
        """Say of each body line of each page whether its site repeats it.

        Returns
        -------
        list of NDArray[np.bool_]
            One array a page, one entry a body line.
        """
        body = np.frombuffer(self._body, bool)
        page = np.repeat(np.arange(len(self._sizes)), self._sizes)
        lines, chars = np.frombuffer(self._lines, np.int64), np.frombuffer(self._chars, np.int32)
        marked = _repeated(np.array(self._site, np.int64), page, lines, np.where(body, chars, 0)) if len(page) else body
        bounds = np.cumsum(np.bincount(page[body], minlength=len(self._sizes)))
        return np.split(marked[body], bounds[:-1]) if len(bounds) else []


def _repeated(
    site: NDArray[np.int64], page: NDArray[np.int64], line: NDArray[np.int64], chars: NDArray[np.int32]
) -> NDArray[np.bool_]:
    key = _keys(site[page], line)
    pages_of_site = np.bincount(site[site >= 0], minlength=1)
    needed = np.maximum(MIN_PAGES, np.ceil(MIN_SHARE * pages_of_site[np.maximum(site, 0)])).astype(np.int64)[page]
    often = (_pages_with(key, page, np.ones(len(page), bool)) >= needed) & (site[page] >= 0)
    total = np.bincount(page, chars, len(site))
    own = np.bincount(page, np.where(often, 0, chars), len(site))
    of_its_own = (own >= MIN_OWN_CHARS) & (own >= MIN_OWN_SHARE * total)
    marked: NDArray[np.bool_] = often & (_pages_with(key, page, of_its_own[page]) >= needed)
    return marked


def _keys(site: NDArray[np.int64], line: NDArray[np.int64]) -> NDArray[np.int64]:
    """Give each distinct line of each site a number."""
    mixed = line ^ (site * np.int64(-7046029254386353131))  # 2^64 / golden ratio: spreads small numbers
    numbers: NDArray[np.int64] = np.unique(mixed, return_inverse=True)[1]
    return numbers


def _pages_with(key: NDArray[np.int64], page: NDArray[np.int64], counts: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Count for each line the pages that carry it, once each, among those that count."""
    pairs = np.unique(key[counts] << 32 | page[counts])
    return np.bincount(pairs >> 32, minlength=int(key.max()) + 1)[key]

"""What is known of sites: how many pages of each were counted, and which lines stand on how many of them.

`sites` learns it from labelled pages; here it is applied and stored. A stored line is a hash: a file of templates holds
nothing of what the pages say.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from dedup.errors import InputError
from dedup.records import Block, Label

FORMAT = 1
"""Version of the file and of the hash in it; a file of another version is refused."""
# Pages of a site that carry a line before it can be furniture: a story and two updates of it are three.
MIN_PAGES = 4
# And their share of the site's pages. Furniture stands on nearly all pages of a template; at a quarter, what 18 pages
# of one outlet on one event had in common was its updated story, sent five times (seen in a corpus of one summit).
MIN_SHARE = 0.5
# Log-odds of body that a line loses where all pages of its site carry it, and half as many where half do. Furniture
# that deceives the classifier has a probability of 0.6 to 0.98 of being body, log-odds up to 4: on half of the pages it
# goes (6), and a line stays of which the classifier is surer still; on all of them nothing stays.
SHIFT = 12.0
# Where the log-odds end, at 9.2: a probability of 1 would make them infinite.
_SUREST = 0.9999
# A file that stands for more pages of a site is scaled down to so many: what the site no longer repeats fades.
PAGES_A_SITE = 128
MOST_SITES = 100_000

# Characters below which a line is short: a menu entry, a button, a count, and no copy by itself.
SHORT = 30
# Numbers with their separators: "12 comments" and "1,204 comments" are one line. Only in short lines: two longer ones
# that differ in their numbers are as likely two sentences of two reports, on a market or on the weather.
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_HINT = "Learn it again with dedup clean --learn-sites"

_Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]
_Pages = Annotated[int, msgspec.Meta(ge=1, le=PAGES_A_SITE)]


class Site(msgspec.Struct, forbid_unknown_fields=True):
    """What is known of one site."""

    pages: _Pages
    """Different pages that were counted."""
    lines: dict[_Hash, tuple[_Pages, Label]]
    """Hash of a line to the pages that carry it and are otherwise of their own, and what to call it where it goes."""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    format: int
    sites: dict[str, Site]


class _Version(msgspec.Struct):
    format: int


def needed(pages: int) -> int:
    """Give the pages of a site that must carry a line before it is furniture."""
    return max(MIN_PAGES, math.ceil(MIN_SHARE * pages))


def fold(text: str) -> str:
    """Make short lines that differ in their numbers one line."""
    return _NUMBER.sub("0", text) if len(text) < SHORT else text


def hash_line(folded: str) -> bytes:
    """Give the 8 bytes that stand for a folded line, the same on every machine and in every run."""
    return hashlib.blake2b(folded.encode("utf-8", "surrogatepass"), digest_size=8).digest()


class Templates:
    """The sites that are known."""

    def __init__(self, sites: dict[str, Site] | None = None) -> None:
        self.sites = sites or {}
        self._repeated = {name: found for name, site in self.sites.items() if (found := _repeated(site))}

    def knows(self, site: str, folded: str) -> bool:
        """Say whether a line was counted for a site, often or not."""
        return site in self.sites and hash_line(folded).hex() in self.sites[site].lines

    @property
    def repeats(self) -> bool:
        """Say whether any site repeats a line."""
        return bool(self._repeated)

    def strip(self, site: str | None, text: str) -> tuple[str, int]:
        """Take the lines that a site repeats off a cleaned text; -> what is left, and how many went."""
        known = self._repeated.get(site or "")
        if not known:
            return text, 0
        lines = text.split("\n")
        kept = [line for line in lines if hash_line(fold(line)).hex() not in known]
        return "\n".join(kept), len(lines) - len(kept)

    def weigh(self, site: str | None, blocks: Sequence[Block], threshold: float) -> None:
        """Lower the probability of body of the blocks that their site repeats, the more the more of its pages do.

        Parameters
        ----------
        site
            Where the page stands.
        blocks
            Those of one page, with the classifier's labels and scores; changed in place. What falls below the
            threshold gets the label that the line had on the pages where the classifier saw what it is.
        threshold
            Probability from which a block is body.
        """
        known = self._repeated.get(site or "", {})
        for block in blocks if known else ():
            if entry := known.get(hash_line(fold(block.text)).hex()):
                _weigh(block, *entry, threshold)

    def encode(self) -> bytes:
        """Make the file; the same templates make the same bytes."""
        return msgspec.json.encode(_File(FORMAT, self.sites), order="sorted") + b"\n"

    @classmethod
    def decode(cls, raw: bytes, where: str) -> Templates:
        """Read a file that `encode` made.

        Raises
        ------
        InputError
            It is something else, damaged, or of another version.
        """
        try:
            version = msgspec.json.decode(raw, type=_Version).format
            if version != FORMAT:
                what = f"templates of sites of format {version}, this version reads format {FORMAT}"
                raise InputError(what, where=where, hint=_HINT)
            sites = msgspec.json.decode(raw, type=_File).sites
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            reason = str(error) or type(error).__name__
            raise InputError(f"not a file of templates of sites: {reason}", where=where, hint=_HINT) from error
        for name, site in sites.items():
            if any(pages > site.pages or label == "body" for pages, label in site.lines.values()):
                what = f"not a file of templates of sites: {name} has a line on more pages than it has, or named body"
                raise InputError(what, where=where, hint=_HINT)
        return cls(sites)


def _repeated(site: Site) -> dict[str, tuple[float, Label]]:
    least = needed(site.pages)
    return {line: (pages / site.pages, label) for line, (pages, label) in site.lines.items() if pages >= least}


def _weigh(block: Block, share: float, label: Label, threshold: float) -> None:
    body = block.score if block.label == "body" else 1 - block.score
    body = min(max(body, 1 - _SUREST), _SUREST)
    body = 1 / (1 + math.exp(SHIFT * share) * (1 - body) / body)
    if block.label == "body" and body < threshold:
        block.label = label
    block.score = body if block.label == "body" else 1 - body


def merged(known: Site | None, learned: Site | None) -> Site | None:
    """Add what is known of a site and what was learned anew; None where no line is worth keeping."""
    both = [site for site in (known, learned) if site is not None]
    pages = sum(site.pages for site in both)
    lines: dict[str, tuple[int, Label]] = {}
    for site in both:
        for line, (count, label) in site.lines.items():
            lines[line] = (count + lines.get(line, (0, label))[0], label)
    scale = min(1.0, PAGES_A_SITE / pages)
    pages = min(pages, PAGES_A_SITE)
    scaled = {line: (min(round(count * scale), pages), label) for line, (count, label) in lines.items()}
    kept = {line: entry for line, entry in scaled.items() if worth_keeping(entry[0], pages)}
    return Site(pages, kept) if kept else None


def worth_keeping(count: Any, pages: Any) -> Any:
    """Say whether a line may yet become furniture when more pages come: an eighth of the pages carry it, and two."""
    return (count >= 2) & (8 * count >= pages)

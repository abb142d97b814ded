"""What a scan remembers of each document when its page is gone: a few fields, the agency, what was stripped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from dedup import sketch, wire
from dedup.clean.sites import SiteLines
from dedup.clean.templates import Templates
from dedup.records import REPEATED, Block, Cleaned, Document, Label
from dedup.sketch import Packed

# Code points of a headline: news headlines are shorter, and a text without lines should not stand in a list whole.
HEADLINE_LENGTH = 150


# Blocks between the body and a credit above or below it: date, reading time, share buttons, a picture's caption.
CREDIT_DISTANCE = 4


class Holdings:
    """What a scan remembers of each document, a column a field, and the counts over all of them."""

    def __init__(self, keep_labels: Collection[Label] = ()) -> None:
        self.ids: list[str] = []
        self.sites: list[str | None] = []
        self.urls: list[str | None] = []
        self.titles: list[str | None] = []
        self.published: list[str | None] = []
        self.agencies: list[str | None] = []
        self.stripped: list[dict[str, int]] = []
        self.blocks: Counter[str] = Counter()
        self._lines = SiteLines()
        self._in_text = {"body", *keep_labels}
        self._kept: dict[int, list[Block]] = {}  # blocks in the text that are not body, by place

    def add(self, document: Document, cleaned: Cleaned) -> None:
        """Remember a document that went through cleaning."""
        labels = Counter(block.label for block in cleaned.blocks)
        self.blocks.update(labels)
        credit = wire.credit(cleaned.text, _beside(cleaned.blocks))
        self.ids.append(document.id)
        self.sites.append(document.site)
        self.urls.append(document.url)
        self.titles.append(document.title or _called(cleaned))
        self.published.append(document.published or cleaned.published)
        self.agencies.append(credit.agency if credit else None)
        self.stripped.append({label: n for label, n in sorted(labels.items()) if label not in self._in_text})
        if kept := [block for block in cleaned.blocks if block.label in self._in_text and block.label != "body"]:
            self._kept[len(self.ids) - 1] = kept
        self._lines.add(document.site, cleaned.blocks)

    def without_repeated(self, packed: Packed) -> Packed:
        """Take what a site repeats off the texts, and count it with what was stripped."""
        templates = self._lines.learned()
        self._lines = SiteLines()  # the lines are not needed again, and there may be many
        return sketch.pack(self._stripped(packed, templates)) if templates.repeats else packed

    def _stripped(self, packed: Packed, templates: Templates) -> Iterator[str]:
        for place, site in enumerate(self.sites):
            text, count = templates.strip(site, packed.text(place))
            if count:
                kept = self._kept.get(place, ())
                gone = Counter(block.label for block in kept if templates.strip(site, block.text)[1])
                self.stripped[place][REPEATED] = count
                self.blocks.update({REPEATED: count, "body": gone.total() - count})
                self.blocks.subtract(gone)
            yield text


def _beside(blocks: list[Block]) -> list[str]:
    """Return the texts that may credit an agency beside the body: bylines, legal notices, and what stands next to it.

    What stands between and next to body blocks counts under any label: "AFP | 12 March, 10:15" is easily taken for a
    menu.
    """
    body = [place for place, block in enumerate(blocks) if block.label == "body"]
    first, last = (body[0], body[-1]) if body else (0, 0)
    near = range(first - CREDIT_DISTANCE, last + 1 + CREDIT_DISTANCE)
    return [
        block.text
        for place, block in enumerate(blocks)
        if block.label in ("byline", "legal") or (place in near and block.label != "body")
    ]


def _called(cleaned: Cleaned) -> str | None:
    """Return what a document without a title is called: its headline, or else how its text begins."""
    return (cleaned.title or cleaned.text.lstrip())[:HEADLINE_LENGTH].partition("\n")[0] or None

"""From labelled pieces to what a user gets: blocks, the cleaned text, and what is known of the article."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from dedup.clean.blocks import Blocks
from dedup.records import LABELS, Block, Cleaned, Label


def labelled_blocks(document: Blocks, labels: Sequence[int], scores: Sequence[float]) -> list[Block]:
    """Blocks of one document; sentences of one line that follow one another with the same label are one block."""
    if not document.starts:
        rows = zip(document.texts, labels, scores, document.lines, strict=True)
        return [Block(text, LABELS[label], score, line) for text, label, score, line in rows]
    blocks: list[Block] = []
    length = 0  # of the sentences in the last block, without what stands between them
    spans = zip(document.texts, labels, scores, document.lines, document.starts, document.ends, strict=True)
    for text, label, score, line, start, end in spans:
        last = blocks[-1] if blocks else None
        if last is not None and last.line == line and last.label == LABELS[label]:
            # Likely as a whole as its sentences are on average, each by its length.
            length += end - start
            last.score += (score - last.score) * (end - start) / length
            last.text, last.end = document.source[last.start : end], end
        else:
            blocks.append(Block(text, LABELS[label], score, line, start, end))
            length = end - start
    return blocks


def assemble(document: Blocks, blocks: list[Block], keep: Collection[Label] = ()) -> Cleaned:
    """Join the body and what else is kept, a line each; with title, authors and date as page or blocks say them."""
    text = "\n".join(block.text for block in blocks if block.label == "body" or block.label in keep)
    facts = document.facts
    title = _first(blocks, "headline") or facts.title
    byline = facts.byline or _first(blocks, "byline")
    return Cleaned(
        text,
        blocks,
        title=title or None,
        byline=byline or None,
        published=facts.published or None,
        sources=facts.sources,
        canonical=facts.canonical or None,
    )


def _first(blocks: list[Block], label: Label) -> str:
    return next((block.text for block in blocks if block.label == label), "")

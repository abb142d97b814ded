"""Pages and plain text as ordered blocks.

A block is what a reader sees as one piece: the text between two block-level boundaries of a page (inline markup joined,
white space folded, ``<br><br>`` is a boundary), or a non-empty line of plain text, or a sentence of a long one. A block
of a page remembers the deepest element that holds all of it; elements are kept as a table of parents, so that
everything that is known of an ancestor (tag, class and id tokens, role) is read once, and only for elements that hold
text.

Elements that a style sheet or an attribute hides stay in, as evidence for the classifier: collapsed paragraphs of an
article are hidden too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from dedup.clean.guard import is_parsable, strip_tags
from dedup.clean.sentences import sentence_starts
from dedup.clean.structured import Facts, Gatherer

# Never shown, or shown as something other than text.
_SKIPPED = """
script style noscript template svg head iframe object video audio canvas select textarea datalist map applet
-comment !doctype
"""
# Elements that stand inside a line. Everything else is a boundary, but for elements unknown to HTML: they are inline.
_BLOCK_LEVEL = """
address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption figure
footer form frameset h1 h2 h3 h4 h5 h6 header hgroup hr html legend li main menu nav ol optgroup option p pre search
section summary table tbody td tfoot th thead tr ul
"""
FLAG_TAGS: tuple[tuple[str, ...], ...] = (
    ("article",),
    ("main",),
    ("aside",),
    ("nav",),
    ("header",),
    ("footer",),
    ("form", "fieldset", "label", "button"),
    ("figure",),
    ("figcaption", "caption"),
    ("li",),
    ("table",),
    ("blockquote",),
    ("h1",),
    ("h2", "h3", "h4", "h5", "h6"),
    ("p",),
    ("dl", "dt", "dd"),
    ("pre", "code"),
    ("section",),
)
"""Groups of tags; bit *i* of an element's `flags` is set where it or an ancestor is one of group *i*."""
FLAGS: dict[str, int] = {tag: 1 << bit for bit, tags in enumerate(FLAG_TAGS) for tag in tags}

TAG_CODES: dict[str, int] = {tag: code for code, tag in enumerate(sorted(_BLOCK_LEVEL.split()), 1)}
"""Number of each block-level tag, as the classifier knows it."""

LONG_LINE = 1000
"""Code points from which a line of plain text is taken for an article in one line and not for a paragraph: of the
paragraphs of news 1 in 300 is longer, of articles that came in one line 15 in 16."""
_LINE = re.compile(r"\r\n|\n|\r")
_ATTRIBUTES = ("class", "id", "role", "itemprop", "itemtype", "data-testid", "data-component", "rel")


@dataclass(slots=True)
class Elements:
    """The elements that hold text, parents before their children; the first is the root."""

    parent: list[int] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    """Tag, class, id, role and the like, separated by spaces."""
    flags: list[int] = field(default_factory=list)
    depth: list[int] = field(default_factory=list)


@dataclass(slots=True)
class Blocks:
    """The blocks of one document, in order; all lists but `elements` have one entry a block."""

    texts: list[str] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    """Line in the plain text from 1; 0 for blocks of a page."""
    source: str = ""
    """The plain text they are pieces of; empty for pages."""
    starts: list[int] = field(default_factory=list)
    """Code point of `source` at which a block of plain text begins; empty for pages."""
    ends: list[int] = field(default_factory=list)
    elements: Elements | None = None
    """None for plain text."""
    element: list[int] = field(default_factory=list)
    """Row in `elements` of the deepest element that holds the whole block."""
    tag: list[int] = field(default_factory=list)
    """Code of the nearest block-level element (`TAG_CODES`)."""
    links: list[int] = field(default_factory=list)
    """Number of links that begin or go on in the block."""
    linked: list[int] = field(default_factory=list)
    """Characters inside links."""
    bold: list[int] = field(default_factory=list)
    """Characters inside bold or emphasised markup."""
    facts: Facts = field(default_factory=Facts)
    """What the page says of itself."""

    def __len__(self) -> int:
        return len(self.texts)


def text_blocks(text: str) -> Blocks:
    r"""Non-empty lines of plain text, stripped; what is longer than `LONG_LINE` is cut into its sentences.

    Lines end at ``\n``, ``\r\n`` or ``\r``, nowhere else.
    """
    blocks = Blocks(source=text)
    number, start = 1, 0
    for end_of_line in _LINE.finditer(text):
        _add_line(blocks, number, start, end_of_line.start())
        number, start = number + 1, end_of_line.end()
    _add_line(blocks, number, start, len(text))
    return blocks


def _add_line(blocks: Blocks, number: int, start: int, end: int) -> None:
    line = blocks.source[start:end]
    cuts = [*sentence_starts(line), len(line)] if len(line) > LONG_LINE else (0, len(line))
    for first, last in pairwise(cuts):
        piece = line[first:last]
        if stripped := piece.strip():
            at = start + first + len(piece) - len(piece.lstrip())
            blocks.texts.append(stripped)
            blocks.lines.append(number)
            blocks.starts.append(at)
            blocks.ends.append(at + len(stripped))


def page_blocks(page: str) -> Blocks:
    """Blocks of an HTML page.

    A page that is nested deeper than any browser builds it (see `guard`) has no elements: its blocks are the runs
    between its tags.
    """
    from selectolax.lexbor import LexborHTMLParser

    raw = page.encode("utf-8", "replace")
    if not is_parsable(raw):
        blocks = text_blocks(strip_tags(raw))
        texts = [" ".join(text.split()) for text in blocks.texts]
        return Blocks(texts, [0] * len(texts))
    root = LexborHTMLParser(raw).root
    if root is None:
        return Blocks(elements=Elements())
    return _Walk(root).blocks


def _read_head(head: Any, gatherer: Gatherer) -> None:
    node = head.first_child
    while node is not None:
        tag = node.tag
        if tag == "meta":
            gatherer.meta(node.attributes)
        elif tag == "link":
            gatherer.link(node.attributes)
        elif tag == "script":
            gatherer.script(node)
        elif tag == "title" and not gatherer.title:
            gatherer.title = " ".join(node.text().split())
        node = node.next


# What the walk does at an element, by its tag; every other one just stands inside a line.
_INLINE, _BOUNDARY, _TEXT, _LINK, _BOLD, _BREAK, _SKIP, _SCRIPT, _META, _HEAD = range(10)
_KINDS = dict.fromkeys(_SKIPPED.split(), _SKIP) | dict.fromkeys(TAG_CODES, _BOUNDARY)
_KINDS |= {"-text": _TEXT, "a": _LINK, "b": _BOLD, "strong": _BOLD, "em": _BOLD, "br": _BREAK}
_KINDS |= {"script": _SCRIPT, "meta": _META, "head": _HEAD}


class _Walk:
    """One walk over the tree in document order, with its own stack: no recursion, whatever the depth."""

    def __init__(self, root: Any) -> None:
        self.elements = Elements()
        self.blocks = Blocks(elements=self.elements)
        self.nodes = [root]
        self.rows = [-1]  # row in the table of elements of each open node, -1 while it has none
        self.tags = [0]  # code of the nearest block-level element of each open node
        self.pieces: list[str] = []
        self.row = -1  # row of the deepest element that holds all of `pieces`
        self.shallowest = 0  # least number of open nodes since the last piece
        self.link_depth = self.bold_depth = 0
        self.links = self.linked = self.bold = 0
        self.broken = False  # the last piece was a <br>
        self.gatherer = Gatherer()
        self._walk(root)
        self._flush()
        self.blocks.facts = self.gatherer.facts()

    def _walk(self, root: Any) -> None:
        nodes, rows, tags, pieces = self.nodes, self.rows, self.tags, self.pieces
        kinds = [_INLINE]
        node = root.first_child
        while node is not None:
            tag = node.tag
            kind = _KINDS.get(tag, _INLINE)
            child = None
            if kind == _TEXT:
                self._text(node.text_content)
            elif kind < _SKIP:
                if kind:
                    self._enter(kind)
                child = node.first_child
                if child is None and kind:
                    self._leave(kind)
            elif kind > _SKIP:
                self._read(kind, node)
            if child is not None:
                nodes.append(node)
                rows.append(-1)
                tags.append(TAG_CODES.get(tag) or tags[-1])
                kinds.append(kind)
                node = child
                continue
            following = node.next
            while following is None and len(nodes) > 1:
                kind = kinds.pop()
                if kind and (pieces or kind != _BOUNDARY):
                    self._leave(kind)
                node = nodes.pop()
                rows.pop()
                tags.pop()
                self.shallowest = min(self.shallowest, len(nodes))
                following = node.next
            node = following

    def _read(self, kind: int, node: Any) -> None:
        if kind == _SCRIPT:
            self.gatherer.script(node)
        elif kind == _META:
            self.gatherer.meta(node.attributes)
        else:
            _read_head(node, self.gatherer)

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if text.isspace():
            if self.pieces:
                self.pieces.append(" ")
            return
        if self.pieces:
            elements = self.elements
            while elements.depth[self.row] >= self.shallowest:
                self.row = elements.parent[self.row]
        else:
            self.row = self._row()
            self.links = 1 if self.link_depth else 0
        self.shallowest = len(self.nodes)
        self.pieces.append(text)
        self.broken = False
        if self.link_depth:
            self.linked += len(text)
        if self.bold_depth:
            self.bold += len(text)

    def _enter(self, kind: int) -> None:
        if kind == _BOUNDARY:
            self._flush()
        elif kind == _LINK:
            self.link_depth += 1
            self.links += 1
        elif kind == _BOLD:
            self.bold_depth += 1
        elif self.broken:
            self._flush()
        elif self.pieces:
            self.pieces.append(" ")
            self.broken = True

    def _leave(self, kind: int) -> None:
        if kind == _BOUNDARY:
            self._flush()
        elif kind == _LINK:
            self.link_depth -= 1
        elif kind == _BOLD:
            self.bold_depth -= 1

    def _flush(self) -> None:
        if not self.pieces:
            return
        text = " ".join("".join(self.pieces).split())
        self.pieces.clear()
        if text:
            blocks = self.blocks
            blocks.texts.append(text)
            blocks.lines.append(0)
            blocks.element.append(self.row)
            blocks.tag.append(self.tags[-1])
            blocks.links.append(self.links)
            blocks.linked.append(min(self.linked, len(text)))
            blocks.bold.append(min(self.bold, len(text)))
        self.links = self.linked = self.bold = 0
        self.broken = False

    def _row(self) -> int:
        """Row of the innermost open node; it and its ancestors are entered into the table where they are not yet."""
        start = depth = len(self.rows) - 1
        while start >= 0 and self.rows[start] < 0:
            start -= 1
        elements = self.elements
        for at in range(start + 1, depth + 1):
            parent = self.rows[at - 1] if at else -1
            tag = self.nodes[at].tag or ""
            elements.parent.append(parent)
            elements.names.append(_names_of(self.nodes[at], tag))
            elements.flags.append(FLAGS.get(tag, 0) | (elements.flags[parent] if at else 0))
            elements.depth.append(at)
            self.rows[at] = len(elements.parent) - 1
        return self.rows[depth]


def _names_of(node: Any, tag: str) -> str:
    attributes = node.attributes
    if not attributes:
        return f"<{tag}>"
    names = [f"<{tag}>"]
    for key in _ATTRIBUTES:
        value = attributes.get(key)
        if value:
            names.append(value[:200])
    style = attributes.get("style")
    if "hidden" in attributes or attributes.get("aria-hidden") == "true" or (style and _hides(style)):
        names.append("<hidden>")
    return " ".join(names)


def _hides(style: str) -> bool:
    return "display:none" in style.replace(" ", "").lower()

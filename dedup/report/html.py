"""`report.html`: one file that opens from disk, asks nobody for anything, and shows hostile text as text.

The page is drawn by its own script from JSON inside ``<script type="application/json">`` (`payload`), with ``<``,
``>``, ``&`` and the two line separators of JavaScript escaped, so that no text can close the element (OWASP, Cross
Site Scripting Prevention, rule 3.1). The script only ever sets `textContent`. A content security policy names the
page's style and script by their hashes and forbids all else.

The script is one file for each of its rooms under ``templates/``, joined in the order of `SCRIPTS` into one function;
all words of the page are in ``words.<language>.toml``, and all languages go into the page, which can switch.
"""

from __future__ import annotations

import base64
import hashlib
import tomllib
from collections.abc import Iterator, Sequence
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from dedup.records import ReportData
from dedup.report import payload

if TYPE_CHECKING:
    import numpy as np
    from jinja2 import Environment
    from numpy.typing import NDArray

LANGUAGES = ("en", "fr")
Texts = Literal["none", "heads", "all"]
"""Which texts go into the page."""
MAX_TEXT_BYTES = 12_000_000
"""UTF-8 bytes of texts embedded: a page of this size still goes through the mail (limits are 20 to 25 MB, and mail
carries 3 bytes as 4) and a phone still opens it."""
STYLES = ("base.css", "views.css")
SCRIPTS = (
    "words.js",
    "dom.js",
    "data.js",
    "charts.js",
    "tables.js",
    "overview.js",
    "list.js",
    "timeline.js",
    "cluster.js",
    "reading.js",
    "outlets.js",
    "main.js",
)


def render_html(data: ReportData, *, lang: str = "en") -> Iterator[str]:
    """Write the page.

    Parameters
    ----------
    data
        The rows of a scan; all of its readings are embedded (`to_read` chooses them).
    lang
        One of `LANGUAGES`: the one that the page opens in.

    Yields
    ------
    str
        Pieces of the page, in order; the same for the same data. They can be encoded as UTF-8: what a text holds of
        lone surrogates became U+FFFD.

    Raises
    ------
    ValueError
        For a language that the page does not speak.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"the report is written in {', '.join(LANGUAGES)}, not in {lang!r}")
    words = {language: _words(language) for language in LANGUAGES}
    pieces = payload.build(data, lang)
    style, script = _style(), _script()
    return (
        _environment()
        .get_template("report.html")
        .generate(
            lang=lang,
            words=words[lang],
            documents=data.summary.documents,
            style=style,
            script=script,
            style_hash=_hash(style),
            script_hash=_hash(script),
            tables=payload.encode({"words": words, "texts": MAX_TEXT_BYTES}),
            payload=pieces,
        )
    )


@cache
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("dedup.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> str:
    return "".join(_asset(name) for name in STYLES)


@cache
def _script() -> str:
    return '"use strict";\n(() => {\n' + "\n".join(_asset(name) for name in SCRIPTS) + "})();\n"


@cache
def _words(language: str) -> dict[str, Any]:
    return tomllib.loads(_asset(f"words.{language}.toml"))


def _asset(name: str) -> str:
    return resources.files(__package__).joinpath("templates", name).read_text("utf-8")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode("ascii")


def to_read(
    groups: Sequence[NDArray[np.int64]], lengths: NDArray[np.int64], texts: Texts = "all"
) -> Iterator[tuple[int, list[int]]]:
    """Choose the texts that go into the page: those of the largest clusters, heads first, while there is room.

    Parameters
    ----------
    groups
        Documents of each cluster, the head first.
    lengths
        UTF-8 bytes of the texts of all documents.
    texts
        ``none`` of them; the ``heads`` of clusters only; or ``all``: first all heads, then the others.

    Yields
    ------
    int, list of int
        The place of a cluster, and of members in it; the same place may come twice.
    """
    if texts == "none":
        return
    places = sorted(range(len(groups)), key=lambda place: -len(groups[place]))[: payload.MAX_CLUSTERS]
    shown = payload.member_limit([len(groups[place]) for place in places])
    room = MAX_TEXT_BYTES
    for first, end in ((0, 1), (1, shown))[: 1 if texts == "heads" else 2]:
        for place in places:
            members = []
            for member, size in enumerate(lengths[groups[place][first:end]].tolist(), first):
                if size <= room:
                    members.append(member)
                    room -= size
            if members:
                yield place, members

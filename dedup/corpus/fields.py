"""Field names seen in the wild, and how a record becomes a document.

`ALIASES` is the table: for each field of a document the names that tools and data sets give it, the most telling first.
A field's own name wins over an alias, an earlier alias over a later one; case does not count. What is not taken stays
in `Document.extra` under its own name.

Left out on purpose: dates of crawling (`timestamp` of C4, `date_download`, `seendate`), which say nothing of
publication; numbers that several records of a set may share (`story_id`, `digest`, trafilatura's `fingerprint`), which
would make all but the first a repeated id.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from dedup.corpus import dates, encoding
from dedup.errors import UsageError
from dedup.records import BadRecord, Document

ALIASES: dict[str, tuple[str, ...]] = {
    "id": (
        "doc_id", "docid", "document_id", "article_id", "articleid", "news_id", "record_id", "_id", "uuid", "guid",
        "stories_id",  # Media Cloud
        "warc_record_id", "warc-record-id",  # sets made from Common Crawl
        "gkgrecordid",  # GDELT
        "identifiant",
    ),
    "text": (
        "maintext",  # news-please
        "article_text", "full_text", "fulltext", "main_text", "plain_text", "plaintext", "text_content", "body_text",
        "bodytext", "article_body", "articlebody", "article_content", "clean_text", "cleaned_text", "page_text",
        "raw_text",  # trafilatura
        "raw_content",  # RedPajama
        "body",  # Event Registry
        "content",  # NewsAPI and many data sets
        "article", "story", "document", "texte", "contenu", "corps", "texto", "cuerpo", "contenido", "testo", "inhalt",
    ),
    "html": (
        "raw_html", "rawhtml", "html_content", "content_html", "page_html", "article_html", "body_html", "html_source",
        "source_html", "html_body", "webpage",
    ),
    "url": (
        "canonical_url", "article_url", "page_url", "original_url", "final_url", "requested_url", "web_url", "weburl",
        "link", "permalink", "href",
        "documentidentifier", "sourceurl",  # GDELT
        "warc_target_uri", "warc-target-uri", "target_uri",  # sets made from Common Crawl
        "source_url", "uri", "lien",
    ),
    "site": (
        "source_domain",  # news-please
        "hostname",  # trafilatura
        "domain", "host", "website", "site_name",
        "sitename",  # trafilatura
        "media_name",  # Media Cloud
        "sourcecommonname",  # GDELT
        "publisher", "outlet", "news_outlet", "publication", "newspaper", "source_name", "journal",
        "source",
    ),
    "title": (
        "headline", "article_title", "news_title", "page_title", "heading", "titre", "titulo", "título", "titolo",
        "titel",
    ),
    "published": (
        "date_publish",  # news-please
        "publish_date",  # newspaper, Media Cloud
        "date_published", "datepublished", "published_at", "publishedat", "published_date", "published_time",
        "article:published_time", "publication_date", "publicationdate", "pub_date", "pubdate",
        "webpublicationdate",  # The Guardian
        "datetimepub",  # Event Registry
        "date_publication", "date_de_publication", "date_parution", "fecha", "datum",
        "date",
    ),
    "lang": (
        "language", "lang_code", "language_code",
        "meta_lang",  # newspaper
        "langue", "idioma", "sprache", "lingua",
    ),
}  # fmt: skip

# `source` may name an outlet, a crawl or a feed: the host of the url says more.
_WEAK_SITE = "source"
# What nearly all URLs are like: the parser of the standard library takes ten times as long.
_PLAIN_URL = re.compile(r"https?://(?:www\.)?+([a-z0-9-]+(?:\.[a-z0-9-]+)+)(?:[/?#]|\Z)")
_WWW = re.compile(r"www\.(\S+\.\S+)", re.IGNORECASE)
# A record without one of these is not a document; of a wrong type under its own name, it is a mistake worth telling.
_NEEDED = ("id", "text", "html")
# Names shown of a record without text: enough to see which one --text-field should name.
_NAMES_SHOWN = 8
_NAME_SHOWN_LENGTH = 40


def aliases() -> dict[str, tuple[str, ...]]:
    """Return the table of field names: each field of a document, and the names that are read as it, in order."""
    return dict(ALIASES)


@dataclass(frozen=True)
class FieldMap:
    """Names that hold the fields of a document, where the caller says so; the table of aliases tells the others.

    An override holds alone: a record without that field has none of it.
    """

    id: str | None = None
    text: str | None = None
    html: str | None = None
    url: str | None = None
    site: str | None = None
    title: str | None = None
    published: str | None = None
    lang: str | None = None

    def finds_text(self, names: tuple[str, ...]) -> bool:
        """Tell whether records with these fields can have a text or a page."""
        plan = _plan(self, names)
        return bool(plan["text"] or plan["html"])

    def document(self, record: dict[str, Any], where: str) -> Document | BadRecord:
        """Make a document of a record's fields.

        Null and empty values, NaN and NaT count as absent; but where a text is there and empty, and nothing else holds
        one, the document is an empty one. NUL characters, which HTML forbids and C programs stop at, become U+FFFD, so
        that lengths stay. A missing id becomes `where`, a missing site the host of the url.
        """
        taken: dict[str, str] = {}
        used: dict[str, str] = {}
        for field, names in _held(self, tuple(record)):
            for name in names:
                value = record[name]
                if _is_absent(value):
                    continue
                if (made := _converted(field, value)) is not None:
                    taken[field], used[field] = made, name
                    break
                if field in _NEEDED and name == (getattr(self, field) or field):
                    return BadRecord(where, f"field '{_short(name)}' is {_kind(value)}, not a string")
        if "text" not in taken and "html" not in taken:
            empty = self._empty_text(record)
            if empty is None:
                return BadRecord(where, _no_text(record, self))
            taken["text"], used["text"] = "", empty
        self._settle_site(taken, used)
        names_used = {*used.values()}
        extra = {name: value for name, value in record.items() if name not in names_used}
        taken.setdefault("id", where)
        return Document(**taken, extra=extra, where=where)

    def _empty_text(self, record: dict[str, Any]) -> str | None:
        plan = _plan(self, tuple(record))
        return next((name for name in (*plan["text"], *plan["html"]) if record[name] == ""), None)

    def _settle_site(self, taken: dict[str, str], used: dict[str, str]) -> None:
        weak = self.site is None and used.get("site", _WEAK_SITE).lower() == _WEAK_SITE
        if weak and (host := host_of(taken.get("url"))):
            taken["site"] = host
            used.pop("site", None)


def document_of(source: Mapping[str, Any], fields: FieldMap, where: str) -> Document:
    """Make a document of a mapping that a caller holds.

    Raises
    ------
    UsageError
        It has neither text nor html, one of a wrong type, or text that is no Unicode (lone surrogates).
    """
    hint = "Give a mapping from field names to values, with text or html"
    if not all(isinstance(name, str) for name in source):
        raise UsageError("field name that is not a string", where=where, hint=hint)
    made = fields.document(dict(source), where)
    if isinstance(made, BadRecord):
        raise UsageError(made.reason, where=where, hint=hint)
    try:
        "".join(value for name in NAMES if (value := getattr(made, name))).encode()
    except UnicodeEncodeError as error:
        raise UsageError("text with lone surrogates", where=where, hint="Decode it with errors='replace'") from error
    return made


NAMES = tuple(field.name for field in fields(FieldMap))
"""The fields of a document that have a meaning, in the order of output."""


def host_of(url: str | None) -> str | None:
    """Return the host of a URL in lower case, without a leading `www.`; None where there is none."""
    if url is None:
        return None
    if plain := _PLAIN_URL.match(url):
        return plain[1]
    try:
        host = urlsplit(url).hostname
    except ValueError:  # "Invalid IPv6 URL"
        return None
    return (host or "").rstrip(".").removeprefix("www.") or None


@lru_cache(maxsize=256)  # the records of one source mostly have the same fields
def _plan(overrides: FieldMap, names: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """List for each field of a document the record's fields that may hold it, the best first."""
    claimed = {name for field in NAMES if (name := getattr(overrides, field))}
    folded: dict[str, list[str]] = {}
    for name in names:
        if name not in claimed:
            folded.setdefault(name.lower(), []).append(name)
    return {field: _candidates(field, getattr(overrides, field), names, folded) for field in NAMES}


@lru_cache(maxsize=256)
def _held(overrides: FieldMap, names: tuple[str, ...]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """List the fields that a record may hold at all, with the record's names for them."""
    return tuple((field, own) for field, own in _plan(overrides, names).items() if own)


def _candidates(
    field: str, override: str | None, names: tuple[str, ...], folded: dict[str, list[str]]
) -> tuple[str, ...]:
    if override:
        return (override,) if override in names else ()
    found = [name for alias in (field, *ALIASES[field]) for name in folded.get(alias, ())]
    return tuple(sorted(found, key=lambda name: name != field))  # its own name in lower case before `Text`


def _converted(field: str, value: object) -> str | None:
    """Return the value as the field wants it; None where it is of a wrong type or, for a date, cannot be read."""
    if field == "published":
        return dates.published(value)
    if field == "id" and not isinstance(value, str):
        return _whole_number(value)
    if field in ("text", "html") and isinstance(value, bytes):  # a binary column of Parquet
        value = encoding.decode(value, markup=field == "html")
    if not isinstance(value, str):
        return None
    if field == "site" and (host := _WWW.fullmatch(value)):  # as `host_of` gives it
        value = host[1]
    return value.replace("\0", "\N{REPLACEMENT CHARACTER}")


def _is_absent(value: object) -> bool:
    """Tell null, the empty string, and what pandas has instead of null: NaN and NaT."""
    if isinstance(value, str):
        return not value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return True
    return hasattr(value, "isoformat") and value.isoformat() == "NaT"


def _whole_number(value: object) -> str | None:
    """Return an integer of any library, or a float that is one, as its digits."""
    if isinstance(value, bool):
        return None
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else None
    try:
        return str(operator.index(value))  # type: ignore[arg-type]
    except TypeError:
        return None


def _no_text(record: dict[str, Any], overrides: FieldMap) -> str:
    plan = _plan(overrides, tuple(record))
    for name in (*plan["text"], *plan["html"]):
        value = record[name]
        return f"field '{_short(name)}' is {'null' if _is_absent(value) else _kind(value)}, and no other holds text"
    names = ", ".join(_short(name) for name in list(record)[:_NAMES_SHOWN])
    more = ", …" if len(record) > _NAMES_SHOWN else ""
    return f"no text or html (its fields: {names}{more})" if record else "no text or html"


def _short(name: str) -> str:
    return name if len(name) <= _NAME_SHOWN_LENGTH else name[: _NAME_SHOWN_LENGTH - 1] + "…"


def _kind(value: object) -> str:
    kinds = {dict: "an object", list: "a list", bool: "a boolean", int: "a number", float: "a number"}
    return kinds.get(type(value), f"of type {type(value).__name__}")

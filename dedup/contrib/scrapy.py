"""A Scrapy item pipeline that cleans what is crawled and drops what is held, or was crawled, before.

    ITEM_PIPELINES = {"dedup.contrib.scrapy.DedupPipeline": 300}
    DEDUP_INDEX = "held"

| setting | |
|---|---|
| `DEDUP_INDEX` | index of `dedup index create`; without it items are only compared with those of this crawl |
| `DEDUP_ADD` | True adds what passes to that index, one by one and durably; else the index is only read |
| `DEDUP_NO_CLEAN` | True takes texts as they are |
| `DEDUP_ON_EXCERPT` | `keep` (default), `mark` or `drop` an item that is an excerpt of another, or holds one |
| `DEDUP_MIN_JACCARD`, `DEDUP_MIN_CONTAINMENT`, `DEDUP_MIN_SHARED` | what counts as a copy, as in `dedup scan` |

The fields of an item are understood as those of files are (`dedup fields`). The cleaned text goes back into the field
that held the text, or into `text` where there was only a page. An item without text or page passes as it is, and so
does one whose check fails: a crawl loses nothing by a full disk. An item without an id is known by its URL, else by a
hash of its text.

Items come one by one and are worked on in the reactor's thread, so it waits for each: for cleaning, the look-up, and
the flush to the disk that makes it durable. `dedup/seconds` of the crawl's stats is the sum of it.
"""

from __future__ import annotations

import logging
import tempfile
import time
from contextlib import ExitStack
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from dedup.clean import Cleaner
from dedup.corpus import FieldMap
from dedup.engine.local import as_it_is
from dedup.engine.rows import attributions
from dedup.errors import DedupError, MissingExtraError, UsageError
from dedup.index import Index
from dedup.records import BadRecord, Bounds, Cleaned, Document
from dedup.sketch import Packed, pack
from dedup.verdicts import Entry, Match

try:
    from itemadapter import ItemAdapter
    from scrapy.exceptions import DropItem
except ImportError as missing:
    raise MissingExtraError("scrapy", "the pipeline needs Scrapy") from missing

if TYPE_CHECKING:
    from scrapy import Spider
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

ON_EXCERPT = ("keep", "mark", "drop")
_log = logging.getLogger(__name__)


class Settings(msgspec.Struct, frozen=True):
    """What the pipeline is told."""

    index: Path | None = None
    add: bool = False
    clean: bool = True
    on_excerpt: str = "keep"
    bounds: dict[str, float | int] = {}
    """Those of `Bounds` that are set; the others are the index's."""

    @classmethod
    def of(cls, settings: BaseSettings) -> Settings:
        """Read the settings of a crawl.

        Raises
        ------
        UsageError
            One makes no sense.
        """
        index, on_excerpt = settings.get("DEDUP_INDEX"), settings.get("DEDUP_ON_EXCERPT", "keep")
        if on_excerpt not in ON_EXCERPT:
            raise UsageError(f"DEDUP_ON_EXCERPT is {on_excerpt!r}", hint=f"Give one of {', '.join(ON_EXCERPT)}")
        add = settings.getbool("DEDUP_ADD")
        if add and not index:
            raise UsageError("DEDUP_ADD is set without DEDUP_INDEX", hint="Name the index that is to hold the items")
        return cls(
            Path(index) if index else None, add, not settings.getbool("DEDUP_NO_CLEAN"), on_excerpt, _bounds(settings)
        )


class DedupPipeline:
    """The pipeline; Scrapy makes it.

    Parameters
    ----------
    crawler
        Its settings are read, and its stats counted: `dedup/duplicates`, `dedup/excerpts`, `dedup/added`,
        `dedup/failed`, `dedup/seconds`.

    Raises
    ------
    UsageError
        A setting makes no sense.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._settings = Settings.of(crawler.settings)
        self._stats: Any = crawler.stats
        self._open = ExitStack()
        self._indexes: list[Index] = []
        """What is asked, …"""
        self._own: Index
        """… and the one of them that takes in what passes."""
        self._bounds = Bounds()
        self._cleaner: Cleaner | None = None
        self._unset: set[str] = set()
        """Fields that items have no place for, as far as that was told."""

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> DedupPipeline:
        """Make the pipeline of a crawl."""
        return cls(crawler)

    def open_spider(self, spider: Spider | None = None) -> None:
        """Open the index and load classifier and kernels, so that the first item does not wait for them.

        Raises
        ------
        InputError
            There is no index, or it is damaged.
        UsageError
            Another process writes to the index, and `DEDUP_ADD` is set; or the bounds are below those of the index.
        """
        wanted = self._settings
        if wanted.index:
            held = self._open.enter_context(Index.open(wanted.index, write=wanted.add))
            self._bounds = held.bounds
            self._indexes.append(held)
        self._bounds = msgspec.structs.replace(self._bounds, **wanted.bounds)
        if not wanted.add:
            folder = self._open.enter_context(tempfile.TemporaryDirectory(prefix="dedup-crawl-"))
            self._indexes.append(self._open.enter_context(Index.create(Path(folder) / "crawl", self._bounds)))
        self._own = self._indexes[-1]
        if wanted.clean:
            self._cleaner = Cleaner.load()
        self._matches(pack([self._cleaned(Document("", text="Nothing yet.")).text]))

    def close_spider(self, spider: Spider | None = None) -> None:
        """Close the index."""
        self._open.close()

    def process_item(self, item: Any, spider: Spider | None = None) -> Any:
        """Clean an item and pass it on, unless it is a copy.

        Raises
        ------
        DropItem
            It is one; the message has the id of the other and the figures.
        """
        start = time.perf_counter()
        try:
            return self._processed(item)
        except DedupError as error:
            self._failed(str(error))
            return item
        finally:
            self._stats.inc_value("dedup/seconds", time.perf_counter() - start)

    def _processed(self, item: Any) -> Any:
        adapter = ItemAdapter(item)
        record = dict(adapter.items())
        document = FieldMap().document(record, "")
        if isinstance(document, BadRecord):
            self._failed(document.reason)
            return item
        cleaned = self._cleaned(document)
        packed = pack([cleaned.text])
        document.id = document.id or document.url or blake2b(packed.encoded(0), digest_size=16).hexdigest()
        self._judge(adapter, self._matches(packed))
        if self._cleaner:
            self._set(adapter, _field_of(record, document), cleaned.text)
        if cleaned.text:
            self._add(document, cleaned, packed)
        return item

    def _cleaned(self, document: Document) -> Cleaned:
        if self._cleaner is None:
            return as_it_is(document)
        return self._cleaner.clean(document.text, document.html, document.site)

    def _matches(self, packed: Packed) -> list[Match]:
        return [match for index in self._indexes for match in index.find(packed, bounds=self._bounds, most=1)[0]]

    def _judge(self, adapter: Any, matches: list[Match]) -> None:
        """Drop or mark an item by the best match: whole copies before excerpts."""
        for match in matches:
            if match.relation in ("exact", "near"):
                self._stats.inc_value("dedup/duplicates")
                raise DropItem(_told(match))
        for match in matches:
            if match.relation == "excerpt":
                self._stats.inc_value("dedup/excerpts")
                if self._settings.on_excerpt == "drop":
                    raise DropItem(_told(match))
                if self._settings.on_excerpt == "mark":
                    self._set(adapter, "duplicate_of", match.id)
                    self._set(adapter, "relation", match.relation)
                return

    def _add(self, document: Document, cleaned: Cleaned, packed: Packed) -> None:
        if document.id in self._own:
            self._failed(f"{document.id}: this id is held with another text")
            return
        credited = attributions([(document, cleaned)])[0].credits
        agency = credited[0].agency if credited else None
        published = document.published or cleaned.published
        self._own.add(packed, [Entry(document.id, document.site, published, agency)])
        if self._settings.add:
            self._stats.inc_value("dedup/added")

    def _set(self, adapter: Any, field: str, value: str) -> None:
        """Set a field, where an item of its kind can have it."""
        try:
            adapter[field] = value
        except KeyError:
            if field not in self._unset:
                self._unset.add(field)
                _log.warning("Items have no field '%s': declare it to have it set", field)

    def _failed(self, why: str) -> None:
        self._stats.inc_value("dedup/failed")
        _log.warning("An item passes that could not be checked or held: %s", why)


def _bounds(settings: BaseSettings) -> dict[str, float | int]:
    found: dict[str, float | int] = {}
    for name, kind in (("min_jaccard", float), ("min_containment", float), ("min_shared", int)):
        setting = f"DEDUP_{name.upper()}"
        value = settings.get(setting)
        if value is None:
            continue
        try:
            found[name] = kind(value)
        except ValueError as error:
            raise UsageError(f"{setting} is {value!r}", hint="Give a number") from error
        if not 0 < found[name] <= (1 if kind is float else 1 << 31):
            raise UsageError(f"{setting} is {value!r}", hint="Shares are above 0 and up to 1, counts at least 1")
    return found


def _field_of(record: dict[str, Any], document: Document) -> str:
    """Return the field of an item that its text was read from; `text` where it was none."""
    used = (name for name in record if name not in document.extra and name != "id")
    return next((name for name in used if document.text is not None and record[name] == document.text), "text")


def _told(match: Match) -> str:
    what = "excerpt match with" if match.relation == "excerpt" else f"{match.relation} copy of"
    return (
        f"{what} {match.id}: Jaccard {match.jaccard:.3f}, {match.containment:.0%} of it in the "
        f"other, {match.containment_held:.0%} of the other in it, {match.shared} shared shingles"
    )

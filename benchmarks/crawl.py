"""What the item pipeline for Scrapy costs a document: `python benchmarks/crawl.py [PAGES.jsonl …]`.

The pages go through `DedupPipeline` one by one, as a crawl hands them over, first with an index that is only read, then
with one that takes in what passes. Wall time, as the reactor waits for it, beside CPU time: the difference is the disk.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from scrapy.exceptions import DropItem
from scrapy.settings import Settings

import dedup
from dedup.contrib.scrapy import DedupPipeline
from dedup.index import Index


class Stats(Counter):
    def inc_value(self, name, count=1):
        self[name] += count


def measure(documents: list[dedup.Document], **settings: object) -> None:
    stats = Stats()
    pipeline = DedupPipeline.from_crawler(SimpleNamespace(settings=Settings(settings), stats=stats))
    pipeline.open_spider()
    waits, cpu = [], time.process_time()
    for document in documents:
        item = {"id": document.id, "url": document.url, "html": document.html, "text": document.text}
        start = time.perf_counter()
        with suppress(DropItem):
            pipeline.process_item(item)
        waits.append(1000 * (time.perf_counter() - start))
    cpu = 1000 * (time.process_time() - cpu) / len(documents)
    pipeline.close_spider()
    p50, p99 = np.percentile(waits, (50, 99))
    how = "added" if "DEDUP_ADD" in settings else "read only"
    print(
        f"{how}: {len(waits)} items, wall p50 {p50:.1f} ms, p99 {p99:.1f} ms, CPU {cpu:.1f} ms an item; {dict(stats)}"
    )


def main() -> None:
    documents = list(dedup.read(*(sys.argv[1:] or ["fixtures/newsroom"])))
    with tempfile.TemporaryDirectory() as folder:
        for name, add in (("read", {}), ("added", {"DEDUP_ADD": True})):
            Index.create(Path(folder) / name).close()
            measure(documents, DEDUP_INDEX=str(Path(folder) / name), **add)


if __name__ == "__main__":
    main()

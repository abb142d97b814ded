"""What sites repeat, learned from the same sample of pages as on one machine (`clean.sites`)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pyspark.sql import Window
from pyspark.sql import functions as f

from dedup.clean.sites import FEWEST_PAGES, PAGES_IN_ALL, SiteLines
from dedup.clean.templates import PAGES_A_SITE, Templates

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from dedup.engine.spark.tables import Tables


def learn(tables: Tables, documents: DataFrame) -> Templates:
    """Learn the lines that sites repeat.

    Of each site the pages with the smallest keys are taken, as many as leave no more than `PAGES_IN_ALL` together;
    these come to the driver, some 80 MB of hashes where they are as many as may be.
    """

    def sample() -> DataFrame:
        pages = documents.where(f.col("key").isNotNull())
        first = pages.groupBy("site", "key").agg(f.min_by("page", f.struct("part", "place")).alias("page"))
        by_key = Window.partitionBy("site").orderBy("key")
        ranked = first.withColumn("rank", f.row_number().over(by_key))
        return ranked.where(f.col("rank") <= PAGES_A_SITE)

    kept = tables.keep("pages of sites", sample)
    most = tables.note("pages a site", lambda: {"most": _most(kept)})["most"]
    lines = SiteLines()
    for row in kept.where(f.col("rank") <= most).toLocalIterator():
        lines.put(row["site"], bytes(row["key"]), bytes(row["page"]))
    return lines.learned()


def _most(kept: DataFrame) -> int:
    """Return how many pages of each site there is room for; where these are too many, `SiteLines` leaves sites out."""
    by_rank = {row["rank"]: row["count"] for row in kept.groupBy("rank").count().collect()}
    most = PAGES_A_SITE
    while most > FEWEST_PAGES and sum(n for rank, n in by_rank.items() if rank <= most) > PAGES_IN_ALL:
        most //= 2
    return most

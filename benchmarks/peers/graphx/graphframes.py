"""The one call that text-dedup's Spark script makes of GraphFrames, by the GraphX that PySpark brings.

GraphFrames has a jar that only Maven Central holds. This stands in for it: what `GraphFrame.connectedComponents` does
with `algorithm="graphx"`; a component's name is its smallest id. GraphX reads edges from a file, so they go through
one. What it takes is printed, so that it can be taken off.
"""

import tempfile
import time
from pathlib import Path

from pyspark.sql import functions as F  # noqa: N812

PARTITIONS = 4


class GraphFrame:
    def __init__(self, vertices, edges):
        self.edges = edges

    def connectedComponents(self):  # noqa: N802
        began = time.perf_counter()
        spark = self.edges.sparkSession
        context = spark.sparkContext
        folder = Path(tempfile.mkdtemp())
        pairs, found = str(folder / "edges"), str(folder / "components")
        self.edges.coalesce(PARTITIONS).select(F.concat_ws(" ", "src", "dst")).write.text(pairs)
        jvm = context._jvm.org.apache.spark
        level = jvm.storage.StorageLevel.MEMORY_ONLY()
        graph = jvm.graphx.GraphLoader.edgeListFile(context._jsc.sc(), pairs, False, PARTITIONS, level, level)
        graph.ops().connectedComponents().vertices().saveAsTextFile(found)
        ends = F.split(F.translate("value", "()", ""), ",")
        rows = spark.read.text(found).select(ends[0].cast("long").alias("id"), ends[1].cast("long").alias("component"))
        print(f"components {time.perf_counter() - began}", flush=True)
        return rows

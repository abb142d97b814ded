"""The persistent index that new batches are checked against."""

from dedup.index.index import Index, IndexStats, Row

__all__ = ["Index", "IndexStats", "Row"]

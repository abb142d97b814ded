"""The persistent index that new batches are checked against."""

from dedup.index.index import Index

__all__ = ["Index"]

"""Pairs to clusters in which each member matches the head directly."""

from dedup.cluster.heads import cluster_id, head_linked
from dedup.cluster.priority import priority, published_instant

__all__ = ["cluster_id", "head_linked", "priority", "published_instant"]

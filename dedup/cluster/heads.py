"""Clusters that cannot chain: each member matches the cluster's head directly.

Connected components chain: A with B by one paragraph, B with C by another, and so on through template text to a
cluster of everything. Here documents are taken by rank; one that is still free becomes a head and takes all its free
neighbours ("star" clustering: Aslam, Pelekhov, Rus 2004, "The star clustering algorithm", section 3, with the rank in
the place of the degree). One pass over the pairs; the outcome depends on rank and pairs only, not on their order.

A member may match several heads; it goes to the one of the best rank. With the earliest first, a short flash heads the
long story that was written around it: each matches it directly, which is what a cluster promises.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from dedup._jit import jit

I64 = NDArray[np.int64]


@jit
def take_neighbours(order: I64, offsets: I64, neighbours: I64, head: I64) -> None:
    """Write the head of each node, -1 before; `neighbours` of node `n` stand from ``offsets[n]`` on."""
    for node in order:
        if head[node] < 0:
            head[node] = node
            for k in range(offsets[node], offsets[node + 1]):
                if head[neighbours[k]] < 0:
                    head[neighbours[k]] = node


def head_linked(n_documents: int, a: I64, b: I64, rank: I64, same: I64 | None = None) -> I64:
    """Cluster documents around heads.

    Parameters
    ----------
    n_documents
        Documents in all.
    a, b
        Pairs that bind, in any order: `exact`, `near` and `excerpt`; a `passage` leaves most of both texts apart.
    rank
        Shape (n_documents,): distinct; the lowest is taken first (`priority`).
    same
        Shape (n_documents,): equal for documents with the same tokens (`PairTable.same`). They match whatever one of
        them matches, also where the pairs do not list it. None where all pairs are listed.

    Returns
    -------
    NDArray[np.int64]
        The head of each document; a head's, and that of a document alone, is itself.
    """
    same = np.arange(n_documents) if same is None else same
    leaders = _leaders(same, rank)
    one, other = leaders[a], leaders[b]
    offsets, neighbours = _adjacency(n_documents, one, other)
    head = np.full(n_documents, -1, np.int64)
    take_neighbours(np.argsort(rank), offsets, neighbours, head)
    return head[leaders]


def _leaders(same: I64, rank: I64) -> I64:
    """Return for each document the one of the best rank among those with the same tokens."""
    order = np.argsort(rank)
    leader = np.empty(len(same), np.int64)
    leader[same[order[::-1]]] = order[::-1]  # the last one written stays
    return leader[same]


def _adjacency(n_documents: int, a: I64, b: I64) -> tuple[I64, I64]:
    """Return the neighbours of all documents one after the other, and where each one's start."""
    counts = np.bincount(a, minlength=n_documents) + np.bincount(b, minlength=n_documents)
    offsets = np.concatenate([np.zeros(1, np.int64), np.cumsum(counts)])
    neighbours = np.empty(2 * len(a), np.int64)
    write_neighbours(a, b, offsets[:-1].copy(), neighbours)
    return offsets, neighbours


@jit
def write_neighbours(a: I64, b: I64, places: I64, neighbours: I64) -> None:
    """Write the two of each pair among each other's neighbours, from the places of the documents on."""
    for pair in range(len(a)):
        for one, other in ((a[pair], b[pair]), (b[pair], a[pair])):  # of a document with itself both are written
            neighbours[places[one]] = other
            places[one] += 1


def cluster_id(head: str) -> str:
    """Return a cluster's id: it depends on the head's id only, not on what else is in the corpus.

    48 bits: among a million clusters two share an id with a chance of 0.2 %.
    """
    return "c" + blake2b(head.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()

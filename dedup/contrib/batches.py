"""Functions from columns to columns: what `datasets.Dataset.map(batched=True)` and its likes call for each batch.

They are plain functions of a module, so that they can be sent to other processes (`num_proc=…`), where each process
loads the classifier once. Columns of documents are understood as the fields of files are (`dedup fields`).

`sketch_batch`, `pair_batch` and `verify_batch` are the stages of a scan for those who have a scheduler of their own,
which groups by key between them (docs/schedulers.md).

What a batch costs is cleaning, some 3 ms a page; loading takes a second, compiling the kernels some 20, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dedup.clean import Cleaner
from dedup.corpus import FieldMap
from dedup.engine.local import as_it_is
from dedup.records import BINDING, RELATIONS, Bounds, Document, Favor, Label
from dedup.verdicts import Match

FULL = 64
"""Documents with a common key that are all paired with each other: `match.postings.RARE`, for the same reason."""


def clean_batch(
    batch: Mapping[str, Sequence[Any]], *, favor: Favor = "balanced", keep_labels: Collection[Label] = ()
) -> dict[str, list[str | None]]:
    """Strip the furniture from the documents of a batch.

    Parameters
    ----------
    batch
        Columns of equal length, with text or HTML in one of them.
    favor, keep_labels
        As in `dedup.clean`.

    Returns
    -------
    dict
        One column, `text`: the body of each document, one block a line; None for a row that is no document.

    Examples
    --------
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> page = f"<nav><a href='/'>Home</a></nav><article><p>{story}</p></article>"
    >>> clean_batch({"url": ["https://gazette.example/1", "https://gazette.example/2"], "html": [page, None]})["text"]
    ['The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said.', None]
    """
    documents = list(_documents(batch))
    texts = iter(_texts([document for document in documents if document], favor, tuple(keep_labels)))
    return {"text": [next(texts) if document else None for document in documents]}


def match_batch(
    batch: Mapping[str, Sequence[Any]],
    *,
    index: str | Path,
    clean: bool = True,
    bounds: Bounds | None = None,
    favor: Favor = "balanced",
) -> dict[str, list[str | None]]:
    """Say of each document of a batch which held document it copies.

    Parameters
    ----------
    batch
        Columns of equal length, with text or HTML in one of them. A document with an `id` does not match itself.
    index
        Of `dedup index create`; opened for each batch, so that what was added since is seen.
    clean
        False takes texts as they are, as those that `clean_batch` made.
    bounds
        What counts as a copy; None for the index's own.
    favor
        As in `dedup.clean`.

    Returns
    -------
    dict
        Two columns: `duplicate_of`, the id of the best match, and its `relation` (exact, near or excerpt); None where
        there is none, and for a row that is no document.

    Raises
    ------
    InputError
        There is no index, or it is damaged.
    UsageError
        The bounds are below those of the index.
    """
    from dedup.index import Index
    from dedup.sketch import pack

    documents = list(_documents(batch))
    known = [document for document in documents if document]
    texts = _texts(known, favor, ()) if clean else [as_it_is(document).text for document in known]
    with Index.open(Path(index)) as held:
        found = held.find(pack(texts), bounds=bounds)
    best = iter([_best(document.id, matches) for document, matches in zip(known, found, strict=True)])
    rows = [next(best) if document else None for document in documents]
    return {
        "duplicate_of": [row.id if row else None for row in rows],
        "relation": [row.relation if row else None for row in rows],
    }


def sketch_batch(texts: Sequence[str | None], *, bounds: Bounds | None = None) -> dict[str, Any]:
    """Sketch the texts of a batch.

    Parameters
    ----------
    texts
        As `clean_batch` makes them; None, and a text without a word, matches nothing.
    bounds
        What counts as a copy: the bands depend on `min_jaccard`.

    Returns
    -------
    dict
        Three columns of a row for each text: `keys`, fingerprints and keys of LSH bands, of which copies have some in
        common; `shingles`, hashes of the distinct ones, both as arrays of uint64; `digest`, a hash of all tokens.

    Examples
    --------
    >>> sketches = sketch_batch(["A barge hit the bridge on Monday.", "A barge hit the bridge, on Monday!", None])
    >>> [len(row) for row in sketches["shingles"]], len(set(sketches["digest"].tolist()))
    ([3, 3, 0], 2)
    """
    from dedup.match.bands import band_keys, parameters
    from dedup.sketch import PERMUTATIONS, pack, sketch

    sketches = sketch(pack(text or "" for text in texts), workers=1)
    bands = band_keys(sketches.signatures, *parameters((bounds or Bounds()).min_jaccard, PERMUTATIONS))
    prints = _rows(sketches.fingerprints, np.diff(sketches.offsets))
    words = sketches.n_tokens > 0
    keys = [np.append(own, row) if some else own for own, row, some in zip(prints, bands, words, strict=True)]
    return {"keys": keys, "shingles": _rows(sketches.shingles, sketches.n_shingles), "digest": sketches.digests}


def pair_batch(batch: Mapping[str, Any]) -> dict[str, NDArray[Any]]:
    """Pair the documents of a batch that have keys in common.

    Parameters
    ----------
    batch
        Columns `key` and `id`, a row for each key of each document. All rows of a key must be in one batch: what a
        scheduler gives after grouping by `key`.

    Returns
    -------
    dict
        Columns `a`, `b` and `common`: each pair once, `a` below `b`, and how many keys of the batch both have. Where
        more than `FULL` documents have a key, each is paired with the first of them only.

    Examples
    --------
    >>> pairs = pair_batch({"key": [7, 9, 7, 9, 8, 7], "id": ["x", "x", "y", "y", "y", "z"]})
    >>> [(str(a), str(b), int(n)) for a, b, n in zip(*pairs.values(), strict=True)]
    [('x', 'y', 2), ('x', 'z', 1), ('y', 'z', 1)]
    """
    ids, document = np.unique(np.asarray(batch["id"]), return_inverse=True)
    keys = np.asarray(batch["key"], np.uint64)
    order = np.lexsort((document, keys))
    keys, document = keys[order], document[order]
    starts = np.flatnonzero(np.append(True, keys[1:] != keys[:-1])[: len(keys)])
    sizes = np.diff(np.append(starts, len(keys)))
    place, size = np.arange(len(keys)) - np.repeat(starts, sizes), np.repeat(sizes, sizes)
    partners = np.where((size <= FULL) | (place == 0), size - 1 - place, 0)  # those that stand behind it
    a = np.repeat(np.arange(len(keys)), partners)
    b = a + 1 + np.arange(len(a)) - np.repeat(np.cumsum(partners) - partners, partners)
    pairs, common = np.unique(document[a] << 32 | document[b], return_counts=True)
    return {"a": ids[pairs >> 32], "b": ids[pairs & 0xFFFFFFFF], "common": common}


def verify_batch(batch: Mapping[str, Sequence[Any]], *, bounds: Bounds | None = None) -> dict[str, NDArray[Any]]:
    """Give the pairs of a batch their exact figures.

    Parameters
    ----------
    batch
        Columns `shingles_a`, `shingles_b`, `digest_a` and `digest_b`, as `sketch_batch` made them, a row for each pair.
    bounds
        What counts as a copy; None for those of a scan.

    Returns
    -------
    dict
        A row for each pair: `relation` (exact, near, excerpt or passage; None where the two are no copies), `jaccard`,
        `containment_a`, `containment_b` and `shared`, the number of distinct shingles that both have.

    Examples
    --------
    >>> sketches = sketch_batch(["A barge hit the bridge on Monday.", "On Friday a barge hit the bridge on Monday."])
    >>> columns = {f"{name}_{x}": [sketches[name][i]] for name in ("shingles", "digest") for i, x in enumerate("ab")}
    >>> figures = verify_batch(columns)
    >>> figures["shared"].tolist(), figures["containment_a"].tolist(), figures["relation"].tolist()
    ([3], [1.0], [None])
    """
    from dedup.match import Floor, PairTable, relate
    from dedup.match.verify import verify

    n = len(batch["shingles_a"])
    sets = [np.asarray(row, np.uint64) for name in ("shingles_a", "shingles_b") for row in batch[name]]
    sizes = np.array([len(row) for row in sets], np.int64)
    a, b, offsets = np.arange(n), np.arange(n, 2 * n), np.append(0, np.cumsum(sizes))
    shared = verify(np.concatenate([np.empty(0, np.uint64), *sets]), offsets, a, b, workers=1).astype(np.int64)
    exact = np.asarray(batch["digest_a"], np.uint64) == np.asarray(batch["digest_b"], np.uint64)
    table = PairTable(a, b, shared, sizes[:n], sizes[n:], exact, np.zeros(n, bool), np.arange(2 * n), Floor())
    return {
        "relation": np.array([None, *RELATIONS], object)[relate(table, bounds or Bounds())],
        "jaccard": table.jaccard,
        "containment_a": table.containment_a,
        "containment_b": table.containment_b,
        "shared": shared,
    }


def _rows(values: NDArray[Any], sizes: NDArray[np.int64]) -> list[NDArray[Any]]:
    return np.split(values, np.cumsum(sizes))[:-1]


def _best(id: str, matches: list[Match]) -> Match | None:
    return next((match for match in matches if match.relation in BINDING and match.id != id), None)


def _documents(batch: Mapping[str, Sequence[Any]]) -> Iterator[Document | None]:
    fields, names = FieldMap(), list(batch)
    for values in zip(*batch.values(), strict=True):
        made = fields.document(dict(zip(names, values, strict=True)), "")
        yield made if isinstance(made, Document) else None


def _texts(documents: list[Document], favor: Favor, keep_labels: tuple[Label, ...]) -> list[str]:
    cleaner = _cleaner(favor, keep_labels)
    items = [(document.text, document.html) for document in documents]
    return [cleaned.text for cleaned in cleaner.clean_many(items, [document.site for document in documents])]


@lru_cache(4)
def _cleaner(favor: Favor, keep_labels: tuple[Label, ...]) -> Cleaner:
    return Cleaner.load(favor=favor, keep_labels=keep_labels)

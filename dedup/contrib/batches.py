"""Functions from columns to columns: what `datasets.Dataset.map(batched=True)` and its likes call for each batch.

They are plain functions of a module, so that they can be sent to other processes (`num_proc=…`), where each process
loads the classifier once. Columns are understood as the fields of files are (`dedup fields`).

What a batch costs is cleaning, some 3 ms a page; loading takes a second, compiling the kernels some 20, once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from dedup.clean import Cleaner
from dedup.corpus import FieldMap
from dedup.engine.local import as_it_is
from dedup.records import BINDING, Bounds, Document, Favor, Label
from dedup.verdicts import Match


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

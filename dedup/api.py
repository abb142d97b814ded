"""The verbs of `import dedup`: iterables in, records out.

They take documents as `Document` records or as plain mappings (a row of JSON or of a data frame), whose field names
are understood as on the command line (`dedup fields`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dedup.errors import UsageError
from dedup.records import BINDING, Bounds, Cleaned, Document, Favor, Keep, Label, Relation

if TYPE_CHECKING:
    from dedup.engine.progress import Progress
    from dedup.engine.result import ScanResult

Source = Document | Mapping[str, Any]


def clean(
    documents: Iterable[Source],
    *,
    favor: Favor = "balanced",
    keep_labels: Collection[Label] = (),
    workers: int = 1,
    model: Path | None = None,
    sites: Path | None = None,
) -> Iterator[Cleaned]:
    """Strip the furniture from pages and texts.

    Parameters
    ----------
    documents
        Records or mappings with `html` or `text`; a mapping without `id` is numbered from 1.
    favor
        precision keeps less furniture, recall loses less body.
    keep_labels
        What goes into the text beside the body, at its place: comments, caption, or other labels of blocks.
    workers
        Processes to use. More than one needs the usual `if __name__ == "__main__":` in a script.
    model
        Classifier file; None for the one that dedup ships.
    sites
        What is known of sites, a file of `dedup clean --learn-sites`: lines that a site repeats are furniture.

    Yields
    ------
    Cleaned
        For each document, in order: its `text` (the body, one block a line), all its `blocks` with their labels, and
        `title`, `byline` and `published` where the document shows or states them.

    Raises
    ------
    UsageError
        A document has neither text nor page, or is no document; an option makes no sense.
    ModelError
        The classifier file is damaged or of another version.
    InputError
        The file of sites is missing, damaged or of another version.

    Examples
    --------
    >>> import dedup
    >>> page = "<nav><a href='/'>Home</a></nav><article><p>The bridge over the Orne was closed on Monday after a barge"
    >>> page += " hit one of its pillars, the port authority said.</p></article>"
    >>> [cleaned] = dedup.clean([{"id": "1", "html": page}])
    >>> cleaned.text
    'The bridge over the Orne was closed on Monday after a barge hit one of its pillars, the port authority said.'
    """
    from dedup.engine.cleaning import clean_documents
    from dedup.engine.options import CleanOptions

    options = CleanOptions(model, sites, favor, keep_labels)
    for _, cleaned in clean_documents(as_documents(documents), options, workers=workers):
        yield cleaned


def scan(
    documents: Iterable[Source],
    *,
    clean: bool = True,
    min_jaccard: float = 0.7,
    min_containment: float = 0.5,
    min_shared: int = 15,
    keep: Keep = "earliest",
    cluster_on: Collection[Relation] = BINDING,
    passages: bool = True,
    favor: Favor = "balanced",
    keep_labels: Collection[Label] = (),
    workers: int = 1,
    memory: int = 1 << 31,
    model: Path | None = None,
    sites: Path | None = None,
    progress: Progress | None = None,
) -> ScanResult:
    """Find who copied what.

    Parameters
    ----------
    documents
        Records or mappings with `html` or `text`, each with an `id` of its own; a mapping without one is numbered.
        `dedup.read` gives those of files.
    clean
        False takes texts as they are.
    min_jaccard, min_containment, min_shared
        What counts as a copy; see `Bounds`.
    keep
        Which copy heads a cluster: earliest, longest, agency (one that credits an agency), or first in the input.
    cluster_on
        Relations that bind a document to a cluster's head; exact always does.
    passages
        False leaves out of each pair what the two share: much faster where there are millions.
    favor, keep_labels
        As in `clean`.
    workers
        Processes and threads to use. More than one needs the usual `if __name__ == "__main__":` in a script.
    memory
        Bytes for the buffers of a stage, beside some hundred a document; the result does not depend on them.
    model
        Classifier file; None for the one that dedup ships.
    sites
        What is known of sites, a file of `dedup clean --learn-sites`.
    progress
        Told how far the work is.

    Returns
    -------
    ScanResult
        With `pairs()`, `clusters()`, `documents()`, `summary()`, and `rethreshold(...)` for other bounds.

    Raises
    ------
    UsageError
        An id stands twice, an option makes no sense, or an input is no document.

    Examples
    --------
    >>> import dedup
    >>> story = "The bridge over the Orne was closed on Monday after a barge hit one of its pillars, police said."
    >>> result = dedup.scan([{"id": "a", "text": story}, {"id": "b", "text": "By Ann. " + story}], clean=False)
    >>> [pair] = result.pairs()
    >>> pair.relation, pair.shared, round(pair.jaccard, 3)
    ('near', 15, 0.882)
    >>> list(result.rethreshold(min_jaccard=0.95, min_shared=20).pairs())
    []
    """
    from dedup.engine.local import scan as run
    from dedup.engine.options import CleanOptions, ScanOptions

    bounds = Bounds(min_jaccard, min_containment, min_shared)
    cleaning = CleanOptions(model, sites, favor, keep_labels)
    options = ScanOptions(
        clean=clean,
        bounds=bounds,
        keep=keep,
        cluster_on=cluster_on,
        passages=passages,
        workers=workers,
        memory=memory,
        cleaning=cleaning,
    )
    return run(as_documents(documents), options, progress)


def read(*inputs: str | Path, strict: bool = False) -> Iterator[Document]:
    """Read the documents of files, folders and globs.

    Parameters
    ----------
    inputs
        As on the command line: JSONL, CSV/TSV, HTML, text, Parquet, WARC/WET, also compressed.
    strict
        True stops at the first bad record; False skips it with a warning.

    Raises
    ------
    InputError
        An input is missing or cannot be read.
    RecordError
        A record is bad, where `strict` is set.

    Examples
    --------
    >>> import dedup
    >>> len(list(dedup.read("fixtures/newsroom"))) > 100
    True
    """
    import warnings

    from dedup import corpus

    return corpus.read(
        inputs, strict=strict, on_bad=lambda bad: warnings.warn(f"skipped {bad.where}: {bad.reason}", stacklevel=2)
    )


def as_documents(sources: Iterable[object]) -> Iterator[Document]:
    """Make documents of mappings; documents stay what they are.

    Raises
    ------
    UsageError
        One is neither, has neither text nor page, or a field of a wrong type; it is named by its id or number.
    """
    from dedup import corpus

    if isinstance(sources, str | bytes | Mapping | Document) or not isinstance(sources, Iterable):
        raise UsageError(f"one {type(sources).__name__} stands where a list of documents is expected", hint="Write [x]")
    fields = corpus.FieldMap()
    for number, source in enumerate(sources, 1):
        if isinstance(source, Document):
            _check_document(source, f"document {number}")
            yield source
        elif isinstance(source, Mapping):
            yield corpus.document_of(source, fields, str(source.get("id") or number))
        else:
            hint = "Give a dedup.Document or a mapping with id and text or html"
            raise UsageError(f"a {type(source).__name__} is no document", where=f"document {number}", hint=hint)


def _check_document(document: Document, where: str) -> None:
    """Raise UsageError for what the type checker of a caller would have found, and for text that is no Unicode."""
    from dedup.corpus.fields import NAMES

    values: dict[str, object] = {name: getattr(document, name) for name in NAMES}
    for name, value in values.items():
        if not isinstance(value, str) and (value is not None or name == "id"):
            raise UsageError(f"{name} is a {type(value).__name__}", where=where, hint="Give a string")
    if document.text is None and document.html is None:
        raise UsageError("neither text nor html", where=document.id, hint="Give one of them")
    try:
        "".join(value for value in values.values() if isinstance(value, str)).encode()
    except UnicodeEncodeError as error:
        raise UsageError("text with lone surrogates", where=where, hint="Decode it with errors='replace'") from error

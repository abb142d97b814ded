"""Clusters and outlets as tables, in CSV and Parquet.

CSV is what RFC 4180 says, in UTF-8: commas, CRLF, quotes where a cell needs them. A spreadsheet takes a cell that
begins with ``=``, ``+``, ``-`` or ``@`` for a formula, also behind a tab or a line break, and a formula can send away
what stands in the others; so such a text gets a leading apostrophe (OWASP, CSV Injection). Control characters, which
RFC 4180 has no place for, become U+FFFD. Parquet holds all texts as they are, but for lone surrogates.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import msgspec

from dedup.errors import MissingExtraError
from dedup.records import Cluster, DocumentRow, Grounds, Member, ReportData
from dedup.report.interface import Cell, Kind, Table

CLUSTER_COLUMNS: dict[str, Kind] = {
    "cluster_id": "text",
    "size": "whole",
    "head": "text",
    "id": "text",
    "relation": "text",
    "jaccard": "number",
    "containment": "number",
    "containment_head": "number",
    "shared": "whole",
    "site": "text",
    "published": "text",
    "delay_hours": "number",
    "source": "text",
    "source_confidence": "text",
    "agency": "text",
    "agency_confidence": "text",
    "origin": "text",
    "origin_confidence": "text",
    "first_published": "text",
    "spread_hours": "number",
    "credits": "names",
    "title": "text",
    "url": "text",
}
OUTLET_COLUMNS: dict[str, Kind] = {
    "site": "text",
    "documents": "whole",
    "original": "whole",
    "agency": "whole",
    "copied": "whole",
    "share_original": "number",
    "share_agency": "number",
    "share_copied": "number",
    "median_delay_hours": "number",
    "agencies": "counts",
    "copied_from": "counts",
}
# Rows encoded at a time: some megabytes.
_ROWS = 4096
# What a spreadsheet reads as the beginning of a formula; the wide forms are typed in Chinese and Japanese.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
_CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def cluster_table(data: ReportData) -> Table:
    """Make a row for each member of each cluster, the head first.

    Parameters
    ----------
    data
        The rows of a scan; texts and pairs are not read.
    """
    clustered = {member.id for cluster in data.clusters for member in cluster.members}
    rows = {row.id: row for row in data.documents if row.id in clustered} if clustered else {}
    return Table(CLUSTER_COLUMNS, _members(data.clusters, rows))


def outlet_table(data: ReportData) -> Table:
    """Make a row for each outlet.

    Parameters
    ----------
    data
        The rows of a scan; of it only `outlets` is read.
    """
    return Table(OUTLET_COLUMNS, _outlets(data))


def write_csv(table: Table) -> Iterator[bytes]:
    """Write a table as CSV; lists are joined with semicolons, mappings are JSON. See `interface.TableExport`."""
    rows = iter(table.rows)
    yield _encoded([tuple(table.columns)])
    while some := list(islice(rows, _ROWS)):
        yield _encoded([tuple(map(_text, row)) for row in some])


def write_parquet(table: Table) -> Iterator[bytes]:
    """Write a table as Parquet. See `interface.TableExport`."""
    made = to_arrow(table)
    from pyarrow import parquet

    file = io.BytesIO()
    parquet.write_table(made, file)
    yield file.getvalue()


def to_arrow(table: Table) -> Any:
    """Make a `pyarrow.Table` of a table.

    Raises
    ------
    MissingExtraError
        pyarrow is not installed.
    """
    try:
        import pyarrow
    except ImportError as error:
        raise MissingExtraError("parquet", "writing Parquet needs pyarrow") from error
    kinds = {
        "text": pyarrow.string(),
        "whole": pyarrow.int64(),
        "number": pyarrow.float64(),
        "names": pyarrow.list_(pyarrow.string()),
        "counts": pyarrow.map_(pyarrow.string(), pyarrow.int64()),
    }
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in table.columns.items()])
    rows, batches = iter(table.rows), []
    while some := list(islice(rows, _ROWS)):
        cells = zip(*(map(_encodable, row) for row in some), strict=True)
        columns = [pyarrow.array(column, field.type) for column, field in zip(cells, schema, strict=True)]
        batches.append(pyarrow.record_batch(columns, schema=schema))
    return pyarrow.Table.from_batches(batches, schema)


def _members(clusters: Iterable[Cluster], rows: dict[str, DocumentRow]) -> Iterator[tuple[Cell, ...]]:
    for cluster in clusters:
        for member in cluster.members:
            yield _member(cluster, member, rows.get(member.id))


def _member(cluster: Cluster, member: Member, row: DocumentRow | None) -> tuple[Cell, ...]:
    return (
        cluster.cluster_id,
        cluster.size,
        cluster.head,
        member.id,
        member.relation,
        member.jaccard,
        member.containment,
        member.containment_head,
        member.shared,
        member.site,
        member.published,
        member.delay_hours,
        member.source,
        _confidence(member.source_grounds),
        cluster.agency,
        _confidence(cluster.agency_grounds),
        cluster.origin,
        _confidence(cluster.origin_grounds),
        cluster.first_published,
        cluster.spread_hours,
        _credited(row),
        row.title if row else None,
        row.url if row else None,
    )


def _confidence(grounds: Grounds | None) -> str | None:
    return grounds.confidence if grounds else None


def _credited(row: DocumentRow | None) -> list[str]:
    """Name the agencies that a document credits, each once; of a scan of an older version its only one."""
    if row is None:
        return []
    names = [credit.agency for credit in row.credits] or ([row.agency] if row.agency else [])
    return list(dict.fromkeys(names))


def _outlets(data: ReportData) -> Iterator[tuple[Cell, ...]]:
    for outlet in data.outlets:
        counts = (outlet.original, outlet.agency, outlet.copied)
        shares = (count / outlet.documents if outlet.documents else None for count in counts)
        delay = outlet.median_delay_hours
        yield (outlet.site, outlet.documents, *counts, *shares, delay, outlet.agencies, outlet.copied_from)


def _encoded(rows: Iterable[tuple[object, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)  # the default dialect is RFC 4180's
    return text.getvalue().encode("utf-8")


def _text(cell: Cell) -> Cell:
    """Write a cell as CSV has it."""
    if isinstance(cell, list):
        cell = "; ".join(cell)
    elif isinstance(cell, dict):
        cell = msgspec.json.encode(dict(_encodable(cell))).decode() if cell else ""
    if not isinstance(cell, str):
        return cell
    cell = _CONTROLS.sub("\ufffd", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _encodable(cell: Cell) -> Any:
    """Replace lone surrogates, which UTF-8 has no form for; give a mapping as pairs, as Arrow wants it."""
    if isinstance(cell, str):
        return _SURROGATES.sub("\ufffd", cell)
    if isinstance(cell, list):
        return [_SURROGATES.sub("\ufffd", name) for name in cell]
    if isinstance(cell, dict):
        return [(_SURROGATES.sub("\ufffd", name), count) for name, count in cell.items()]
    return cell

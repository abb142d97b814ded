"""Documents in and out: every format, field names seen in the wild, encodings, and output that is whole or not there.

The way in: `folder` expands the inputs, `streams` opens and decompresses, a reader per format (`interface`) makes
records, `fields` makes documents of them, `reading` leads them through and tells what is bad;
`splits` cuts them into pieces that workers read. The way out is `output`.
"""

from dedup.corpus.fields import FieldMap, aliases, document_of, host_of
from dedup.corpus.folder import listing, total_bytes
from dedup.corpus.output import as_dict, open_output, open_outputs, output_folder, sweep, write_jsonl
from dedup.corpus.reading import read
from dedup.corpus.splits import Split, count_lines, read_split, splits

__all__ = [
    "FieldMap",
    "Split",
    "aliases",
    "as_dict",
    "count_lines",
    "document_of",
    "host_of",
    "listing",
    "open_output",
    "open_outputs",
    "output_folder",
    "read",
    "read_split",
    "splits",
    "sweep",
    "total_bytes",
    "write_jsonl",
]

"""text-dedup: its command `python -m text_dedup.minhash` on a local JSONL file, and what it keeps written as JSONL.

xxh3 and 32 bits are its fast choices; documents of fewer than five words stay in (`--min_length 1`). It splits at every
character that is not of a word. A cluster is all that chains; it has no pairs to give.
"""

import tempfile
from pathlib import Path

from common import PERMUTATIONS, THRESHOLD, arguments
from datasets import load_from_disk
from text_dedup.minhash import main as minhash


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.output.parent) as folder:
        out = Path(folder) / "out"
        flags = {
            "path": "json",
            "data_files": options.input,
            "split": "train",
            "cache_dir": Path(folder) / "cache",
            "output": out,
            "column": "text",
            "ngram": 5,
            "min_length": 1,
            "num_perm": PERMUTATIONS,
            "threshold": THRESHOLD,
            "hash_func": "xxh3",
            "hash_bits": 32,
            "num_proc": options.workers,
        }
        minhash([f"--{name}={value}" for name, value in flags.items()], standalone_mode=False)
        load_from_disk(str(out)).to_json(str(options.output), num_proc=options.workers, force_ascii=False)


if __name__ == "__main__":
    main()

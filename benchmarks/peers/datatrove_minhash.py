"""datatrove: the four stages of its MinHash (signature, buckets, cluster, filter) by LocalPipelineExecutor.

A task takes whole files, so the input is cut into one file for each process; that is within the time. 16 buckets of 8
hashes; numbers stay as they are (by default it takes all numbers for the same). Its tokenizer is spaCy's for English. A
cluster is all that chains; it has no pairs to give.
"""

import shutil
import tempfile
from pathlib import Path

from common import arguments
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup.minhash import (
    MinhashConfig,
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.readers import JsonlReader
from datatrove.pipeline.writers import JsonlWriter
from datatrove.utils.text import TextNormConfig

CONFIG = MinhashConfig(num_buckets=16, hashes_per_bucket=8, norm_config=TextNormConfig(norm_numbers=False))


def cut(source, folder, pieces):
    folder.mkdir()
    size = source.stat().st_size
    with source.open("rb") as file:
        for i in range(pieces):
            with (folder / f"{i:05d}.jsonl").open("wb") as out:
                while file.tell() < size * (i + 1) // pieces and (line := file.readline()):
                    out.write(line)


def main():
    options = arguments()
    with tempfile.TemporaryDirectory(dir=options.output.parent) as name:
        folder, workers = Path(name), options.workers
        paths = {stage: str(folder / stage) for stage in ("in", "signatures", "buckets", "remove", "kept")}
        cut(options.input, folder / "in", workers)
        reader = JsonlReader(paths["in"])
        writer = JsonlWriter(paths["kept"], output_filename="${rank}.jsonl", compression=None)
        stages = [
            (workers, [reader, MinhashDedupSignature(paths["signatures"], config=CONFIG)]),
            (CONFIG.num_buckets, [MinhashDedupBuckets(paths["signatures"], paths["buckets"], config=CONFIG)]),
            (1, [MinhashDedupCluster(paths["buckets"], paths["remove"], config=CONFIG)]),
            (workers, [reader, MinhashDedupFilter(paths["remove"]), writer]),
        ]
        for i, (tasks, pipeline) in enumerate(stages):
            logs = str(folder / f"logs{i}")
            LocalPipelineExecutor(pipeline, tasks=tasks, workers=min(tasks, workers), logging_dir=logs).run()
        with options.output.open("wb") as out:
            for part in sorted((folder / "kept").iterdir()):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, out)


if __name__ == "__main__":
    main()

"""gaoya: one MinHashStringIndex, filled and asked in bulk on all cores; it tokenizes, lower-cases and sketches itself.

What it finds is checked against the sketches. It splits at white space and leaves punctuation on the words.
"""

import os

import orjson
from common import THRESHOLD, arguments, write_kept, write_pairs


def main():
    options = arguments()
    os.environ["RAYON_NUM_THREADS"] = str(options.workers)
    from gaoya.minhash import MinHashStringIndex

    with options.input.open("rb") as file:
        rows = [orjson.loads(line) for line in file]
    ids, texts = [row["id"] for row in rows], [row["text"] for row in rows]
    index = MinHashStringIndex(
        hash_size=32,
        jaccard_threshold=THRESHOLD,
        num_bands=16,
        band_size=8,
        analyzer="word",
        lowercase=True,
        ngram_range=(5, 5),
        id_container="smallvec",
    )
    index.par_bulk_insert_docs(list(range(len(texts))), texts)
    found = index.par_bulk_query(texts)
    if options.task == "pairs":
        write_pairs(options.output, ids, ((a, b) for b, similar in enumerate(found) for a in similar if a < b))
        return
    kept = [True] * len(texts)
    for i, similar in enumerate(found):
        kept[i] = not any(j < i and kept[j] for j in similar)
    write_kept(options.input, options.output, kept)


if __name__ == "__main__":
    main()

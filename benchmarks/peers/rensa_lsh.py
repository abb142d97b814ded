"""rensa: RMinHash of each document (all shingles, not the sampled rho sketch) in a pool of processes, the rest in one.

kept: `RMinHashDeduplicator`, which checks what its LSH finds against the sketches. pairs: `RMinHashLSH.query`, checked
by `is_similar`.
"""

from multiprocessing import Pool

import orjson
from common import PERMUTATIONS, THRESHOLD, arguments, lines, parts, shingles, write_kept, write_pairs
from rensa import RMinHash, RMinHashDeduplicator, RMinHashLSH

BANDS = 16
SEED = 42


def sketches(part):
    rows = [orjson.loads(line) for line in lines(part)]
    sets = (shingles(row["text"]) for row in rows)
    return [row["id"] for row in rows], RMinHash.from_token_sets(sets, PERMUTATIONS, SEED)


def kept(options):
    index, flags = RMinHashDeduplicator(THRESHOLD, PERMUTATIONS, True, BANDS, SEED), []
    with Pool(options.workers) as pool:
        for ids, minhashes in pool.imap(sketches, parts(options.input)):
            flags += index.add_pairs(zip(ids, minhashes, strict=True))
    write_kept(options.input, options.output, flags)


def pairs(options):
    index = RMinHashLSH(THRESHOLD, PERMUTATIONS, BANDS)
    ids, all_minhashes, found = [], [], []
    with Pool(options.workers) as pool:
        for names, minhashes in pool.imap(sketches, parts(options.input)):
            for minhash in minhashes:
                similar = (i for i in index.query(minhash) if index.is_similar(minhash, all_minhashes[i]))
                found += ((earlier, len(all_minhashes)) for earlier in similar)
                index.insert(len(all_minhashes), minhash)
                all_minhashes.append(minhash)
            ids += names
    write_pairs(options.output, ids, found)


if __name__ == "__main__":
    chosen = arguments()
    {"kept": kept, "pairs": pairs}[chosen.task](chosen)

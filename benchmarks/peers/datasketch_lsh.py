"""datasketch: MinHash of each document in a pool of processes, MinHashLSH in the main one.

kept: a document that finds nothing in the index is kept and put in. pairs: all that a document finds, all are put in.
"""

from multiprocessing import Pool

import orjson
from common import PERMUTATIONS, THRESHOLD, arguments, lines, parts, shingles, write_kept, write_pairs
from datasketch import LeanMinHash, MinHash, MinHashLSH


def sketches(part):
    rows = [orjson.loads(line) for line in lines(part)]
    sets = ([shingle.encode() for shingle in shingles(row["text"])] for row in rows)
    return [row["id"] for row in rows], list(map(LeanMinHash, MinHash.generator(sets, num_perm=PERMUTATIONS)))


def main():
    options = arguments()
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    ids, kept, pairs = [], [], []
    with Pool(options.workers) as pool:
        for names, minhashes in pool.imap(sketches, parts(options.input)):
            for minhash in minhashes:
                found = index.query(minhash)
                pairs += ((earlier, len(kept)) for earlier in found)
                kept.append(not found)
                if not found or options.task == "pairs":
                    index.insert(len(kept) - 1, minhash, check_duplication=False)
            ids += names
    if options.task == "kept":
        write_kept(options.input, options.output, kept)
    else:
        write_pairs(options.output, ids, pairs)


if __name__ == "__main__":
    main()

"""Listings whose titles share four fifths of their words: MinHash of datasketch."""

from datasketch import MinHash, MinHashLSH
from rules.title_words import WORDS_SHARED, is_alike, words_of


def found(table: str, rows):
    """(line, rule) of every listing that has a copy."""
    sets = words_of(rows)
    hashes = MinHash.bulk([[word.encode() for word in words] for words in sets], num_perm=128)
    index = MinHashLSH(threshold=WORDS_SHARED, num_perm=128)
    for n, one in enumerate(hashes):
        index.insert(n, one)
    lines = rows["line"].tolist()
    return {
        (lines[n], "copy")
        for n, one in enumerate(hashes)
        for m in index.query(one)
        if m != n and is_alike(sets[n], sets[m])
    }

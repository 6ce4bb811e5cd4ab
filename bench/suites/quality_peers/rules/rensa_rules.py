"""Listings whose titles share four fifths of their words: MinHash of rensa."""

from rensa import RMinHash, RMinHashLSH
from rules.title_words import WORDS_SHARED, is_alike, words_of


def found(table: str, rows):
    """(line, rule) of every listing that has a copy."""
    sets = words_of(rows)
    index = RMinHashLSH(threshold=WORDS_SHARED, num_perm=128, num_bands=32)
    hashes = []
    for n, words in enumerate(sets):
        one = RMinHash(num_perm=128, seed=1)
        one.update(sorted(words))
        index.insert(n, one)
        hashes.append(one)
    lines = rows["line"].tolist()
    return {
        (lines[n], "copy")
        for n, one in enumerate(hashes)
        for m in index.query(one)
        if m != n and is_alike(sets[n], sets[m])
    }

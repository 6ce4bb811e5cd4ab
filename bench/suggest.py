"""Keystrokes that suggestions save on later searches of a log, ours beside a frequency trie; JSON lines.

    python bench/suggest.py --queries ../shared/data/zh/taobao_queries.txt
    python bench/suggest.py --queries log.txt --shuffle 7 --as_typed pinyin

FILE has one search a line, in the order of time; a line that comes again was typed again. The first part (`--learn`, 0.8 of the lines) is learned
from; each later search is typed letter by letter. After every letter ten suggestions are shown. Whoever types takes one that is the whole search, or
one that the search goes on from (after a word, or a Chinese character), where that costs fewer keys than typing on; a suggestion costs one key
to take, wherever it stands. The trie shows the most frequent earlier searches that begin with what is typed.

saved      keystrokes less than letters, as a share of the letters
whole      later searches that were suggested as a whole before their last letter
p50_ms, p99_ms   CPU of one letter, each prefix once

`--as_typed pinyin` types Chinese by pinyin, as an input method does, and counts its letters; `typo` swaps two letters of each search.
"""

from __future__ import annotations

import argparse
import random
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from baihuo.index import Completions, typed_queries
from suites.shared.measure import emit

SHOWN = 10
Complete = Callable[[str], Sequence[str]]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--queries", type=Path, required=True, help="one search a line")
    parser.add_argument("--learn", type=float, default=0.8, help="share of the lines")
    parser.add_argument("--most", type=int, default=2_000, help="later searches that are typed")
    parser.add_argument("--shuffle", type=int, help="seed, where the lines have no order of time")
    parser.add_argument("--as_typed", choices=("plain", "pinyin", "typo"), default="plain")
    parser.add_argument("--seed", type=int, default=7, help="of which later searches are typed")
    arguments = parser.parse_args()
    lines = [
        " ".join(line.lower().split())
        for line in arguments.queries.read_text("utf-8").splitlines()
        if line.strip()
    ]
    if arguments.shuffle is not None:
        random.Random(arguments.shuffle).shuffle(lines)
    cut = round(arguments.learn * len(lines))
    later = lines[cut:]
    if not later or not cut:
        raise SystemExit("nothing is left to type: give more lines, or another --learn")
    later = random.Random(arguments.seed).sample(later, min(len(later), arguments.most))
    for name, complete in systems(lines[:cut]).items():
        emit(
            system=name,
            as_typed=arguments.as_typed,
            **measured(complete, later, arguments.as_typed),
        )


def systems(earlier: Sequence[str]) -> dict[str, Complete]:
    """What is compared: each takes the typed beginning."""
    counts = Counter(earlier)
    ours = Completions(
        typed_queries(
            ((q, [str(i) for i in range(n)], range(n)) for q, n in counts.items()), least_visitors=1
        )
    )
    return {
        "trie": Trie(counts).complete,
        "baihuo": lambda typed: ours.complete(typed, SHOWN),
    }


class Trie:
    """The most frequent texts of a beginning, from a sorted list, which answers what a trie answers."""

    def __init__(self, counts: Counter[str]) -> None:
        self._texts = sorted(counts)
        self._counts = counts

    def complete(self, typed: str) -> list[str]:
        """The ten most frequent, ties in alphabetical order."""
        start, end = bisect_left(self._texts, typed), bisect_left(self._texts, typed + "\U0010ffff")
        found = self._texts[start:end]
        return sorted(found, key=lambda text: (-self._counts[text], text))[:SHOWN]


def measured(complete: Complete, later: Sequence[str], as_typed: str) -> dict[str, object]:
    """What suggestions save on some searches, and their CPU."""
    n_letters = n_keys = n_whole = 0
    times: list[float] = []
    timed: set[str] = set()

    def suggest(typed: str) -> Sequence[str]:
        start = time.process_time()
        found = complete(typed)
        if typed not in timed:
            timed.add(typed)
            times.append((time.process_time() - start) * 1e3)
        return found

    rng = random.Random(11)
    for text in later:
        letters = typed_as(text, as_typed, rng)
        keys, is_whole = keystrokes(text, letters, suggest)
        n_letters += sum(map(len, letters))
        n_keys += keys
        n_whole += is_whole
    return {
        "searches": len(later),
        "saved": 1 - n_keys / n_letters,
        "whole": n_whole / len(later),
        "p50_ms": float(np.percentile(times, 50)),
        "p99_ms": float(np.percentile(times, 99)),
    }


def typed_as(text: str, as_typed: str, rng: random.Random) -> list[str]:
    """The letters of each character of a text."""
    if as_typed == "pinyin":
        from pypinyin import Style, lazy_pinyin

        return [
            "".join(lazy_pinyin(c, style=Style.NORMAL, v_to_u=False)) if c.strip() else c
            for c in text
        ]
    if as_typed == "typo" and len(text) > 3:
        at = rng.randrange(1, len(text) - 1)
        return [*text[:at], text[at + 1], text[at], *text[at + 2 :]]
    return list(text)


def keystrokes(
    text: str, letters: Sequence[str], suggest: Callable[[str], Sequence[str]]
) -> tuple[int, bool]:
    """Fewest keys to have a text, and whether it was suggested as a whole before its last letter.

    ``letters``: of each character. What stands in the box is what was taken or typed so far.
    """
    best = [0, *(10**9 for _ in letters)]  # keys by the number of characters that stand there
    box = ["", *("" for _ in letters)]
    is_whole = False
    for at in range(len(letters)):
        typed, keys = box[at], best[at]
        for number, letter in enumerate(letters[at]):
            typed, keys = typed + letter, keys + 1
            is_last = at == len(letters) - 1 and number == len(letters[at]) - 1
            for shown in suggest(typed):
                if not text.startswith(shown.lower()) or len(shown) <= at:
                    continue
                goes_on = len(shown) == len(text) or not (
                    text[len(shown)].isascii() and text[len(shown)].isalnum()
                )
                is_whole |= len(shown) == len(text) and not is_last
                if goes_on and keys + 1 < best[len(shown)]:
                    best[len(shown)], box[len(shown)] = keys + 1, text[: len(shown)]
        if keys < best[at + 1]:
            best[at + 1], box[at + 1] = keys, typed
    return best[-1], is_whole


if __name__ == "__main__":
    main()

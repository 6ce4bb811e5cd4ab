"""Related searches: how often the next search of a later visit was offered, beside two simple lists; JSON lines.

    baihuo simulate sample --events 1500000 --products 2000 --seed 42
    baihuo import sample/events.jsonl sample/products.jsonl --shop shop; baihuo check --shop shop; baihuo index --shop shop
    python bench/related.py --shop shop
    python bench/related.py --shop shop --show 20       # also lists to read, of searches drawn by chance

The clean log is cut in half by time. The first half is learned from. In the second half each search that is followed by another one of the same
visit within 30 minutes asks for a list of six; it is a hit if the next search is in it (same words in any order, width, plural or characters).

any         all such pairs
typed       pairs whose next search enough visitors typed in the first half: no list may offer another one
frequent    the searches that most visitors typed, in the script of the search
last_word   those with the same last word, then the most frequent
log         what visitors searched for next and what they clicked; what serves adds what the catalogue offers
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from baihuo.core import ShopPaths, has_han
from baihuo.encode import Encoders
from baihuo.engine import DuckTables
from baihuo.index import (
    Generation,
    LearnedSearches,
    RelatedSearches,
    TypedQuery,
    learn_related,
    search_key,
    write_typed_queries,
)
from suites.shared.measure import emit
from suites.shared.paths import given

SHOWN = 6
Offer = Callable[[str], Sequence[str]]
_CUT = "select median(occurred_at_us) as at_us from events where query_text is not null"
_PART = """
select event_id, event_type, visitor_id, session_id, query_id, query_text, product_id, occurred_at_us
from events where occurred_at_us {} {}
"""
_PAIRS = """
with searches as (
    select visitor_id, session_id, query_id, max(query_text) as text, min(occurred_at_us) as at_us
    from events where query_id is not null and query_text is not null group by all
)
select text, lead(text) over visit as next_text, lead(at_us) over visit - at_us as after_us
from searches window visit as (partition by visitor_id, session_id order by at_us, query_id)
order by visitor_id, at_us, query_id
"""


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--shop", type=given, required=True, help="a shop with clean events and an index"
    )
    parser.add_argument("--least_visitors", type=int, default=5, help="who typed what is offered")
    parser.add_argument("--show", type=int, default=0, help="lists that are printed")
    parser.add_argument("--seed", type=int, default=7, help="of which lists")
    arguments = parser.parse_args()
    paths = ShopPaths(arguments.shop)
    if not any(paths.clean_events.glob("*.parquet")):
        raise SystemExit(f"{arguments.shop} has no clean events; run: baihuo check")
    if not any(paths.index.glob("*/generation.json")):
        raise SystemExit(f"{arguments.shop} has no index; run: baihuo index")
    tables = DuckTables(threads=1)
    [cut] = tables.sql(_CUT, events=paths.clean_events).column("at_us").to_pylist()
    if cut is None:
        raise SystemExit(f"no event of {arguments.shop} has the words of a search")
    earlier = tables.sql(_PART.format("<", int(cut)), events=paths.clean_events)
    later = tables.sql(_PART.format(">=", int(cut)), events=paths.clean_events)
    folder = min(paths.index.glob("*/generation.json"), key=lambda p: len(p.parent.name)).parent
    generation = Generation.open(folder, Encoders.open(paths.encoders))
    typed = write_typed_queries(
        paths.index / "typed_earlier.json",
        tables=tables,
        events=earlier,
        least_visitors=arguments.least_visitors,
    )
    start = time.process_time()
    learned = learn_related(typed, generation, tables=tables, events=earlier)
    emit(
        searches=len(learned.searches),
        with_related=len(learned.related),
        learn_cpu_s=time.process_time() - start,
    )
    pairs = next_searches(tables.sql(_PAIRS, events=later).to_pylist())
    known = {search_key(q.text) for q in typed}
    serves = RelatedSearches(learned, generation)
    hits: dict[str, NDArray[np.float64]] = {}
    for name, offer in systems(typed, learned, serves).items():
        hits[name] = hits_of(offer, pairs)
        emit(system=name, **measured(hits[name], pairs, known))
    more = hits["serves"] - hits["last_word"]
    emit(more_than_last_word=float(more.mean()), se=float(more.std() / np.sqrt(len(more))))
    fresh = RelatedSearches(learned, generation)  # nothing is remembered
    emit(**cpu_of_pages(fresh, generation, [a for a, _ in pairs]))
    for text in random.Random(arguments.seed).sample(sorted({a for a, _ in pairs}), arguments.show):
        emit(search=text, related=serves.of(text, n=SHOWN))


def next_searches(rows: Sequence[dict[str, object]]) -> list[tuple[str, str]]:
    """Pairs of a search and another one that followed in the same visit."""
    return [
        (str(r["text"]), str(r["next_text"]))
        for r in rows
        if r["next_text"] is not None
        and int(str(r["after_us"])) <= 30 * 60 * 1_000_000
        and search_key(str(r["text"])) != search_key(str(r["next_text"]))
    ]


def systems(
    typed: Sequence[TypedQuery], learned: LearnedSearches, serves: RelatedSearches
) -> dict[str, Offer]:
    """What is compared: each takes a search."""
    texts = [q.text for q in typed]
    numbers = {search_key(s.text): i for i, s in enumerate(learned.searches)}

    def frequent(text: str) -> list[str]:
        same = (t for t in texts if has_han(t) == has_han(text))
        return [t for t in same if search_key(t) != search_key(text)][:SHOWN]

    def last_word(text: str) -> list[str]:
        word = last(text)
        same = [t for t in texts if last(t) == word and search_key(t) != search_key(text)]
        return list(dict.fromkeys([*same, *frequent(text)]))[:SHOWN]

    def log(text: str) -> list[str]:
        number = numbers.get(search_key(text))
        related = () if number is None else learned.related.get(search_key(text), ())
        return [learned.searches[i].text for i in related][:SHOWN]

    return {
        "frequent": frequent,
        "last_word": last_word,
        "log": log,
        "serves": lambda text: serves.of(text, n=SHOWN),
    }


def last(text: str) -> str:
    """The last word; of a Chinese text the last two characters."""
    word = text.lower().split()[-1] if text.split() else ""
    return word[-2:] if has_han(word) else word.removesuffix("s")


def hits_of(offer: Offer, pairs: Sequence[tuple[str, str]]) -> NDArray[np.float64]:
    """1 for each pair whose next search is in the list of the first, else 0."""
    offered = {a: {search_key(t) for t in offer(a)} for a, _ in pairs}
    return np.array([search_key(b) in offered[a] for a, b in pairs], np.float64)


def measured(
    hits: NDArray[np.float64], pairs: Sequence[tuple[str, str]], known: set[str]
) -> dict[str, object]:
    """Hit rates of lists of six, with a standard error of the first."""
    could = np.array([search_key(b) in known for _, b in pairs])
    return {
        "pairs": len(pairs),
        "any": float(hits.mean()),
        "se": float(hits.std() / np.sqrt(len(hits))),
        "typed_pairs": int(could.sum()),
        "typed": float(hits[could].mean()),
    }


def cpu_of_pages(
    serves: RelatedSearches, generation: Generation, texts: Sequence[str]
) -> dict[str, object]:
    """CPU of the list beside a page that has read its query already, each text once."""
    times = []
    for text in list(dict.fromkeys(texts))[:1000]:
        generation.match(generation.limits(text).rest)
        start = time.process_time()
        serves.of(text, n=SHOWN)
        times.append((time.process_time() - start) * 1e3)
    return {"p50_ms": float(np.percentile(times, 50)), "p99_ms": float(np.percentile(times, 99))}


if __name__ == "__main__":
    main()

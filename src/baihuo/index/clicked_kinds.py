"""What words mean that no product has, learned from the shop's search log.

Shoppers type nicknames, slang and names of makers that stand nowhere in the catalogue (*kicks*, 小黑瓶), and click what
they meant. A word is learned for the categories that it leads to, if

- at least :data:`MIN_VISITORS` visitors touched products of the category after typing it (each visitor counts once);
- their share is above the usual one, at the lower end of its interval: that of all searches, and that of other unknown
  words (an old shop may answer all of these with the same popular products);
- what pages showed does not explain it: clicks over expected clicks, by position, are not low;
- if pages showed as much of these categories as of the others, they would have most of the clicks, at the lower end.

What the catalogue itself, the list of goods or the shop's synonyms say of a word is never replaced.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pyarrow as pa

from baihuo.core import has_han
from baihuo.encode import Encoders
from baihuo.engine import SUMS, Source, Tables, link_or_copy, seal_folder, sql_file
from baihuo.index.generation import Generation
from baihuo.index.goods import general_goods
from baihuo.index.kinds import CLICKED_FILE, ClickedWord
from baihuo.index.known_phrases import FoundPhrase, find_phrases, folded, han_runs
from baihuo.index.known_terms import is_unknown, n_rows
from baihuo.index.query_parser import spelled
from baihuo.index.read_as import SEARCHED_FILE, MinedSynonym, save_read_as
from baihuo.index.sealed import MANIFEST, is_there, put, verified
from baihuo.index.searched_synonyms import lowest_share, synonyms_of_visits
from baihuo.index.snapshot import Snapshot
from baihuo.index.typed_queries import SEARCHED_EVENTS
from baihuo.index.words import han_words, latin_stems, latin_words
from baihuo.privacy import PSEUDONYM

MIN_VISITORS = 5  # who touched the category after typing the word
_LIFT = 1.5  # at the lower end, over the usual share of the category
_PRIOR_WORDS = 6  # with the shares of all searches, added to other unknown words
_LEAST_RATE = 0.5  # clicks over expected clicks; pages of all searches have 1
_PRIOR_CLICKS = 0.5  # expected and not there: a category that was hardly shown has no high rate
_OF_THE_BEST = 0.4  # rate of a category, of that of the best one: lower ones mean something else
_MOST, _SURE = 0.5, 0.6  # share of clicks, at the lower end
_NOT_SURE = 0.95  # weight of the best category below ``_SURE``: other kinds may answer, too
_LONGEST_HAN, _LONGEST_LATIN = 8, 4  # characters and words of a key
_SHORTEST_LATIN = 3  # letters
_FORMAT = 1  # of what is learned; part of the id

_TEXTS = sql_file(__file__, "clicked_texts").bind(searched=SEARCHED_EVENTS)
_CATEGORIES = sql_file(__file__, "clicked_categories").bind(searched=SEARCHED_EVENTS)
_EXPOSURE = sql_file(__file__, "clicked_exposure")
_ALL = ""  # in place of a key: all searches


@dataclass(slots=True)
class _Evidence:
    """What the log has of one key, by category code (-1: none)."""

    n_visitors: dict[int, int] = field(default_factory=dict)  # who touched products of the category
    visitors: dict[int, float] = field(default_factory=dict)  # each shared over the categories
    clicks: dict[int, float] = field(default_factory=dict)
    expected: dict[int, float] = field(default_factory=dict)  # at these positions, in any search

    @property
    def total(self) -> float:
        """Visitors."""
        return sum(self.visitors.values())

    def rate(self, codes: Collection[int]) -> float:
        """Clicks over those that the places of these categories get in any search; without impressions, the share of
        visitors."""
        if not self.expected:
            return sum(self.visitors.get(c, 0.0) for c in codes) / self.total
        expected = sum(self.expected.get(c, 0.0) for c in codes)
        return sum(self.clicks.get(c, 0.0) for c in codes) / (expected + _PRIOR_CLICKS)

    def corrected_share(self, codes: Collection[int]) -> float:
        """The share of clicks that these categories would have if pages showed as much of them as of the others."""
        others = {*self.visitors, *self.expected} - {*codes}
        rate = self.rate(codes)
        return rate / (rate + self.rate(others))


def with_clicked_words(
    folder: Path,
    *,
    tables: Tables,
    events: Source,
    encoders: Encoders,
    reads_synonyms: bool = True,
) -> Path:
    """A generation beside that of ``folder`` with what the search log says of words that no product has: what shoppers click
    after typing them, and which words mean the same.

    The files are links to those of ``folder``, and the id names what was learned: the same words give the same folder.
    Where nothing is learned, ``folder`` itself.

    Args:
        folder: what :func:`baihuo.index.build` returned.
        tables: the engine.
        events: the clean events.
        encoders: of the index; their vocabulary says what may be misspelt.
        reads_synonyms: whether words that mean the same shall be learned.
    """
    generation = Generation.open(folder, encoders)
    learned = learn_clicked_words(generation, tables=tables, events=events)
    snapshot, pairs = generation.snapshot, list[MinedSynonym]()
    if reads_synonyms:
        pairs = synonyms_of_visits(snapshot, tables=tables, events=events)
    if not learned and not pairs:
        return folder
    new = (MANIFEST, CLICKED_FILE, SEARCHED_FILE, SUMS)
    linked = {name: sha256 for name, sha256 in verified(folder).items() if name not in new}
    stored = json.dumps({k: asdict(w) for k, w in learned.items()}, ensure_ascii=False)
    content = f"{stored}:{[*map(asdict, pairs)]}" if pairs else stored
    number = hashlib.sha256(f"{_FORMAT}:{content}".encode()).hexdigest()[:8]
    manifest = json.loads((folder / MANIFEST).read_text("utf-8"))
    manifest |= {"sealed": True, "index_id": f"{folder.name}-{number}", "catalogue_id": folder.name}
    made = folder.with_name(manifest["index_id"])
    if is_there(made):
        return made
    part = Path(tempfile.mkdtemp(prefix=f".{made.name}.", dir=folder.parent))
    try:
        shutil.copytree(
            folder,
            part,
            copy_function=link_or_copy,
            ignore=shutil.ignore_patterns(*new),
            dirs_exist_ok=True,
        )
        if learned:
            (part / CLICKED_FILE).write_text(stored, "utf-8")
        if pairs:
            save_read_as(pairs, part, SEARCHED_FILE)
        (part / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
        seal_folder(part, linked=linked)
        put(part, made)
    finally:
        shutil.rmtree(part, ignore_errors=True)
    return made


def learn_clicked_words(
    generation: Generation, *, tables: Tables, events: Source
) -> dict[str, ClickedWord]:
    """Phrase key → the categories that it leads to, sorted by key."""
    typed = tables.sql(_TEXTS(), events=events)
    pairs, visitors = [], defaultdict[str, set[str]](set)
    for text, of_text in zip(
        typed.column("query_text").to_pylist(), typed.column("visitors").to_pylist(), strict=True
    ):
        for key in unknown_keys(text, generation):
            pairs.append((text, key))
            visitors[key].update(of_text)
    pairs = [(text, key) for text, key in pairs if len(visitors[key]) >= MIN_VISITORS]
    if not pairs:
        return {}
    found = _evidence(pairs, generation, tables, events)
    everything = found.pop(_ALL)
    learned = {key: _learned(key, found, everything) for key in sorted(found)}
    return {key: word for key, word in learned.items() if word is not None}


def unknown_keys(text: str, generation: Generation) -> set[str]:
    """Keys of the words of a query text of which neither the catalogue nor the list of goods knows anything: of each
    word, and of words side by side."""
    snapshot, lexicon = generation.snapshot, generation.lexicon
    text = PSEUDONYM.sub(" ", text)
    simple = folded(text)
    if not has_han(simple) and all(n_rows(snapshot, s) for s in latin_stems(simple)):
        return set()  # most texts, at little cost
    rest = folded(generation.limits(text).rest)
    rest, _ = spelled(rest, snapshot, lexicon, generation.encoders)
    names = {*lexicon.kinds.keys, *(key for key, kind in general_goods().brands.items() if kind)}
    named = find_phrases(rest, names)
    keys = _unknown_han(rest, named, snapshot)
    known = {s for f in named for s in f.key.split(" ")}
    run: list[str] = []
    for word in [*latin_words(rest), ""]:
        stem = next(iter(latin_stems(word)), "")
        if _is_word(word) and stem not in known and not n_rows(snapshot, stem):
            run.append(stem)
            keys.add(stem)
        elif run:
            keys.add(" ".join(run[:_LONGEST_LATIN]))
            run = []
    return keys


def _is_word(word: str) -> bool:
    return len(word) >= _SHORTEST_LATIN and not word.isdigit()


def _unknown_han(rest: str, named: Sequence[FoundPhrase], snapshot: Snapshot) -> set[str]:
    """Runs of Chinese characters without any name, of which two neighbours stand side by side in no product, and the
    words in them of which that is true."""
    keys: set[str] = set()
    for run in han_runs(rest):
        if not any(f.key in run for f in named):
            words = [run, *(word for _, word in han_words(run))]
            keys |= {w for w in words if len(w) <= _LONGEST_HAN and is_unknown(w, snapshot)}
    return keys


def _evidence(
    pairs: Sequence[tuple[str, str]], generation: Generation, tables: Tables, events: Source
) -> dict[str, _Evidence]:
    """What the log has of every key of ``pairs`` (query text, key), and of all searches."""
    snapshot = generation.snapshot
    texts, keys = zip(*pairs, strict=True)
    inputs = {
        "events": events,
        "keys": pa.table({"query_text": texts, "key": keys}),
        "categories": pa.table(
            {"product_id": list(snapshot.product_ids), "code": snapshot.category_code}
        ),
    }
    found: dict[str, _Evidence] = defaultdict(_Evidence)
    for row in tables.sql(_CATEGORIES(), **inputs).to_pylist():
        found[row["key"]].n_visitors[row["code"]] = row["n_visitors"]
        found[row["key"]].visitors[row["code"]] = row["visitors"]
    for row in tables.sql(_EXPOSURE(), **inputs).to_pylist():
        found[row["key"]].clicks[row["code"]] = row["clicks"]
        found[row["key"]].expected[row["code"]] = row["expected"]
    return dict(found)


def _learned(key: str, found: Mapping[str, _Evidence], everything: _Evidence) -> ClickedWord | None:
    """What a key means; None where the evidence is not enough."""
    of_key, n = found[key], found[key].total
    lifts = {
        code: lowest_share(share / n, n) / _usual_share(code, key, found, everything)
        for code, share in of_key.visitors.items()
        if code >= 0 and of_key.n_visitors[code] >= MIN_VISITORS
    }
    rates = {code: of_key.rate([code]) for code, lift in lifts.items() if lift >= _LIFT}
    least = max(_OF_THE_BEST * max(rates.values(), default=0.0), _LEAST_RATE)
    rates = {code: rate for code, rate in rates.items() if not of_key.expected or rate >= least}
    if not rates:
        return None
    share = of_key.corrected_share([*rates])
    lowest = lowest_share(share, n)
    if lowest < _MOST:
        return None
    top = (1.0 if lowest >= _SURE else _NOT_SURE) / max(rates.values())
    return ClickedWord(
        weights={code: round(top * rates[code], 2) for code in sorted(rates)},
        n_visitors=round(n),
        share=round(share, 2),
        lift=round(min(lifts[code] for code in rates), 1),
    )


def _usual_share(
    code: int, key: str, found: Mapping[str, _Evidence], everything: _Evidence
) -> float:
    """The share of visitors that a category has anyway: in all searches, or on average in those for other unknown
    words, whichever is more."""
    of_all = everything.visitors.get(code, 0.0) / everything.total
    words = {*key.split(" ")}
    others = [e for k, e in found.items() if not words & {*k.split(" ")}]
    of_others = sum(e.visitors.get(code, 0.0) / e.total for e in others) + _PRIOR_WORDS * of_all
    return max(of_all, of_others / (len(others) + _PRIOR_WORDS))

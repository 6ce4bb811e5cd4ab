"""Reads colours, genders and sizes in a folded text, by what the catalogue has."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

import numpy as np

from baihuo.core import Reading, has_han
from baihuo.index.catalogue_words import CatalogueWords, Codes, Named
from baihuo.index.goods import general_goods
from baihuo.index.kind_rows import rows_of_kind
from baihuo.index.known_phrases import find_phrases, parts, phrase_key
from baihuo.index.lattice import Candidate, Text
from baihuo.index.limit_evidence import NO, levels
from baihuo.index.limits.price_words import is_counted
from baihuo.index.limits.sizes import SizeTyped, is_letter_size, sizes_typed
from baihuo.index.limits.words import limit_words
from baihuo.index.phrases import phrase_pattern, rows_with
from baihuo.index.query_limits import NotRead, Preference
from baihuo.index.snapshot import Snapshot
from baihuo.index.unwanted import denial_before, end_of_denial
from baihuo.index.words import bigrams, han_words, is_han, query_words

_NEXT = re.compile(r"\s*(?:([a-z0-9]+)|([\u3400-\u9fff]+))")
_BEFORE = re.compile(r"(?:(?<![a-z0-9])([a-z0-9]++)|(?<![\u3400-\u9fff])([\u3400-\u9fff]++))\s*+$")
_NUMBER = re.compile(r"(?<![a-z0-9.\-/_+*×#])\d{2,3}(?:\.5)?(?![a-z0-9.\-/_+*×])")
_GENDER = re.compile("[男女]")
_NOT_NEIGHBOURS = frozenset("for in with and or of the a size".split())
_TITLES, _KINDS = ("title_en", "title_zh"), ("category",)
_LOOKED_AT = 200  # products, to see whether a kind comes in a size
_COMMON_SIZE = 0.1  # share of a kind's products that come in a size which is typed as bare digits
_MOST_WORDS = 6  # of one kind in a text: each may need a look at titles


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a colour or gender. ``kept`` is what the rest of the text keeps of it: 鞋 of 女鞋."""

    start: int
    end: int
    name: str
    text: str
    kept: str = ""


def colours(text: Text) -> Iterator[Candidate]:
    """The colours in a text: "red kettle", 黑色T恤, 红裙子; not those of a thing's name: red bull, 红茶. A denied one ("not red") is
    what products shall not have."""
    if "colour" in text.as_typed:
        return
    for word in _words_in(text.folded, text.words.colours, {}, text.snapshot):
        doubt = partial(_as_a_things_name, "colour", word, text)
        if (denied := _denied(word, text)) is not None:
            yield denied
        yield Candidate("colour", word.start, word.end, word, kept=word.kept, doubt=doubt)


def _denied(word: Word, text: Text) -> Candidate | None:
    start = denial_before(text.folded, word.start)
    if start is None:
        return None
    end = end_of_denial(text.folded, word.end)
    named = text.words.colours
    said = text.folded[start:end].strip()
    reading = Reading(kind="without", text=said, values=(word.name,))
    preference = Preference(
        reading=reading,
        exact=_codes(named.exact, [word.name]),
        terms=tuple(title_terms(word.name, named)),
    )
    preferences = () if "without" in text.as_typed else (preference,)

    def doubt(beside: str) -> NotRead | None:
        return text.as_name("without", said, [said])

    return Candidate("without", start, end, word, preferences, doubt=doubt)


def genders(text: Text) -> Iterator[Candidate]:
    """The genders in a text: "men", 女士, and in compounds: 女鞋; not those of a kind that has one: 女包."""
    if "gender" in text.as_typed:
        return
    words, snapshot, folded = text.words, text.snapshot, text.folded
    found = _words_in(folded, words.genders, limit_words().gender_prefixes, snapshot)
    for word in (*found, *_last_genders(folded, words)):
        is_of_kind = any(folded.startswith(name, word.start) for name in words.kinds.gendered)
        if not is_of_kind and _is_known(word.name, words.genders, snapshot):
            doubt = partial(_no_gender, word, text, is_last=word not in found)
            yield Candidate("gender", word.start, word.end, word, kept=word.kept, doubt=doubt)


def _no_gender(word: Word, text: Text, beside: str, *, is_last: bool) -> NotRead | None:
    if is_last and is_han(beside[word.end : word.end + 1]):
        return NotRead("gender", word.text, "a part of another word")
    return _as_a_things_name("gender", word, text, beside)


def preference_for(kind: str, taken: Sequence[Candidate], text: Text) -> list[Preference]:
    """One preference for all words of a kind: "red or blue", 男女."""
    named = text.words.colours if kind == "colour" else text.words.genders
    found: list[Word] = [c.value for c in taken if c.kind == kind]
    if not found:
        return []
    names = tuple(dict.fromkeys(word.name for word in found))
    suits = {other for name in names for other in limit_words().suits.get(name, ())}
    reading = Reading(kind=kind, text=" ".join(word.text for word in found), values=names)
    return [
        Preference(
            reading=reading,
            exact=_codes(named.exact, names),
            wider=np.union1d(_codes(named.wider, names), _codes(named.exact, sorted(suits))),
            known=named.codes,
            terms=tuple(terms for name in names for terms in title_terms(name, named)),
        )
    ]


def _codes(by_name: Mapping[str, Codes], names: Sequence[str]) -> Codes:
    found = [by_name[name] for name in names if name in by_name]
    return np.concatenate(found) if found else np.empty(0, np.int64)


def _last_genders(folded: str, words: CatalogueWords) -> Iterator[Word]:
    """男 and 女 after a thing, where they may end Chinese words: 跑步鞋女, and neither 美女 nor 子女."""
    for match in islice(_GENDER.finditer(folded), _MOST_WORDS):
        name = words.genders.words.get(match.group())
        thing = _BEFORE.search(folded[: match.start()])
        if name is None or thing is None or not thing[2]:
            continue
        is_worn = thing[2][-1] in limit_words().worn
        ends = find_phrases(folded[: match.start()], words.kinds.sold)
        if is_worn or (ends and ends[-1].end == match.start()):
            yield Word(match.start(), match.end(), name, match.group())


def sizes(text: Text) -> Iterator[Candidate]:
    """The sizes of a text that the catalogue has. What follows bare digits is a reading of its own in some texts ("shoes 38 under
    100"), so every number of two or three digits is a candidate."""
    if "size" in text.as_typed:
        return
    folded, words = text.folded, text.words
    typed = [t for t in sizes_typed(folded) if t.key in words.sizes]
    taken = {(t.start, t.end) for t in typed}
    for match in _NUMBER.finditer(folded):
        at = match.start(), match.end()
        if match.group() in words.sizes and at not in taken:
            typed.append(SizeTyped(*at, match.group(), is_bare=True, is_number=True))
    for one in typed:
        yield Candidate("size", one.start, one.end, one, doubt=partial(_no_size, one, text))


def _no_size(typed: SizeTyped, text: Text, beside: str) -> NotRead | None:
    """Why words that may be a size are none."""
    words, snapshot = text.words, text.snapshot
    said = text.folded[typed.start : typed.end]
    if typed not in (*sizes_typed(text.folded), *sizes_typed(beside)):
        return NotRead("size", said, "of what is beside it")
    if typed.is_bare:
        if _is_of_something_unknown(beside, typed.start, typed.end, words, snapshot):
            return NotRead("size", said, "no product has the word beside it")
        phrases = _phrases(beside, typed.start, typed.end)
        # Any title with bare digits is enough: "pegasus 40".
        read = None if typed.is_number else _sized(typed, words, snapshot)
        if (name := text.as_name("size", said, phrases, read)) is not None:
            return name
    if typed.end - typed.start == 1 and not _comes_in(beside, typed, words, snapshot):
        return NotRead("size", said, "no product with the other words has it")
    if typed.is_number and not _is_size_of_kind(text.folded, typed, words, snapshot):
        return NotRead("size", said, "what is asked for does not come in it")
    return None


def title_terms(name: str, named: Named) -> tuple[tuple[str, ...], ...]:
    """What a title has that names a colour or gender: alternatives, of each all terms."""
    words = [word for word, of in named.words.items() if of == name]
    prefixes = limit_words().gender_prefixes
    for character, gender in prefixes.items() if named.words.get("男") == "men" else ():
        if gender == name:
            words.extend(character + thing for thing in limit_words().worn)
    terms = [tuple(query_words(word)) for word in words]
    return tuple(dict.fromkeys(t for t in terms if t))


def _words_in(
    folded: str, named: Named, prefixes: Mapping[str, str], snapshot: Snapshot
) -> list[Word]:
    found = [
        Word(m.start(), m.end(), name, m.group())
        for m in named.pattern.finditer(folded)
        if (name := _name_of(m.group(), named)) is not None
    ]
    if has_han(folded):
        taken = [(w.start, w.end) for w in found]
        for word in _han_words_in(folded, named, prefixes, snapshot):
            if not any(word.start < end and start < word.end for start, end in taken):
                found.append(word)
    return sorted(found, key=lambda w: w.start)[:_MOST_WORDS]


def _name_of(text: str, named: Named) -> str | None:
    for spelling in (text, re.sub(r"['’]s?$", "", text), text.removesuffix("s")):
        if spelling in named.words:
            return named.words[spelling]
    return None


def _han_words_in(
    folded: str, named: Named, prefixes: Mapping[str, str], snapshot: Snapshot
) -> Iterator[Word]:
    """Words of one character, alone (红 of 红裙子) or before a thing that is worn (女鞋, 黑裙)."""
    worn = limit_words().worn
    for start, word in han_words(folded):
        first = named.words.get(word[0]) or prefixes.get(word[0])
        if len(word) == 1 and word in named.words:
            yield Word(start, start + 1, named.words[word], word)
        elif first is not None and len(word) > 1:
            thing = word[1:]
            if word in general_goods().numbers_of:
                continue  # 红包
            is_worn = thing in worn
            if not is_worn and (len(thing) < 2 or thing[-1] not in worn):
                continue
            is_known = _n_rows(snapshot, word) > 0
            if not prefixes and is_known:
                continue  # 白衬衫 is a word of the catalogue, and matches by itself
            kept = word if is_known else worn.get(thing, thing)
            yield Word(start, start + len(word), first, word[0], kept)


def _n_rows(snapshot: Snapshot, term: str) -> int:
    return sum(
        max(p.n_rows(at) for p in segment.postings.values())
        for segment in snapshot.segments
        if (at := segment.terms.get(term)) is not None
    )


def _is_known(name: str, named: Named, snapshot: Snapshot) -> bool:
    """Whether any product says which gender it is for, by an attribute or in its title."""
    if len(named.exact.get(name, ())):
        return True
    return any(len(rows_with(snapshot, terms, _TITLES)) for terms in title_terms(name, named))


def _as_a_things_name(kind: str, word: Word, text: Text, beside: str) -> NotRead | None:
    """Why the word and its neighbour are a name: they stand together in titles of products without that colour or gender."""
    words, snapshot = text.words, text.snapshot
    named = words.colours if kind == "colour" else words.genders
    if word.kept:
        return None
    if _is_of_something_unknown(
        beside, word.start, word.end, words, snapshot
    ) and not _describes_a_kind(beside, word, words):
        return NotRead(kind, word.text, "no product has the word beside it")
    phrases = [*_phrases(beside, word.start, word.end)]
    patterns = map(phrase_pattern, phrases)
    if any(pattern.search(brand) for pattern in patterns for brand in words.brands):
        return NotRead(kind, word.text, "a brand is called so")
    if not named.is_in_attributes:
        return None
    none = np.empty(0, np.int64)
    read = Preference(
        reading=Reading(kind=kind, text=word.text),
        exact=named.exact.get(word.name, none),
        wider=named.wider.get(word.name, none),
    )
    return text.as_name(kind, word.text, phrases, read)


def _is_of_something_unknown(
    folded: str, start: int, end: int, words: CatalogueWords, snapshot: Snapshot
) -> bool:
    """Whether no product has the word beside it: "orange juice", "spider man" where neither is sold."""
    after, before = _NEXT.match(folded, end), _BEFORE.search(folded[:start])
    if after is not None:
        beside = after[1] or _first_word(after[2])
    elif before is not None:
        beside = before[1] or _last_word(before[2])
    else:
        return False
    if beside in _NOT_NEIGHBOURS or any(c.isdigit() for c in beside) or is_letter_size(beside):
        return False
    if beside in words.colours.words or beside in words.genders.words:
        return False
    if beside in limit_words().general_things or any(c in limit_words().worn for c in beside):
        return False  # 裙子 where titles say 连衣裙
    if phrase_key(beside) in words.kinds.sold:
        return False  # 煎锅 where titles say 平底锅
    terms = query_words(beside)
    # "wine" of "Wine Red" sells no wine.
    is_colour = any(beside in word.split() for word in words.colours.words)
    fields = _KINDS if is_colour else (*_KINDS, *_TITLES, "description")
    return bool(terms) and not any(_is_sold(snapshot, term, fields) for term in terms)


def _describes_a_kind(folded: str, word: Word, words: CatalogueWords) -> bool:
    """Whether a kind that is sold follows a colour or gender, after a word that only describes it: "ladies beach
    sandals". What names goods or a maker is no description: "orange juice glass", "red bull shirt"."""
    stop = next((e for _, e in parts(folded) if e > word.end), len(folded))
    named = find_phrases(folded[word.start : stop], words.kinds.known)
    return bool(named) and named[0].start > 0 and named[0].key in words.kinds.sold


def _is_sold(snapshot: Snapshot, term: str, fields: Sequence[str]) -> bool:
    """Whether the term, or a pair of its characters, is in one of the fields of a product."""
    return any(
        at is not None and any(segment.postings[f].n_rows(at) for f in fields)
        for segment in snapshot.segments
        for at in map(segment.terms.get, (term, *(bigrams(term) if is_han(term) else ())))
    )


def _sized(typed: SizeTyped, words: CatalogueWords, snapshot: Snapshot) -> Preference:
    pairs = snapshot.dictionaries.pairs
    codes = np.array([pairs.find(p) for p in words.sizes[typed.key]], np.int64)
    return Preference(reading=Reading(kind="size", text=typed.key), exact=codes)


def _comes_in(folded: str, typed: SizeTyped, words: CatalogueWords, snapshot: Snapshot) -> bool:
    """Whether products with the other words in their title or category have the size: jeans s, no lamp l."""
    has_size = levels(_sized(typed, words, snapshot), snapshot) != NO
    genders = words.genders.words
    others = [w for w in query_words(folded[: typed.start]) if w not in genders]
    terms = [t for w in others for t in ((w, *bigrams(w)) if is_han(w) else (w,))]
    rows = [rows_with(snapshot, [term], (*_TITLES, *_KINDS))[:_LOOKED_AT] for term in terms]
    return any(has_size[found].any() for found in rows)


def _is_size_of_kind(
    folded: str, typed: SizeTyped, words: CatalogueWords, snapshot: Snapshot
) -> bool:
    """Whether bare digits are a size of the kind beside them: "shoes 38", and neither "pegasus 40" nor 38双."""
    if is_counted(folded, typed.end):
        return False
    others = f"{folded[: typed.start]},{folded[typed.end :]}"
    rows = rows_of_kind(others, words.kinds, snapshot)
    if not len(rows):
        return False
    has_size = levels(_sized(typed, words, snapshot), snapshot) != NO
    return bool(has_size[rows].mean() >= _COMMON_SIZE)


def _phrases(folded: str, start: int, end: int) -> Iterable[str]:
    """The word with the next one, and with the one before."""
    word = folded[start:end]
    after, before = _NEXT.match(folded, end), _BEFORE.search(folded[:start])
    if after is not None and (after[1] or after[2]) not in _NOT_NEIGHBOURS:
        yield word + (f" {after[1]}" if after[1] else _first_word(after[2]))
    if before is not None and (before[1] or before[2]) not in _NOT_NEIGHBOURS:
        yield (f"{before[1]} " if before[1] else _last_word(before[2])) + word


def _first_word(run: str) -> str:
    return next(iter(query_words(run)), run)


def _last_word(run: str) -> str:
    words = query_words(run)
    return words[-1] if words else run

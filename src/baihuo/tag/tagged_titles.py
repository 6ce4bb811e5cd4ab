"""Reads tagged titles: one character and its tag a line, an empty line between titles."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from baihuo.core import BadInput, NotFound, Product

# Tagged titles from a catalogue: the brand and the model of a product where its title has them.


BRAND, MODEL, THING = "HPPX", "XH", "HCCX"  # as tagged titles name them


def titles_of(products: Iterable[Product]) -> list[TaggedTitle]:
    """Every title with its product's brand in it, tagged; in it the model, too.

    Titles without the brand are left out: they may have it in another spelling, which is not to be learned as no brand.
    """
    found: dict[str, TaggedTitle] = {}
    for product in products:
        for title in (product.title_zh, product.title_en):
            if not title or not product.brand or "\n" in title or "\r" in title:
                continue
            tags = ["O"] * len(title)
            if _mark(tags, title, product.brand, BRAND):
                if product.model:
                    _mark(tags, title, product.model, MODEL)
                found.setdefault(title, TaggedTitle(title, tuple(tags)))
    return list(found.values())


def _mark(tags: list[str], title: str, part: str, tag: str) -> bool:
    """Tag each place where a part stands as a whole word and nothing is tagged; whether there is one."""
    name, is_found = re.escape(plain_characters(part.strip())), False
    if not name:
        return False
    for match in re.finditer(rf"(?<![a-z0-9]){name}(?![a-z0-9])", plain_characters(title)):
        start, end = match.span()
        if {*tags[start:end]} == {"O"}:
            tags[start:end] = [f"B-{tag}"] + [f"I-{tag}"] * (end - start - 1)
            is_found = True
    return is_found


# What the tagger looks at around each character of a title.


_RUN = re.compile(r"[a-z0-9][a-z0-9.\-+/*]*")
_EDGE = "\x02"
_NEAR = 2  # characters to each side


def plain_characters(text: str) -> str:
    """The characters of a text in narrow, lower-case form, one for one."""
    return "".join(_plain(c) for c in text)


@cache
def _plain(character: str) -> str:
    plain = unicodedata.normalize("NFKC", character).lower()
    return plain if len(plain) == 1 else character


def features_of(text: str) -> list[list[str]]:
    """The names of the features of each character: the characters around it alone, in pairs and triples, their classes,
    the word that it is in, with its place there, the words next to it, and its position in the title.

    Args:
        text: as :func:`plain_characters` returns it.
    """
    padded = _EDGE * _NEAR + text + _EDGE * _NEAR
    classes = "".join(map(_class_of, padded))
    words, places = _words(text)
    last = len(words) - 1
    found = []
    for at in range(len(text)):
        c = padded[at : at + 2 * _NEAR + 1]
        k = classes[at : at + 2 * _NEAR + 1]
        number, place = places[at]
        word = words[number]
        before = words[number - 1] if number else _EDGE
        after = words[number + 1] if number < last else _EDGE
        found.append(
            [
                f"a{c[0]}",
                f"b{c[1]}",
                f"c{c[2]}",
                f"d{c[3]}",
                f"e{c[4]}",
                f"f{c[0:2]}",
                f"g{c[1:3]}",
                f"h{c[2:4]}",
                f"i{c[3:5]}",
                f"j{c[1]}{c[3]}",
                f"k{c[0:3]}",
                f"l{c[1:4]}",
                f"m{c[2:5]}",
                f"n{k[1:4]}",
                f"o{k}",
                f"p{place}{word}",
                f"q{before}|{place}",
                f"r{after}|{place}",
                f"s{before}|{word}",
                f"t{word}|{after}",
                f"u{_shape(word)}{place}",
                f"v{min(number, 4)}{place}",
                f"w{min(last - number, 3)}{place}",
            ]
        )
    return found


def _class_of(character: str) -> str:
    if character.isdigit():
        return "9"
    if character.isascii() and character.isalpha():
        return "a"
    if character.isspace():
        return " "
    if character == _EDGE:
        return "^"
    return "字" if character.isalpha() else "."


def _shape(word: str) -> str:
    """The classes of a word's characters, each run once."""
    return re.sub(r"(.)\1+", r"\1+", "".join(map(_class_of, word)))


def _words(text: str) -> tuple[list[str], list[tuple[int, str]]]:
    """The words of a text, and of each character the number of its word and its place there: B, M, E or S."""
    words: list[str] = []
    at = 0
    for run in _RUN.finditer(text):
        words.extend(_jieba().cut(text[at : run.start()]))
        words.append(run.group())
        at = run.end()
    words.extend(_jieba().cut(text[at:]))
    places: list[tuple[int, str]] = []
    for number, word in enumerate(words):
        letters = "S" if len(word) == 1 else "B" + "M" * (len(word) - 2) + "E"
        places.extend((number, letter) for letter in letters)
    return words, places


@cache
def _jieba() -> Any:
    import rjieba

    return rjieba


_TAG = re.compile(r"O|[BI]-[^\s-]+")
_FORMAT = (
    "write one character, a space and its tag a line (手 B-HCCX), and an empty line between titles"
)


class Span(NamedTuple):
    """A tagged part of a text, end excluded."""

    tag: str  # HCCX, HPPX, XH, … as the tagged titles name it
    start: int
    end: int


class TaggedTitle(NamedTuple):
    """A title and the tag of each of its characters: ``O``, or ``B-`` and ``I-`` with a name."""

    text: str
    tags: tuple[str, ...]


def read_tagged_titles(file: Path) -> list[TaggedTitle]:
    """The titles of a file.

    Raises:
        NotFound: there is no file.
        BadInput: a line is not a character and a tag, or a tag continues nothing; the file has no title.
    """
    if not file.is_file():
        raise NotFound(f"no file {file}", fix="name a file of tagged titles")
    titles: list[TaggedTitle] = []
    characters: list[str] = []
    tags: list[str] = []
    try:
        lines = file.read_text("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file} is not UTF-8: {error}", fix="save it as UTF-8") from None
    for number, line in enumerate([*lines, ""], start=1):
        line = line.rstrip("\r")
        if line:
            character, tag = _read(line, f"{file}:{number}", tags[-1] if tags else "O")
            characters.append(character)
            tags.append(tag)
        elif characters:
            titles.append(TaggedTitle("".join(characters), tuple(tags)))
            characters, tags = [], []
    if not titles:
        raise BadInput(f"{file} has no title", fix=_FORMAT)
    return titles


def _read(line: str, where: str, before: str) -> tuple[str, str]:
    character, space, tag = line[:1], line[1:2], line[2:]
    if space not in (" ", "\t") or not _TAG.fullmatch(tag):
        raise BadInput(f"{where}: {line!r} is not a character and a tag", fix=_FORMAT)
    if tag[0] == "I" and before[2:] != tag[2:]:
        raise BadInput(
            f"{where}: {tag} continues nothing: the tag before is {before}",
            fix=f"write B-{tag[2:]} where a part begins",
        )
    return character, tag


def spans_of(tags: Sequence[str]) -> list[Span]:
    """The tagged parts; an ``I-`` that continues nothing begins one."""
    spans: list[Span] = []
    for at, tag in enumerate(tags):
        if tag == "O":
            continue
        is_more = tag[0] == "I" and spans and spans[-1].end == at and spans[-1].tag == tag[2:]
        if is_more:
            spans[-1] = spans[-1]._replace(end=at + 1)
        else:
            spans.append(Span(tag[2:], at, at + 1))
    return spans


class TagScore(NamedTuple):
    """How well one tag's parts are found; a part counts if tag, start and end are right."""

    tag: str  # "all": of all tags together
    n: int  # true parts
    precision: float
    recall: float
    f1: float


def score_tags(truth: Iterable[Sequence[Span]], found: Iterable[Sequence[Span]]) -> list[TagScore]:
    """Scores by tag, then of all parts together, in the way of CoNLL (exact parts).

    Args:
        truth: the parts of each title.
        found: the same titles' parts that were found.
    """
    right: dict[str, int] = defaultdict(int)
    n_true: dict[str, int] = defaultdict(int)
    n_found: dict[str, int] = defaultdict(int)
    for of_truth, of_found in zip(truth, found, strict=True):
        for counts, spans in (
            (n_true, {*of_truth}),
            (n_found, {*of_found}),
            (right, {*of_truth} & {*of_found}),
        ):
            for span in spans:
                counts[span.tag] += 1
                counts["all"] += 1
    tags = sorted({*n_true, *n_found} - {"all"})
    return [_score(tag, n_true[tag], n_found[tag], right[tag]) for tag in [*tags, "all"]]


def _score(tag: str, n_true: int, n_found: int, n_right: int) -> TagScore:
    precision, recall = n_right / max(n_found, 1), n_right / max(n_true, 1)
    both = precision + recall
    return TagScore(tag, n_true, precision, recall, 2 * precision * recall / both if both else 0.0)

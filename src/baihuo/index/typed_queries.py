"""Searches that several visitors typed, from the clean log: what may be suggested to others.

A search that few people typed may name one of them, so it is never suggested; nor is one of a few hours, however many typed
it: a loop takes a new visitor id for each search, but not another day.
"""

from __future__ import annotations

import json
import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from baihuo.core import has_han
from baihuo.engine import Source, Tables, sql_file, written_whole
from baihuo.index.known_phrases import folded
from baihuo.index.pinyin import syllables
from baihuo.privacy import PSEUDONYM

SEARCHED_EVENTS = sql_file(__file__, "searched_events")
"""A part of other statements, for their ``{searched}``."""


_LOG = logging.getLogger(__name__)
_LONGEST = 60  # characters
_MOST = 50_000  # queries that are kept, the most typed ones
_TEXTS = sql_file(__file__, "typed_texts").bind(searched=SEARCHED_EVENTS)


class TypedQuery(NamedTuple):
    """A search as most of its visitors wrote it."""

    text: str
    n_visitors: int
    sound: str = ""  # of a text with Chinese: its pinyin and letters, without spaces
    initials: str = ""


def write_typed_queries(
    file: Path, *, tables: Tables, events: Source, least_visitors: int
) -> list[TypedQuery]:
    """Write the searches that at least ``least_visitors`` visitors typed, in as many hours, and return them, the most typed first.

    Args:
        file: replaced in one step.
        tables: the engine.
        events: the clean events.
        least_visitors: who typed a search, in any width, case and characters.
    """
    found = tables.sql(_TEXTS(), events=events)
    columns = (found.column(c).to_pylist() for c in ("query_text", "visitors", "hours"))
    queries = typed_queries(zip(*columns, strict=True), least_visitors=least_visitors)
    with written_whole(file) as part:
        part.write_text(json.dumps(queries, ensure_ascii=False), "utf-8")
    return queries


def read_typed_queries(file: Path) -> list[TypedQuery]:
    """What :func:`write_typed_queries` wrote; none where there is no file.

    A file that cannot be read is logged as such and says nothing: completions of the catalogue are still there.
    """
    if not file.exists():
        return []
    try:
        read = [TypedQuery(*row) for row in json.loads(file.read_text("utf-8"))]
        if any(not isinstance(q.text, str) or not isinstance(q.n_visitors, int) for q in read):
            raise ValueError("a search that is no text, or of no number of visitors")
        return read
    except (ValueError, TypeError) as error:
        _LOG.warning("%s cannot be read (%s); write it again: baihuo index", file, error)
        return []


def typed_queries(
    texts: Iterable[tuple[str, Sequence[str], Sequence[int]]], *, least_visitors: int
) -> list[TypedQuery]:
    """Searches that enough visitors typed, the most typed first; ties by text.

    Args:
        texts: each text with the visitors who typed it and the hours in which they did; the same text may come again.
        least_visitors: of one search, and as many hours.
    """
    visitors: dict[str, set[str]] = defaultdict(set)
    hours: dict[str, set[int]] = defaultdict(set)
    forms: dict[str, Counter[str]] = defaultdict(Counter)
    for text, of_text, in_hours in texts:
        plain = " ".join(text.split())
        key = folded(plain)
        if not key or len(key) > _LONGEST or PSEUDONYM.search(plain):
            continue
        visitors[key].update(of_text)
        hours[key].update(in_hours)
        forms[key][plain] += len(of_text)
    enough = [k for k in visitors if min(len(visitors[k]), len(hours[k])) >= least_visitors]
    enough.sort(key=lambda key: (-len(visitors[key]), key))
    return [
        _with_sound(max(forms[key].items(), key=lambda f: (f[1], f[0]))[0], len(visitors[key]))
        for key in enough[:_MOST]
    ]


def _with_sound(text: str, n_visitors: int) -> TypedQuery:
    if not has_han(text):
        return TypedQuery(text, n_visitors)
    of = syllables(folded(text).replace(" ", ""))
    return TypedQuery(text, n_visitors, "".join(of), "".join(s[0] for s in of))

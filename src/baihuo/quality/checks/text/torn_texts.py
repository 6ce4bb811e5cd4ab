"""Descriptions that were pasted twice, and words that are still broken as at the ends of a brochure's lines.

A text twice is said once: nothing of it is lost. A broken word is joined where other descriptions have it whole, and none has
it with a hyphen; where one word of a text is not confirmed so, all of it stays and is noted.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pyarrow as pa

from baihuo.engine import sql_file
from baihuo.quality.checks.text.nobody.repeated import said_once
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_CANDIDATES = sql_file(__file__, "torn_candidates")
_WORDS = sql_file(__file__, "words_of_texts")
_TORN_TEXTS = sql_file(__file__, "torn_texts")
_BREAK = r"\pL{2,}-\s+\p{Ll}{2,}"  # RE2
_BROKEN = re.compile(r"(?<![^\W\d_])([^\W\d_]{2,}+)-(\s++)([^\W\d_]{2,})")
_AGAIN = 20  # letters of the beginning that come again
_LEAST_POINTS = 40  # letters of one copy
# "indoor- and outdoor": the hyphen stands for a part of the word that follows
_HANGING = frozenset("and or to und oder bis et ou en of y o e".split())
_JUDGED = ("rule", "new", "why")


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Descriptions that are one text twice, or have broken words: repaired where that is confirmed, else noted."""
    candidates, words, known, judged = (
        findings.work / f"torn_{name}.parquet"
        for name in ("candidates", "words", "known", "judged")
    )
    rows = findings.rows("description_en", "description_zh")
    tables = findings.tables
    tables.sql(
        _CANDIDATES(rows=rows, again=_AGAIN, **{"break": _BREAK}),
        out=candidates,
        **findings.inputs(),
    )
    if not n_rows(candidates):
        return CheckResult()
    tables.map_arrow(_words_to_look_for, candidates, out=words)
    counts: dict[str, int] = {}
    if n_rows(words):
        tables.sql(_WORDS(rows=rows), out=known, words=words, **findings.inputs())
        found = tables.sql("SELECT word, n FROM known", out=None, known=known).to_pydict()
        counts = dict(zip(found["word"], found["n"], strict=True))
    tables.map_arrow(_judge(counts), candidates, out=judged)
    return CheckResult(selects=[_TORN_TEXTS(texts="judged_texts")], inputs={"judged_texts": judged})


def _breaks(text: str) -> list[re.Match[str]]:
    return [m for m in _BROKEN.finditer(text) if m[3][0].islower() and m[3].lower() not in _HANGING]


def _words_to_look_for(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Batches of ``text`` in; each broken word, whole and with its hyphen, and its end, as ``word`` out."""
    words = {
        word
        for text in batch["text"].to_pylist()
        for m in _breaks(text)
        for word in (f"{m[1]}{m[3]}".lower(), f"{m[1]}-{m[3]}".lower(), m[3].lower())
    }
    return pa.RecordBatch.from_pydict({"word": pa.array(sorted(words), pa.string())})


def joined(text: str, counts: dict[str, int]) -> str | None:
    """The text with its broken words joined; None: one of them is not confirmed.

    Args:
        text: A description.
        counts: In how many descriptions a word stands, lower case.

    A hyphen before a blank may be a dash: there, the end of the word must be rarer than the word.

    >>> joined("A com-\\nplete set-\\nup", {"complete": 3, "setup": 2}), joined("A well-\\nknown pot", {"well-known": 2})
    ('A complete setup', None)
    """

    def whole(m: re.Match[str]) -> str:
        return f"{m[1]}{m[3]}" if m.start() in at else m[0]

    at = {m.start() for m in _breaks(text)}
    for m in _breaks(text):
        n = counts.get(f"{m[1]}{m[3]}".lower(), 0)
        is_dash = "\n" not in m[2] and counts.get(m[3].lower(), 0) >= n
        if n == 0 or is_dash or counts.get(f"{m[1]}-{m[3]}".lower()):
            return None
    return _BROKEN.sub(whole, text) if at else None


def _judge(counts: dict[str, int]) -> Callable[[pa.RecordBatch], pa.RecordBatch]:
    """Batches of candidates in; the same with ``rule``, ``new`` and ``why``, null where nothing is wrong, out."""

    def judged(text: str) -> tuple[str | None, str | None, str | None]:
        once = said_once(text, least=_LEAST_POINTS)
        if once is not None:
            return "repeated_words", once, "the whole text twice"
        breaks = _breaks(text)
        if not breaks:
            return None, None, None
        new = joined(text, counts)
        at_lines = sum("\n" in m[2] for m in breaks)
        if new is None and at_lines < 2:
            return None, None, None  # a hyphen before a blank may be a dash
        return "hidden_characters", new, "words are broken as at the ends of lines"

    def batch_of(batch: pa.RecordBatch) -> pa.RecordBatch:
        columns = zip(*(judged(text) for text in batch["text"].to_pylist()), strict=True)
        for name, column in zip(_JUDGED, columns, strict=False):
            batch = batch.append_column(name, pa.array(column, pa.string()))
        if batch.num_rows == 0:
            for name in _JUDGED:
                batch = batch.append_column(name, pa.array([], pa.string()))
        return batch

    return batch_of

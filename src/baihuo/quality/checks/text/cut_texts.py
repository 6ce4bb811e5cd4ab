"""Descriptions that stop within a sentence or a word: a column was too short for them.

Where nearly all texts of a shop end with the end of a sentence, one that does not is looked at: its last word is a piece of words
that others have, or a little one that many have and no sentence ends with. Anywhere else, only words that end no sentence at all say so.
"""

from __future__ import annotations

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.spec import CheckContext, CheckResult

_CANDIDATES = sql_file(__file__, "cut_candidates")
_CUT_TEXTS = sql_file(__file__, "cut_texts")
_MIN_CHARS = 60
_ENDED = 0.8
_MIN_TEXTS = 50
_MOST_READ = 5_000  # texts: words of a shop come again and again
_MIN_SHARE = 0.01
_MIN_WITH_WORD = 10
_MAX_LITTLE = 3
_PIECE = r"\s\p{Ll}+\s*$|\s\p{L}{1,2}\s*$|[.!?]\s\p{Lu}\p{Ll}*\s*$"
# cased: "vitamin A", "Made in OR", "the The"
_OPEN = r"\s(?:the|an?|and|or|of|with|for|from|your|its|our|their|which|than|whose|into|without)\s*$|[\p{Han}](?:和|与|及|或|以及|并且)\s*$"


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Notes of descriptions that stop too early."""
    selects, inputs = list[str](), dict[str, Source]()
    for field in ("description_en", "description_zh"):
        if field in findings.empty:
            continue
        candidates = findings.work / f"cut_{field}.parquet"
        rows = findings.rows(field, "brand")
        findings.tables.sql(
            _CANDIDATES(
                rows=rows,
                field=field,
                min_chars=_MIN_CHARS,
                ended=_ENDED,
                min_texts=_MIN_TEXTS,
                open=_OPEN,
                piece=_PIECE,
            ),
            out=candidates,
            **findings.inputs(),
        )
        if n_rows(candidates):
            name = f"cut_{field}"
            inputs[name] = candidates
            selects.append(
                _CUT_TEXTS(
                    candidates=name,
                    rows=rows,
                    field=field,
                    min_chars=_MIN_CHARS,
                    most=_MOST_READ,
                    min_share=_MIN_SHARE,
                    min_texts=_MIN_WITH_WORD,
                    max_little=_MAX_LITTLE,
                )
            )
    return CheckResult(selects=selects, inputs=inputs)

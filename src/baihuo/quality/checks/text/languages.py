"""Round 2 of step ``text``: words of one language in the field of another."""

from __future__ import annotations

from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

_OF = sql_file(__file__, "languages")

_HAN = "[\\x{3400}-\\x{4dbf}\\x{4e00}-\\x{9fff}]"
# letters of scripts that are neither Latin nor Chinese
_OTHER = "[\\x{370}-\\x{3ff}\\x{400}-\\x{52f}\\x{590}-\\x{6ff}\\x{900}-\\x{109f}\\x{e00}-\\x{e7f}\\x{3041}-\\x{30fa}\\x{ac00}-\\x{d7a3}]"
_WORD = "[A-Za-zÀ-ÿ]{3,}"
_DESTROYED = "\\x{fffd}|\\?{3}"  # by a wrong encoding: what is left is not foreign
_SWAPS = (("title_en", "title_zh"), ("description_en", "description_zh"))


def find(ledger: FindingsStore, settings: TextRules, given: CheckContext) -> CheckResult:
    """Swapped where both sides say so, or one side is empty; else a note.

    Latin names inside Chinese are how shops write; a Chinese title of a maker's name and a number
    alone is one as well, so a Latin text must have some words before it is foreign there.
    """
    selects = [_of(ledger, settings, en, zh) for en, zh in _SWAPS]
    return CheckResult(selects=selects)


def _of(ledger: FindingsStore, settings: TextRules, en: str, zh: str) -> str:
    limits = settings
    return _OF(
        en=en,
        zh=zh,
        han=_HAN,
        word=_WORD,
        other=_OTHER,
        rows=ledger.rows(en, zh),
        foreign_share=limits.foreign_share,
        foreign_words=limits.foreign_words,
        destroyed=_DESTROYED,
    )

"""Round 2 of step ``text``: words of one language in the field of another."""

from __future__ import annotations

from baihuo.engine import sql_file
from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

_FIELDS = (("title_en", "title_zh"), ("description_en", "description_zh"))
_LANGUAGES = sql_file(__file__, "languages").bind(
    han_pattern="[\\x{3400}-\\x{4dbf}\\x{4e00}-\\x{9fff}]",
    # letters of scripts that are neither Latin nor Chinese
    other_pattern="[\\x{370}-\\x{3ff}\\x{400}-\\x{52f}\\x{590}-\\x{6ff}\\x{900}-\\x{109f}"
    "\\x{e00}-\\x{e7f}\\x{3041}-\\x{30fa}\\x{ac00}-\\x{d7a3}]",
    word_pattern="[A-Za-zÀ-ÿ]{3,}",
    destroyed_pattern="\\x{fffd}|\\?{3}",
)


def find(findings: FindingsStore, settings: TextRules, context: CheckContext) -> CheckResult:
    """Texts that are swapped where both fields say so; else a note."""
    return CheckResult(
        selects=[
            _LANGUAGES(
                en=en,
                zh=zh,
                rows=findings.rows(en, zh, "brand"),
                foreign_share=settings.foreign_share,
                foreign_words=settings.foreign_words,
            )
            for en, zh in _FIELDS
        ]
    )

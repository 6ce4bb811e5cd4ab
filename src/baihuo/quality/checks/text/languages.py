"""Round 2 of step ``text``: words of one language in the field of another."""

from __future__ import annotations

from baihuo.quality.checks.text.settings import TextRules
from baihuo.quality.engine.findings import FindingsStore
from baihuo.quality.spec import CheckContext, CheckResult

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
    return f"""
        WITH counted AS (
            SELECT import_id, line, {en} AS en, {zh} AS zh,
                   len(regexp_extract_all({en}, '{_HAN}')) AS en_han, len(regexp_extract_all({zh}, '{_HAN}')) AS zh_han,
                   len(regexp_extract_all({en}, '{_WORD}')) AS en_words, len(regexp_extract_all({zh}, '{_WORD}')) AS zh_words,
                   len(regexp_extract_all({en}, '[A-Za-z]')) AS en_latin,
                   len(regexp_extract_all({zh}, '[A-Za-z]')) AS zh_latin,
                   len(regexp_extract_all({en}, '{_OTHER}')) AS en_other, len(regexp_extract_all({zh}, '{_OTHER}')) AS zh_other
            FROM {ledger.rows(en, zh)}
            WHERE regexp_matches({en}, '{_HAN}|{_OTHER}') OR ({zh} <> '' AND NOT regexp_matches({zh}, '{_HAN}'))
               OR regexp_matches({zh}, '{_OTHER}{{3,}}')),
        judged AS (
            SELECT *, coalesce(en_han >= 2 AND en_han >= {limits.foreign_share} * (en_han + en_other + en_latin / 3.0), false) AS is_en_chinese,
                   coalesce(zh_han = 0 AND zh_words >= {limits.foreign_words}, false) AS is_zh_latin,
                   coalesce(en_other >= 4 AND en_other > {limits.foreign_share} * (en_han + en_other + en_latin), false) AS is_en_other,
                   coalesce(zh_other >= 4 AND zh_other > {limits.foreign_share} * (zh_han + zh_other + zh_latin), false) AS is_zh_other
            FROM counted),
        decided AS (
            SELECT *, CASE
                WHEN is_en_chinese AND coalesce(zh, '') = '' THEN 'moved to {zh}'
                WHEN is_en_chinese AND zh_han = 0 AND zh_words >= 1 AND NOT is_zh_other THEN 'swapped'
                WHEN is_zh_latin AND coalesce(en, '') = '' THEN 'moved to {en}' END AS swap
            FROM judged)
        SELECT import_id, line, 'swapped_languages' AS rule, 'repair' AS action, field, new,
               CAST(to_json(struct_pack(field := field, old := old, new := new, why := swap)) AS VARCHAR) AS detail
        FROM (SELECT import_id, line, swap, unnest([
                  struct_pack(field := '{en}', old := en, new := nullif(zh, '')),
                  struct_pack(field := '{zh}', old := zh, new := nullif(en, ''))], recursive := true)
              FROM decided WHERE swap IS NOT NULL)
        UNION ALL
        SELECT import_id, line, 'wrong_language', 'note', NULL, NULL,
               CAST(to_json(struct_pack(field := field, text := left(text, 300), found := found)) AS VARCHAR)
        FROM (SELECT import_id, line, '{en}' AS field, en AS text,
                     CASE WHEN is_en_chinese THEN 'Chinese' WHEN is_en_other THEN 'another script'
                          WHEN en_han >= 2 THEN 'partly Chinese' END AS found
              FROM decided WHERE swap IS NULL
              UNION ALL
              SELECT import_id, line, '{zh}', zh,
                     CASE WHEN is_zh_other THEN 'another script' WHEN is_zh_latin THEN 'Latin' END
              FROM decided WHERE swap IS NULL)
        WHERE found IS NOT NULL AND NOT regexp_matches(text, '{_DESTROYED}')"""

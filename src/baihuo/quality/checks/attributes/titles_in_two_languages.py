"""Chinese titles that name another brand, model, colour, sex or measure than the English title beside them."""

from __future__ import annotations

import re

from baihuo.engine import sql_file
from baihuo.quality.checks.attributes.colours import ALIKE_ROWS, COLOUR_PATTERN, COLOUR_ROWS
from baihuo.quality.checks.attributes.measure_units import UNIT_ROWS, UNIT_SPELLINGS
from baihuo.quality.checks.attributes.mentions import normalized
from baihuo.quality.findings import FindingsStore

_MIN_AGREEMENT = 0.9  # of listings whose two titles name one and the same
_MIN_KNOWN = 5  # titles that begin with a brand's Chinese name
_MIN_WRITTEN = 0.5  # of a brand's titles; others have its Latin name alone
_WOMEN = "women|woman|ladies|lady|females?|girls?"
_HAN_UNITS = "|".join(
    sorted(
        (re.escape(u) for u in UNIT_SPELLINGS if re.fullmatch(r"[\u4e00-\u9fff]+", u)),
        key=lambda unit: (-len(unit), unit),
    )
)
# not within a model number
_MEASURE = rf"(?:^|[^a-z0-9.,/-])([0-9]+(?:[.,][0-9]+)? ?(?:[a-zμ]{{1,8}}|{_HAN_UNITS}))"
_TITLES_IN_TWO_LANGUAGES = sql_file(__file__, "titles_in_two_languages").bind(
    normalized_brand=normalized("brand"),
    normalized_model=normalized("model"),
    normalized_title=normalized("title_en"),
    colours=COLOUR_ROWS,
    pattern=COLOUR_PATTERN,
    alike=ALIKE_ROWS,
    units=UNIT_ROWS,
    measure=_MEASURE,
    min_known=_MIN_KNOWN,
    min_written=_MIN_WRITTEN,
    sexes=rf"\b(?:{_WOMEN}|men|man|gentlemen|males?|boys?)\b",
    women=f"^(?:{_WOMEN})",
    min_agreement=_MIN_AGREEMENT,
)


def titles_in_two_languages(findings: FindingsStore, min_rows: int) -> list[str]:
    """SQL of findings that ``contradictions`` does not have; none for a shop of one language."""
    if {"title_en", "title_zh"} & set(findings.empty):
        return []
    rows = findings.rows("brand", "model", "title_en", "title_zh")
    return [_TITLES_IN_TWO_LANGUAGES(rows=rows, min_rows=min_rows)]

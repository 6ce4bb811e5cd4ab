"""Titles that hold their description, end with other brands, stop within a word, or lost a sign or a digit."""

from __future__ import annotations

from baihuo.engine import sql_file

_WORD = r"[\p{L}\p{M}\p{N}]+"
_ODD_TITLES = sql_file(__file__, "odd_titles").bind(
    min_chars=30,
    max_share=0.03,
    dash=r"\S [–—-] \S",
    lost=r"[^\s?] \? [^\s?]",
    min_dashes=50,
)
_SCANNED_MEASURES = sql_file(__file__, "scanned_measures").bind(
    measure=r"(?:^|[\s(,/+x×])([0-9OolIS]*[0-9][0-9OolIS]*|[OolI][OolI]+|[lI][Oo]|[1-9lI][Oo]+)(?:[.,][0-9]+)? ?"
    r"(?:m[lL]|[kmcµ]?[gm]|GB|TB|MB|[km]?W|k?Wh|m?Ah|[kMG]?Hz|cl|L|V|oz|lbs?|ft|in|inch(?:es)?|pcs?|pieces|packs?|count|dpi|px|tablets|capsules|bags|sheets)\b"
)
_CUT_TITLES = sql_file(__file__, "cut_titles").bind(
    # as words are written: codes and abbreviations in capitals end titles, too
    piece=r"[\s,;/(–-](\p{Lu}\p{Ll}{1,6}|\p{Ll}{2,6})\s*$",
    word=_WORD,
    most=20_000,
    min_titles=5,
    max_ends=5,
    plurals="|s|es|d|ed",
    endings="|s|es|d|ed|r|er|ers|st|est|e|y|ly|n|en|ns|ing|ings|al|ic|able|less|ful|ness|like|wear|ware",
)
_BRANDS_IN_A_ROW = sql_file(__file__, "brands_in_a_row").bind(
    words=_WORD,
    made_for=r"\b(?:for|fits?|compatible|works with|replace(?:s|ment)?|vs)\b",
    min_titles=3,
    min_share=0.5,
)


def odd_titles(rows: str, empty: frozenset[str] | tuple[str, ...]) -> list[str]:
    """SQL of notes.

    Args:
        rows: titles, descriptions, ``brand`` and ``attributes``.
        empty: columns without any value.
    """
    found = [
        _ODD_TITLES(
            rows=rows,
            title=f"title_{language}",
            description=f"description_{language}",
        )
        for language in ("en", "zh")
        if f"title_{language}" not in empty
    ]
    if "title_en" in empty:
        return found
    return [*found, *(of(rows=rows) for of in (_SCANNED_MEASURES, _CUT_TITLES, _BRANDS_IN_A_ROW))]

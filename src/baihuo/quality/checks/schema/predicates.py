"""SQL that the declarations of this step share: too long, blank, no id, no title."""

from __future__ import annotations

from baihuo.quality.checks.schema.null_words import is_null_title


def is_longer(column: str, limit: str) -> str:
    """SQL: bytes are counted already, characters have to be, so that is asked of long texts only."""
    return f"(strlen({column}) > {limit} AND length({column}) > {limit})"


# not a space of any width, a tab, a control or an invisible character
_HAS_VISIBLE = r"regexp_matches({}, '[^\s\pZ\pC]')"


def _is_blank(column: str) -> str:
    """SQL: nothing that a person sees. A first character of printed ASCII saves the pattern, which is slow."""
    is_ascii = f"coalesce(ascii({column}) BETWEEN 33 AND 126, false)"
    return f"({column} IS NULL OR (NOT {is_ascii} AND NOT {_HAS_VISIBLE.format(column)}))"


def is_no_id(column: str) -> str:
    return f"({_is_blank(column)} OR {{null_{column}}})"


def is_no_title(column: str) -> str:
    return f"({_is_blank(column)} OR {is_null_title(column)})"

"""Brands and models that are not the ones their titles name, or no names at all.

What a name is not (a date, a price, an address) is in ``strange_names.yaml``. How titles are made is counted in the shop: only where nearly all of them begin with the brand, or name the
model, one that does not is a finding, and only where it names another that is known.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import yaml

from baihuo.engine import sql_file, sql_text
from baihuo.quality.checks.attributes.synonyms import COLOURS
from baihuo.quality.findings import FindingsStore

_WORDS = r"[\p{L}\p{M}\p{N}]+"
_MIN_SHARE = 0.75  # of titles begin with their brand: a dirty sheet has a few that do not
_MIN_HABIT = 0.9  # of listings are of brands whose titles do
_MIN_MODEL_SHARE = 0.8  # of titles name their model
_MIN_KNOWN = 5  # titles that begin with a brand, before it is known
_MAX_FORM_SHARE = 0.05  # of all models, and of a brand's, may be a date, a code, the title


def _normalized(text: str) -> str:
    return f"array_to_string(regexp_extract_all(lower({text}), '{_WORDS}'), ' ')"


def _form(column: str) -> str:
    """SQL: what a cell is that holds no name, else NULL."""
    text = Path(__file__).with_name("strange_names.yaml").read_text(encoding="utf-8")
    cell = f"lower(trim({column}))"
    cases = (
        f"WHEN regexp_matches({cell}, {sql_text('(?s)' + '|'.join(patterns.splitlines()))}) THEN {sql_text(why)}"
        for why, patterns in yaml.safe_load(text)[column].items()
    )
    return f"CASE {' '.join(cases)} END"


@cache
def _statements() -> dict[str, Callable[..., str]]:
    normalized = {f"normalized_{name}": _normalized(name) for name in ("brand", "model")}
    title = _normalized("coalesce(title_en, title_zh)")
    return {
        "brand": sql_file(__file__, "brand_names").bind(
            normalized_brand=normalized["normalized_brand"],
            normalized_title=title,
            form=_form("brand"),
            min_share=_MIN_SHARE,
            min_habit=_MIN_HABIT,
            min_known=_MIN_KNOWN,
        ),
        "model": sql_file(__file__, "model_names").bind(
            **normalized,
            normalized_title=title,
            form=_form("model"),
            code="[a-z]{1,4}[0-9]{2,5}[a-z]?",  # not A4, 5G, USB3
            min_share=_MIN_MODEL_SHARE,
            max_share=_MAX_FORM_SHARE,
        ),
    }


def brand_names(findings: FindingsStore, min_rows: int) -> str:
    """SQL of findings: brands against the beginnings of titles. Reads ``contradictions`` and ``known_values``, too."""
    rows = findings.rows("brand", "title_en", "title_zh")
    return _statements()["brand"](rows=rows, min_rows=min_rows, no_names=_no_names())


@cache
def _no_names() -> str:
    """SQL rows of words that name no brand: colours, and what is written where none is known."""
    text = Path(__file__).with_name("no_brand_words.yaml").read_text(encoding="utf-8")
    words = {word for line in yaml.safe_load(text) for word in line}
    words |= {word for en, others in COLOURS.items() for word in (en, *others)}
    return ", ".join(f"({sql_text(word)})" for word in sorted(words))


def model_names(findings: FindingsStore, min_rows: int) -> str:
    """SQL of findings: models against titles."""
    rows = findings.rows("brand", "model", "codes", "title_en", "title_zh")
    return _statements()["model"](rows=rows, min_rows=min_rows)

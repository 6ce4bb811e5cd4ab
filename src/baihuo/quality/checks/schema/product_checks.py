"""The checks of listings: values that cannot be true."""

from __future__ import annotations

from baihuo.quality.checks.json_object import is_no_object
from baihuo.quality.checks.schema.currencies import as_written_right, is_no_currency
from baihuo.quality.checks.schema.predicates import is_no_id, is_no_title
from baihuo.quality.spec import Check

PRODUCT_CHECKS = (
    Check(
        name="no_product_id",
        step="schema",
        on="products",
        action="quarantine",
        predicate=is_no_id("product_id"),
        version="2",
        why="nothing can point at it: it has no id, or a word such as null for one",
        fix="fill product_id",
    ),
    Check(
        name="no_title",
        step="schema",
        on="products",
        action="quarantine",
        predicate=f"{is_no_title('title_en')} AND {is_no_title('title_zh')}",
        version="5",
        why="a product without a title can be neither found nor shown; a word for null or for a test is none",
        fix="fill a title in one language",
    ),
    Check(
        name="huge_listing",
        step="schema",
        on="products",
        action="quarantine",
        predicate="length(product_id) > {max_id_chars} OR length(title_en) > {max_text_chars} "
        "OR length(title_zh) > {max_text_chars}",
        why="an id or a title (or a description, left out) is longer than people write: a shifted column or an attack",
        fix="look for an unclosed quote in the source file near this line",
    ),
    Check(
        name="bad_listing_price",
        step="schema",
        on="products",
        action="repair",
        field="price_minor",
        predicate="price_minor < 0 OR price_minor > {max_price_minor}",
        why="nothing is sold at this price; it is withheld until somebody sets it (of one variant: that value alone)",
        fix="send the price in the smallest unit of its currency",
    ),
    Check(
        name="bad_listing_currency",
        step="schema",
        on="products",
        action="repair",
        field="currency",
        replacement=as_written_right(),
        predicate=is_no_currency(),
        why="it is not an ISO 4217 code",
        fix="send three capital letters: CNY, EUR, USD",
        version="2",
    ),
    Check(
        name="bad_stock",
        step="schema",
        on="products",
        action="repair",
        field="stock_units",
        replacement="0",
        predicate="stock_units < 0",
        why="stock below zero was oversold: there is none",
        fix="send what can be sold now",
    ),
    Check(
        name="bad_attributes",
        step="schema",
        on="products",
        action="repair",
        field="attributes",
        replacement="'{{}}'",
        predicate=is_no_object("attributes"),
        why="its attributes are not a JSON object, so no filter could read them",
        fix="send a JSON object of name to text, number or true/false",
        version="2",
    ),
    Check(
        name="null_word_in_listing",
        step="schema",
        on="products",
        action="repair",
        why="a word that stands for nothing (null, N/A, 暂无, 待补充) would be shown and searched as text; it is left out",
        fix="leave the field empty where there is no value",
        version="2",
    ),
)

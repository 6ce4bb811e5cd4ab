"""Judges texts of events: each is a visitor's words, or of one of the kinds that no visitor wrote."""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa

from baihuo.privacy import PSEUDONYM
from baihuo.quality.checks.text.cells import INTERESTS, QUERY, REFERRER, TYPED
from baihuo.quality.checks.text.nobody.queries import QUERY_RULES
from baihuo.quality.checks.text.nobody.referrers import REFERRER_RULES
from baihuo.quality.checks.text.nobody.reviews import REVIEW_RULES
from baihuo.quality.checks.text.nobody.rule import Rule, hints

RULES: dict[str, tuple[Rule, ...]] = {
    QUERY: QUERY_RULES,
    TYPED: REVIEW_RULES,
    REFERRER: REFERRER_RULES,
    INTERESTS: (),  # they are the shop's, and may be damaged
}
HINTS: dict[str, str] = {kind: hints(rules) for kind, rules in RULES.items() if rules}
"""RE2 of each kind of text: what it does not match is not judged."""
CHECK_OF = {QUERY: "text_of_nobody", TYPED: "text_of_nobody", REFERRER: "odd_referrer"}
JUDGED = pa.schema(
    [
        ("text", pa.string()),
        ("kind", pa.string()),
        ("rule", pa.string()),
        ("action", pa.string()),  # repair: it is withheld
        ("why", pa.string()),
        ("is_left", pa.bool_()),  # as it came: no part of it is repaired
    ]
)


@cache
def _gated(kind: str) -> tuple[tuple[re.Pattern[str], Rule], ...]:
    """Each rule behind its hint, which is faster than the rule."""
    return tuple((re.compile(rule.hint, re.IGNORECASE | re.DOTALL), rule) for rule in RULES[kind])


def judge(text: str, kind: str) -> Rule | None:
    """The rule that says why a text is nobody's words; None: it may be a visitor's.

    >>> judge("系统默认好评！", "typed").why, judge("red shoes", "query")
    ('what the shop writes where nobody wrote', None)

    What was masked in it is explained by the check of personal data, and is no sign of a program here.
    """
    with_marks = text
    if "⟨" in text:
        rest = PSEUDONYM.sub("", text)
        text = PSEUDONYM.sub("x" if kind == REFERRER else " ", text)
        if not any(c.isalnum() for c in rest):
            return None
    for hint, rule in _gated(kind):
        seen = with_marks if rule.sees_masked else text
        if hint.search(seen) is not None and rule.is_so(seen):
            return rule
    return None


def judge_as_it_came(text: str, kind: str) -> Rule | None:
    """The rule of those that a text may lose the signs of when it is repaired.

    >>> judge_as_it_came("<script>alert(1)</script>", "query").why, judge_as_it_came("<b>red</b>", "query")
    ('an attack', None)
    """
    for hint, rule in _gated(kind):
        if rule.as_it_came and hint.search(text) is not None and rule.is_so(text):
            return rule
    return None


def judge_batch(batch: pa.RecordBatch) -> pa.RecordBatch:
    """Batches of ``text``, ``kind`` and ``repaired`` (the text without damage) in; :data:`JUDGED` out."""
    rows = []
    columns = (batch[name].to_pylist() for name in ("text", "kind", "repaired"))
    for text, kind, repaired in zip(*columns, strict=True):
        raw_rule = judge_as_it_came(text, kind)
        rule = raw_rule or judge(repaired, kind)
        if rule is not None:
            action = "repair" if rule.is_whole else "note"
            rows.append(
                {
                    "text": text,
                    "kind": kind,
                    "rule": CHECK_OF[kind],
                    "action": action,
                    "why": rule.why,
                    "is_left": raw_rule is not None,
                }
            )
    return pa.RecordBatch.from_pylist(rows, schema=JUDGED)

"""What visitors refused is set aside before anything else reads it, counted, and no person can bring it back."""

from __future__ import annotations

from typing import Any

import pytest

from baihuo.core import BadInput
from baihuo.engine import DuckTables
from baihuo.quality import QualityRules, RowStore, release_from_quarantine

pytestmark = pytest.mark.checks("consent")

GRANTED, DENIED = "granted", "denied"
FLAGS = [
    (None, None),
    (GRANTED, None),
    (GRANTED, GRANTED),
    (DENIED, None),
    (None, DENIED),
    (GRANTED, DENIED),
    (DENIED, DENIED),
]


def events(event: Any) -> list[Any]:
    return [
        event("click", i, consent_analytics=a, consent_personalization=p)
        for i, (a, p) in enumerate(FLAGS)
    ]


@pytest.mark.parametrize(("absent", "n_kept"), [(GRANTED, 3), (DENIED, 1)])
def test_every_row_without_consent_is_counted(
    event: Any, cleaned: Any, absent: str, n_kept: int
) -> None:
    run = cleaned(events(event), absent_consent=absent)
    kept = [(r["consent_analytics"], r["consent_personalization"]) for r in run.rows("events")]
    assert kept == FLAGS[:3] if absent == GRANTED else kept == [FLAGS[2]]
    (step,) = (s for s in run.report.steps if s.step == "consent")
    assert (step.n_in, step.n_kept, step.n_quarantined) == (7, n_kept, 7 - n_kept)
    (finding,) = (f for f in run.report.findings if f.check == "no_consent")
    assert finding.n_rows == 7 - n_kept
    refused = run.rows("quarantine_events")
    assert {r["check"] for r in refused} == {"no_consent"}
    assert len(refused) == 7 - n_kept


def test_a_shop_where_most_refuse_may_train_on_the_rest(event: Any, cleaned: Any) -> None:
    many = [event("click", i, consent_personalization=DENIED) for i in range(90)]
    many += [event("click", 7_000 * i, visitor_id=f"v{i}") for i in range(10)]
    report = cleaned(many, rules=QualityRules(max_quarantined=0.1)).report
    assert not [x for x in report.limits if x.verdict == "stop"]
    assert next(x for x in report.limits if x.name == "max_quarantined").measured == 0


def test_nobody_consents_for_a_visitor(event: Any, cleaned: Any) -> None:
    run = cleaned([event("click", 0, consent_analytics=DENIED), event("click", 1)])
    store = RowStore.of(DuckTables(threads=1), run.out.parent, run.out)
    with pytest.raises(BadInput, match="did not consent"):
        release_from_quarantine(store, ["0:1"], by="ann", why="she is fine", mask=lambda c: c)

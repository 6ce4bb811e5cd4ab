"""The gate asks what customer service learned."""

from __future__ import annotations

from typing import Any

from baihuo.release.gate_checks import check_service
from baihuo.release.gate_report import GateLimits
from baihuo.settings import Settings

LIMITS = GateLimits(**Settings().gate.model_dump())


def interval(mid: float, low: float, high: float) -> dict[str, float]:
    return {"mid": mid, "low": low, "high": high}


def report(**answers: Any) -> dict[str, Any]:
    return {
        "understanding": {"accuracy": interval(0.95, 0.93, 0.97)},
        "answers": {
            "recall1": interval(0.8, 0.7, 0.9),
            "recall1_over_bm25": interval(0.2, 0.1, 0.3),
            "coverage_at_90": interval(0.6, 0.5, 0.7),
            "ece": 0.06,
            "ece_by_chance": 0.03,
            "is_fitted": True,
            **answers,
        },
    }


def test_a_better_part_passes_and_shows_its_figures() -> None:
    check = check_service(report(), LIMITS, live_has_service=True)
    assert check.is_passed
    assert not check.warning
    assert "95.0% of held-out intents" in check.why
    assert "+0.2000" in str(check.measured["recall1_over_bm25"])


def test_answers_worse_than_bm25_are_refused() -> None:
    check = check_service(
        report(recall1_over_bm25=interval(-0.1, -0.2, -0.01)), LIMITS, live_has_service=False
    )
    assert not check.is_passed
    assert "BM25" in check.why


def test_probabilities_that_mean_something_else_are_refused() -> None:
    check = check_service(report(ece=0.2), LIMITS, live_has_service=False)
    assert not check.is_passed
    assert "gate.most_service_calibration_error" in check.why


def test_an_error_that_chance_explains_is_none() -> None:
    assert check_service(report(ece=0.12), LIMITS, live_has_service=False).is_passed


def test_probabilities_that_were_not_learned_refuse_nothing() -> None:
    check = check_service(report(ece=0.3, is_fitted=False), LIMITS, live_has_service=False)
    assert check.is_passed
    assert "off by" in check.warning


def test_what_was_kept_is_a_warning() -> None:
    check = check_service(report(kept_live="intents were worse"), LIMITS, live_has_service=True)
    assert check.is_passed
    assert "intents were worse" in check.warning


def test_a_bundle_that_would_forget_customer_service_is_refused() -> None:
    check = check_service(None, LIMITS, live_has_service=True)
    assert not check.is_passed
    assert "does not" in check.why
    assert not check_service(None, LIMITS, live_has_service=False).was_asked

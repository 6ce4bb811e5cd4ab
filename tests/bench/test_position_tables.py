"""The page on position shows means of the recorded trainings, the best of each kind of shoppers marked."""

from __future__ import annotations

from typing import Any

from suites.tables.position import position, position_calibration

WAYS = ("input", "ipw3", "ipw10", "unclicked")


def _rows() -> list[dict[str, Any]]:
    """Two trainings a way; each way orders worse than the one before it, by a hundredth."""
    rows: list[dict[str, Any]] = [{"what": "examination", "click_model": "position"}]
    for shoppers in ("position", "cascade"):
        for n, way in enumerate(WAYS):
            for off in (-0.001, 0.001):
                about = {"click_model": shoppers, "way": way}
                rows += [
                    {"what": "training", **about, "model": m, "true_ndcg10": top - n / 100 + off}
                    for m, top in (("both", 0.9), ("trees", 0.8), ("network", 0.1))
                ]
                rows.append({"what": "p_click", **about, "log_loss": 0.2 + n / 100 + off})
        for way in ("none", "temperature", "platt", "isotonic", "auto"):
            for by, more in (("all", 0.0), ("surface", 0.01), ("surface and visitor", 5.0)):
                figures = {"log_loss": 0.3 + more, "ece_of_surfaces": 0.05 + more}
                rows.append(
                    {
                        "what": "calibration",
                        "click_model": shoppers,
                        "way": way,
                        "by": by,
                        **figures,
                    }
                )
    return rows


def test_a_way_has_the_mean_of_its_trainings_and_the_best_is_marked() -> None:
    lines = position(_rows()).splitlines()
    assert lines[2:5] == [
        "| position | `input` | **0.9000** | **0.8000** | **0.2000** |",
        "| position | `inverse` | 0.8900 | 0.7900 | 0.2100 |",
        "| position | `unclicked` | 0.8700 | 0.7700 | 0.2300 |",
    ]
    assert len(lines) == 2 + 6


def test_calibration_has_a_line_for_each_way_and_what_is_calibrated_apart() -> None:
    lines = position_calibration(_rows()).splitlines()[2:]
    assert lines[0] == "| `none` |  | 0.3000 | 0.3000 | 0.0500 | 0.0500 |"
    assert lines[-1] == "| `auto` | surface | 0.3100 | 0.3100 | 0.0600 | 0.0600 |"
    assert len(lines) == 1 + 4 + 4

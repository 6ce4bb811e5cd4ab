"""Parts of bundle reports that the tests of ``baihuo evaluate`` share."""

from __future__ import annotations

from typing import Any

OLDER_CLICKS: dict[str, Any] = {
    "table": [{"surface": "home", "system": "x", "ndcg10": 0.5, "n_pages": 9, "is_chosen": True}],
    "lift": {},
    "clicks": {"log_loss": 0.2, "constant_log_loss": 0.3, "auc": 0.7, "ece": 0.01},
}
"""As a version wrote them that measured neither slices nor positions."""

_CURVE = {"power": 0.5, "rate": 0.0, "n_rows": 900, "n_clicks": 150, "deepest": 2}
POSITIONS: dict[str, Any] = {
    "examination": {
        "surfaces": {
            "home": {
                **_CURVE,
                "positions": [
                    {"position": 1, "mid": 1.0, "low": 1.0, "high": 1.0},
                    {"position": 2, "mid": 0.707, "low": 0.61, "high": 0.82},
                ],
            }
        }
    },
    "p_click": [
        {"surface": "home", "positions": "2 to 3", "n": 1234, "clicked": 0.101}
        | {"predicted": 0.115, "ece": 0.021, "ece_by_chance": 0.012}
    ],
}
EXAMINATION_NOT_KNOWN: dict[str, Any] = {
    "examination": {"why_not": "12 impressions were placed by chance", "fix": "wait"},
    "p_click": [],
}

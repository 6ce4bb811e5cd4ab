"""Which clicks of the newest pages are likely wrong, by a model that did not learn from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.evaluate import audit_outcomes

_NAMES = ("not clicked", "clicked")
_REPORTED = ("event_id", "query_id", "surface", "query_text", "product_id", "position")
N_EXAMPLES = 50


def audit_clicks(
    examples: pa.Table, p_click: NDArray[np.float64], *, n_examples: int = N_EXAMPLES
) -> dict[str, Any]:
    """Outcomes against calibrated probabilities of a model that learned from older pages.

    Clicks are random, so an unlikely click is not an error. The report has how many more clicks came, or are missing,
    than chance explains, and the rows that are more likely wrong than right. Lost clicks are counted but hardly ever
    listed: most impressions are not clicked. Errors that were there while the model was trained are predicted and not
    found; and people who click less than before look like lost clicks.

    Args:
        examples: The newest rows, with ``is_clicked`` and what is reported of a row.
        p_click: ``[rows]``, calibrated, at the position each really had.
    """
    outcomes = examples.column("is_clicked").to_numpy().astype(np.int64)
    audit = audit_outcomes(outcomes, np.stack([1 - p_click, p_click], axis=1))
    lost, extra = float(audit.joint[0, 1]), float(audit.joint[1, 0])
    rows = audit.rows[:n_examples]
    reported = examples.select([c for c in _REPORTED if c in examples.column_names]).take(
        pa.array(rows)
    )
    return {
        "what": "clicks",
        "n_labels": len(outcomes),
        "n_suspects": len(audit.rows),
        "noise": round(audit.noise, 5),
        "n_lost": round(lost * len(outcomes)),
        "n_extra": round(extra * len(outcomes)),
        "kinds": [
            {"given": _NAMES[1 - to], "likelier": _NAMES[to], "n": n}
            for to in (0, 1)
            if (n := int((audit.suggested == to).sum()))
        ],
        "examples": [
            {
                **row,
                "given": _NAMES[outcomes[at]],
                "p_click": round(float(p_click[at]), 4),
                "p_wrong": round(float(margin), 4),
            }
            for row, at, margin in zip(
                reported.to_pylist(), rows, audit.margins[:n_examples], strict=True
            )
        ],
        "why": (
            f"of {len(outcomes):,} impressions that the model did not learn from about {extra * len(outcomes):,.0f} clicks "
            f"are more than it predicts and {lost * len(outcomes):,.0f} are missing ({audit.noise:.2%} of all); people who "
            "click more or less than before look the same"
        ),
    }

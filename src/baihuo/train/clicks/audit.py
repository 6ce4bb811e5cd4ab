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

    Clicks are chance, so an unlikely one is no mistake. Told is how many more came, or failed to come,
    than so many unlikely ones explain, and the rows that are likelier wrong than right. Lost clicks are
    counted but hardly ever named: a product not clicked is the rule. What was wrong all along, while the
    model learned, is foretold and not seen; and that people click less than they did looks like lost clicks.

    Args:
        examples: The newest rows, with ``is_clicked`` and what is told of a row.
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
            f"are more than it foretells and {lost * len(outcomes):,.0f} are missing ({audit.noise:.2%} of all); people who "
            "click more or less than before look the same"
        ),
    }

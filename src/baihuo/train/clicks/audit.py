"""Which clicks of the newest pages are likely wrong, by a model that did not learn from them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from baihuo.evaluate import audit_outcomes

_NAMES = ("not clicked", "clicked")
_TOLD = ("event_id", "query_id", "surface", "query_text", "product_id", "position")
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
    given = examples.column("is_clicked").to_numpy().astype(np.int64)
    found = audit_outcomes(given, np.stack([1 - p_click, p_click], axis=1))
    lost, extra = float(found.joint[0, 1]), float(found.joint[1, 0])
    rows = found.rows[:n_examples]
    told = examples.select([c for c in _TOLD if c in examples.column_names]).take(pa.array(rows))
    return {
        "what": "clicks",
        "n_labels": len(given),
        "n_suspects": len(found.rows),
        "noise": round(found.noise, 5),
        "n_lost": round(lost * len(given)),
        "n_extra": round(extra * len(given)),
        "kinds": [
            {"given": _NAMES[1 - to], "likelier": _NAMES[to], "n": n}
            for to in (0, 1)
            if (n := int((found.suggested == to).sum()))
        ],
        "examples": [
            {
                **row,
                "given": _NAMES[given[at]],
                "p_click": round(float(p_click[at]), 4),
                "p_wrong": round(float(margin), 4),
            }
            for row, at, margin in zip(
                told.to_pylist(), rows, found.margins[:n_examples], strict=True
            )
        ],
        "why": (
            f"of {len(given):,} impressions that the model did not learn from about {extra * len(given):,.0f} clicks "
            f"are more than it foretells and {lost * len(given):,.0f} are missing ({found.noise:.2%} of all); people who "
            "click more or less than before look the same"
        ),
    }

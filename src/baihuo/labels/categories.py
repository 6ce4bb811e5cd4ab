"""Category labels that are likely wrong: the findings of the check ``wrong_category``, as an audit.

The method is that of the other audits (confident learning): out-of-fold probabilities, and a margin by which
a label must lose. Only the margin differs, because a catalogue is large and people review the candidates:
On labels with known errors it was the better of the two (docs/labels.md).
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from baihuo.core import NotFound
from baihuo.engine import Tables, sql_file

_WRONG_CATEGORIES = sql_file(__file__, "wrong_categories")


def audit_categories(tables: Tables, clean: Path, *, n_examples: int = 50) -> dict[str, Any]:
    """Candidates of the last check of the catalogue, the most certain first.

    Raises:
        NotFound: nothing was checked yet.
    """
    findings, products = clean / "findings.parquet", clean / "products.parquet"
    if not (findings.exists() and products.exists()):
        raise NotFound("nothing was checked yet", fix="run: baihuo check")
    rows = tables.sql(_WRONG_CATEGORIES(), findings=findings, products=products).to_pylist()
    counted = tables.sql(
        "SELECT count(*) AS n FROM products WHERE category <> ''", products=products
    )
    n_labels = int(counted.column("n")[0].as_py())
    candidates = [{**row, **json.loads(row["detail"])} for row in rows]
    candidates.sort(key=lambda row: (-row["times_as_likely"], row["product_id"] or ""))
    kinds = Counter((row["old"], row["new"]) for row in candidates)
    share = len(candidates) / max(n_labels, 1)
    return {
        "what": "categories",
        "n_labels": n_labels,
        "n_suspects": len(candidates),
        "noise": round(share, 5),
        "kinds": [
            {"given": old, "likelier": new, "n": n} for (old, new), n in kinds.most_common(20)
        ],
        "examples": [
            {
                "product_id": row["product_id"],
                "title": row["title"],
                "given": row["old"],
                "likelier": row["new"],
                "times_as_likely": row["times_as_likely"],
            }
            for row in candidates[:n_examples]
        ],
        "why": (
            f"{len(candidates):,} of {n_labels:,} products ({share:.2%}) have texts like those of another category, "
            "by the rule of categories.min_ratio (baihuo check --explain wrong_category)"
        ),
    }

"""Products that the check ``wrong_category`` found on another category's words, as an audit tells them.

It is the same method: probabilities from folds that did not learn from the product, and a margin that a
label has to lose by. Only the margin is another, because a catalogue is large and its suspects go to a
person: ``bench/labels.py`` compares the two on planted labels.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

from baihuo.core import NotFound
from baihuo.engine import Tables

_SQL = """
SELECT f.detail, f.action, p.product_id, coalesce(p.title_en, p.title_zh) AS title
FROM findings AS f LEFT JOIN products AS p
  ON f.row_id = CAST(p.import_id AS VARCHAR) || ':' || CAST(p.line AS VARCHAR)
WHERE f."table" = 'products' AND f."check" = 'wrong_category'
"""


def audit_categories(tables: Tables, clean: Path, *, n_examples: int = 50) -> dict[str, Any]:
    """What the last check of the shop's catalogue found, the clearest first.

    Raises:
        NotFound: nothing was checked yet.
    """
    findings, products = clean / "findings.parquet", clean / "products.parquet"
    if not (findings.exists() and products.exists()):
        raise NotFound("nothing was checked yet", fix="run: baihuo check")
    rows = tables.sql(_SQL, findings=findings, products=products).to_pylist()
    counted = tables.sql(
        "SELECT count(*) AS n FROM products WHERE category <> ''", products=products
    )
    n_labels = int(counted.column("n")[0].as_py())
    told = [{**row, **json.loads(row["detail"])} for row in rows]
    told.sort(key=lambda row: (-row["times_as_likely"], row["product_id"] or ""))
    kinds = Counter((row["old"], row["new"]) for row in told)
    share = len(told) / max(n_labels, 1)
    return {
        "what": "categories",
        "n_labels": n_labels,
        "n_suspects": len(told),
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
            for row in told[:n_examples]
        ],
        "why": (
            f"{len(told):,} of {n_labels:,} products ({share:.2%}) have the words of another category, "
            "by the rule of categories.min_ratio (baihuo check --explain wrong_category)"
        ),
    }

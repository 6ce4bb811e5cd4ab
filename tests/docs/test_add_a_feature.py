"""``docs/add_a_feature.md``, followed to the letter: SQL and the serving state know the feature."""

from __future__ import annotations

import re
from pathlib import Path

from tests.docs.followed import REPOSITORY, follow

from baihuo.features.spec.file import parse_features

REVIEWED = """
from pathlib import Path
import numpy as np, pyarrow as pa, pyarrow.parquet as pq
from baihuo.core import Event, EventType, Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.features import FeatureState, compute, default_features

DAY_US = 86_400_000_000
NOW_US = 20_000 * DAY_US
kinds = [EventType.PURCHASE] * 2 + [EventType.REVIEW] * 3
events = [
    Event(event_id=str(i), event_type=kind, visitor_id="v", product_id="p",
          occurred_at_us=NOW_US - i * DAY_US, received_at_us=NOW_US - i * DAY_US)
    for i, kind in enumerate(kinds, start=1)
]
products, features, out = [Product(product_id="p", title_en="kettle")], default_features(), Path("out.parquet")
examples = pa.table({"example_id": [0], "visitor_id": ["v"], "product_id": ["p"],
                     "query_text": pa.array([None], pa.string()), "at_us": [NOW_US]})
compute(DuckTables(), features, events=events_to_table(events), products=products_to_table(products),
        examples=examples, out=out)
state = FeatureState(features, products)
for event in sorted(events, key=lambda one: one.received_at_us):
    state.apply(event)
served = state.matrix("v", state.rows_of(["p"]), at_us=NOW_US)[0]
trained = pq.read_table(out)
for name in ("product_reviews_90d", "product_review_rate"):
    print(name, trained.column(name)[0].as_py(), served[features.names.index(name)])
"""


def test_a_default_feature_reaches_training_and_serving(tmp_path: Path) -> None:
    copy = follow("add_a_feature.md", tmp_path / "copy")
    reviewed, listed = copy.run(["docs", "features"], code=REVIEWED)
    assert reviewed.splitlines() == ["product_reviews_90d 3.0 3.0", "product_review_rate 1.5 1.5"]
    assert "| `product_review_rate` | derived |" in listed


def test_the_line_for_one_shop_makes_the_column_that_the_page_names() -> None:
    page = (REPOSITORY / "docs/add_a_feature.md").read_text(encoding="utf-8")
    block = re.search(r"```yaml\n(.*?)```", page, re.S)
    assert block is not None
    file = parse_features(block[1])
    assert file.feature_set().lookback_names[-1] == "reviews_90d"

"""Personal data in typed words and listings is masked before anything else looks at the rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.quality.chosen import only

from baihuo.core import Product
from baihuo.core.tables import events_to_table, products_to_table
from baihuo.engine import DuckTables
from baihuo.quality import CleanOptions, QualityRules, clean

pytestmark = pytest.mark.checks("personal")

PHONE, ADDRESS = "13812345678", "杭州市西湖区文三路90号3栋501室"


def test_what_was_typed_is_masked_and_nothing_written_holds_it(event: Any, cleaned: Any) -> None:
    events = [
        event("search", 1, product_id=None, query_text=f"手机 {PHONE}"),
        event("search", 2, product_id=None, query_text="红色连衣裙"),
        event("review", 3, text=f"寄到{ADDRESS}，王先生收", rating=5),
        event("review", 4, text="x " * 15_000 + PHONE, rating=5),  # schema quotes what it cuts
    ]
    result = cleaned(events)
    kinds = {k: d["kinds"] for k, d in result.details().items() if k[1] == "personal_data"}
    assert kinds == {
        ("0:1", "personal_data"): ["phone"],
        ("0:3", "personal_data"): ["address", "name"],
        ("0:4", "personal_data"): ["phone"],
    }
    texts = {r["event_id"]: (r["query_text"], r["text"]) for r in result.rows("events")}
    assert texts["e1"][0] == "手机 ⟨phone⟩"
    assert texts["e2"][0] == "红色连衣裙"
    assert texts["e3"][1] == "寄到⟨address⟩，⟨name⟩先生收"
    for name in ("findings", "events"):
        assert PHONE not in str(result.rows(name))
        assert "文三路" not in str(result.rows(name))
    assert PHONE not in (result.out / "report.html").read_text(encoding="utf-8")
    assert PHONE not in (result.out / "report.json").read_text(encoding="utf-8")


def test_a_listing_keeps_its_numbers_and_loses_its_sellers_phone(event: Any, cleaned: Any) -> None:
    product = Product(
        product_id="p1",
        title_en="Dr. Martens 1460",
        title_zh="王老吉310ml*24罐",
        description_zh=f"加微信电话{PHONE}优惠",
        attributes={"EAN": 13812345678, "Note": f"call {PHONE}"},
    )
    result = cleaned([event()], products=[product])
    row = result.rows("products")[0]
    assert row["title_en"] == "Dr. Martens 1460"
    assert row["description_zh"] == "加微信电话⟨phone⟩优惠"
    assert json.loads(row["attributes"]) == {"EAN": 13812345678, "Note": "call ⟨phone⟩"}
    assert {f for f in result.found() if f[1] == "personal_data_in_listing"} == {
        ("0:1", "personal_data_in_listing", "repair")
    }


def test_with_the_shops_key_one_person_keeps_one_pseudonym(event: Any, tmp_path: Path) -> None:
    events = [
        event("search", i, product_id=None, query_text=t)
        for i, t in enumerate([f"a {PHONE}", "b 138 1234 5678", "c 13912345678"])
    ]
    pq.write_table(events_to_table(events), tmp_path / "e.parquet")
    pq.write_table(products_to_table([Product(product_id="p1")]), tmp_path / "p.parquet")
    clean(
        DuckTables(threads=1),
        events=[tmp_path / "e.parquet"],
        products=[tmp_path / "p.parquet"],
        out=tmp_path / "2",
        rules=only("personal"),
        options=CleanOptions(mask_key=b"key"),
    )
    texts = [r["query_text"] for r in pq.read_table(tmp_path / "2" / "events").to_pylist()]
    first, second, other = (t.split(" ", 1)[1] for t in texts)
    assert first == second == "⟨phone:51b4b2ae⟩"
    assert other != first


def test_a_kind_that_is_not_asked_for_stays(event: Any, cleaned: Any) -> None:
    rules = QualityRules.model_validate({"personal": {"kinds": ["email"]}})
    result = cleaned(
        [event("search", 1, product_id=None, query_text=f"{PHONE} a@b.cn")], rules=rules
    )
    assert result.rows("events")[0]["query_text"] == f"{PHONE} ⟨email⟩"


def test_a_number_of_goods_is_no_phone_by_its_label_its_attribute_or_the_catalogue(
    event: Any, cleaned: Any
) -> None:
    products = [
        Product(
            product_id="p1",
            title_en="Linen dress style no. 4155552671",
            title_zh=f"亚麻连衣裙 款号{PHONE}",
            description_zh=f"新款{PHONE}到货，电话13912345678",
            attributes={"Style No": PHONE, "Contact": PHONE},
            codes=(PHONE,),
        )
    ]
    events = [event("search", 1, product_id=None, query_text=f"{PHONE} 连衣裙")]
    result = cleaned(events, products=products)
    row = result.rows("products")[0]
    assert row["title_en"] == "Linen dress style no. 4155552671"
    assert row["title_zh"] == f"亚麻连衣裙 款号{PHONE}"
    assert row["description_zh"] == f"新款{PHONE}到货，电话⟨phone⟩"
    assert json.loads(row["attributes"]) == {"Style No": PHONE, "Contact": PHONE}
    assert result.rows("events")[0]["query_text"] == f"{PHONE} 连衣裙"
    products = [
        Product(product_id="p1", title_en="x", attributes={"Style No": PHONE, "Contact": PHONE})
    ]
    row = cleaned([event()], products=products).rows("products")[0]
    assert json.loads(row["attributes"]) == {"Style No": PHONE, "Contact": "⟨phone⟩"}

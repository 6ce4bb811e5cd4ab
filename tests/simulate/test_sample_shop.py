"""The sample shop says the truth about itself."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import duckdb
import pytest

from baihuo.core import BadInput, EventType, fold, has_han
from baihuo.simulate import UNTIL_US, SampleShop, make_shop
from baihuo.simulate.policy import PAID_PLACES
from baihuo.simulate.vocabulary import vocabulary

from .conftest import true_products

DAY_US = 86_400_000_000


def _bytes_of(folder: Path) -> dict[str, str]:
    return {
        str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest()
        for p in sorted(folder.rglob("*"))
        if p.is_file()
    }


def test_the_same_seed_gives_the_same_bytes_in_another_process_and_another_seed_does_not(
    tmp_path: Path,
) -> None:
    made: dict[str, Any] = {}
    for hash_seed, shops in (("1", {"a": 5, "c": 6}), ("2", {"b": 5})):
        code = "from pathlib import Path; from baihuo.simulate import make_shop\n" + "\n".join(
            f"make_shop(Path({str(tmp_path / name)!r}), seed={seed}, n_products=300, n_events=3000)"
            for name, seed in shops.items()
        )
        subprocess.run(
            [sys.executable, "-c", code], check=True, env={"PYTHONHASHSEED": hash_seed}, timeout=300
        )
        made |= {name: _bytes_of(tmp_path / name) for name in shops}
    assert made["a"] == made["b"]
    assert made["a"]["events.jsonl"] != made["c"]["events.jsonl"]
    assert made["a"]["products.jsonl"] != made["c"]["products.jsonl"]


def test_there_are_as_many_products_and_events_as_asked_for(shop: SampleShop) -> None:
    assert len(shop.events.read_bytes().splitlines()) == shop.n_events == 60_000
    assert len(true_products(shop)) == shop.n_products == 1_500
    assert json.loads((shop.folder / "simulation.json").read_bytes())["simulation"] is True


def test_clicks_come_as_often_as_the_truth_says_at_every_position_and_model(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    """Within four standard errors of a sum of independent draws, group by group."""
    groups = tables.sql("""
        with clicked as (select distinct query_id, position from clean where event_type = 'click')
        select t.surface, click_model, least(t.position, 13) as place, count(*) as n, sum(p) as expected,
            sum(p * (1 - p)) as variance, count(k.query_id) as n_clicked
        from clicks t join clean e using (event_id)
        left join clicked k on k.query_id = e.query_id and k.position = e.position
        group by all having count(*) > 200
    """).fetchall()
    assert len(groups) > 40
    for surface, model, place, _, expected, variance, n_clicked in groups:
        # dirt takes a few of the clicks away (at most its share), never adds one
        slack = 4 * variance**0.5 + 0.03 * expected
        assert abs(n_clicked - expected) < slack, (surface, model, place, n_clicked, expected)


def test_a_low_place_is_clicked_less_because_it_is_seen_less(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    by_model = tables.sql("""
        select click_model, avg(examination) filter (where position = 1),
            avg(examination) filter (where position = 10) from clicks group by 1 order by 1
    """).fetchall()
    assert [m for m, _, _ in by_model] == ["cascade", "position"]
    for _, top, low in by_model:
        assert top == 1.0
        assert low < 0.6


def test_every_impression_has_its_truth_and_every_free_place_its_propensity(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    n_impressions, n_known, low, high = tables.sql("""
        select count(*), count(t.event_id), min(propensity), max(propensity)
        from clean e left join clicks t using (event_id) where event_type = 'impression'
    """).fetchall()[0]
    assert n_impressions == n_known > 30_000
    without = tables.sql("""
        select distinct surface, position from clean
        where event_type = 'impression' and propensity is null order by 2
    """).fetchall()
    assert without == [("search", place + 1) for place in PAID_PLACES]
    assert 0 < low < high <= 1
    assert tables.sql("select min(p) > 0 and max(p) < 1 from clicks").fetchall() == [(True,)]


def test_tastes_of_the_last_day_are_what_clicks_were_drawn_by(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    """In log-odds of a click once looked at, what somebody came for adds a half. What people bought, they need or own only
    afterwards, so it is left out."""
    steps = tables.sql(f"""
        with products as (select product_id, row_number() over () as place from read_parquet('{shop.truth}/products.parquet')),
        shown as (select e.visitor_id, e.product_id, t.p / t.examination as p
            from clicks t join clean e using (event_id) join visitors v using (visitor_id)
            where t.surface <> 'search' and (v.person, e.product_id) not in (select (w.person, b.product_id)
                from clean b join visitors w using (visitor_id) where b.event_type = 'purchase')),
        beside as (select s.p, list_extract(a.p, p.place) as taste from shown s join products p using (product_id)
            join '{shop.truth}/tastes.parquet' a using (visitor_id))
        select round(ln(p / (1 - p)) - ln(taste / (1 - taste)), 1) as step, count(*) as n
        from beside where taste between 0.02 and 0.98 group by 1 order by 2 desc
    """).fetchall()
    total = sum(n for _, n in steps)
    assert total > 5_000
    assert {abs(step) for step, _ in steps[:2]} == {0.0, 0.5}
    lost = total - sum(n for _, n in steps[:2])  # orders that dirt has taken out of the log
    assert lost < 0.005 * total, steps


def test_people_who_were_never_there_have_tastes_and_no_history(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    people = f"'{shop.truth}/tastes.parquet'"
    sorts = tables.sql(f"""
        select is_new, count(*), min(len(p)), max(len(p)),
            count(*) filter (where visitor_id in (select visitor_id from clean))
        from {people} group by 1 order by 1
    """).fetchall()
    n_visitors = tables.sql("select count(*) from visitors").fetchall()[0][0]
    assert sorts[0][1] == min(300, n_visitors)
    assert sorts[0] == (False, sorts[0][1], 1_500, 1_500, sorts[0][1])
    assert sorts[1] == (True, 300, 1_500, 1_500, 0)


def test_the_dirty_share_is_the_one_asked_for_and_every_check_gets_some(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    by_check = dict(
        tables.sql(
            "select \"check\", count(*) from dirt where file = 'events.jsonl' group by 1"
        ).fetchall()
    )
    assert set(by_check) == {"schema", "times", "duplicates", "orphans", "order", "prices"}
    assert min(by_check.values()) > 50
    assert sum(by_check.values()) == shop.n_dirty_events
    assert shop.n_dirty_events / shop.n_events == pytest.approx(0.03, abs=0.002)


def test_labels_point_at_lines_that_are_wrong_in_the_way_they_say(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    lines = shop.events.read_bytes().splitlines()
    products = {p["product_id"]: p for p in true_products(shop)}
    seen: Counter[str] = Counter()
    for line, kind, of_line, expected in tables.sql(
        "select line, kind, of_line, expected from dirt where file = 'events.jsonl'"
    ).fetchall():
        seen[kind] += 1
        raw = lines[line - 1]
        if kind == "cut_line":
            with pytest.raises(json.JSONDecodeError):
                json.loads(raw)
            continue
        event = json.loads(raw)
        match kind:
            case "retry_same_id":
                first = json.loads(lines[of_line - 1])
                assert {**event, "received_at_us": 0} == {**first, "received_at_us": 0}
                assert event["received_at_us"] > first["received_at_us"]
            case "copy_other_id":
                first = json.loads(lines[of_line - 1])
                ours = {"event_id": 0, "received_at_us": 0}
                assert {**event, **ours} == {**first, **ours}
                assert event["event_id"] != first["event_id"]
            case "from_the_future":
                assert event["occurred_at_us"] > event["received_at_us"] + 3_600_000_000
            case "received_before_occurred":
                assert event["received_at_us"] < event["occurred_at_us"]
            case "unknown_product":
                assert event["product_id"] not in products
            case "code_for_id":
                known = products[expected]
                codes = known["codes"] + [c for v in known["variants"] for c in v["codes"]]
                assert event["product_id"] in codes
            case "title_for_id":
                known = products[expected]
                assert event["product_id"] in (known.get("title_en"), known.get("title_zh"))
            case "price_times_100":
                assert event["price_minor"] == 100 * int(expected)
            case "unknown_type":
                assert event["event_type"] not in set(EventType)
            case "no_visitor":
                assert "visitor_id" not in event
    assert len(seen) >= 22


def test_a_title_that_a_repair_may_use_belongs_to_one_product_only(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    titles = Counter(
        fold(t) for p in true_products(shop) for t in {p.get("title_en"), p.get("title_zh")} if t
    )
    keys = tables.sql("select line from dirt where kind = 'title_for_id'").fetchall()
    lines = shop.events.read_bytes().splitlines()
    assert keys
    for (line,) in keys:
        assert titles[fold(json.loads(lines[line - 1])["product_id"])] == 1


def test_clean_events_are_in_order_and_follow_from_each_other(
    shop: SampleShop, tables: duckdb.DuckDBPyConnection
) -> None:
    assert tables.sql(
        """
        select bool_and(occurred_at_us <= received_at_us), max(received_at_us) < $until,
            max(received_at_us) > $until - 7200000000
        from clean
    """,
        params={"until": UNTIL_US},
    ).fetchall() == [(True, True, True)]
    # A click has an impression of its page and product before it: unless that line was corrupted.
    n_clicks, n_without = tables.sql("""
        select count(*), count(*) filter (where i.query_id is null)
        from clean k left join (select query_id, product_id, min(occurred_at_us) as at from clean
            where event_type = 'impression' group by all) i
        on i.query_id = k.query_id and i.product_id = k.product_id and i.at < k.occurred_at_us
        where k.event_type = 'click'
    """).fetchall()[0]
    assert n_without / n_clicks < 0.03
    # Who bought from a page had clicked there in that visit: in a line that stands, or in one that was
    # spoilt and still names the product, unless just its product was spoilt.
    orders = tables.sql("""
        select p.session_id, p.product_id, k.session_id is null
        from clean p left join (select distinct session_id, product_id from clean where event_type = 'click') k
        using (session_id, product_id) where p.event_type = 'purchase' and p.query_id is not null
    """).fetchall()
    lines = shop.events.read_text(encoding="utf-8").splitlines()
    spoilt = [
        (lines[line - 1], kind in ("unknown_product", "title_for_id", "code_for_id"))
        for line, kind in tables.sql(
            "select line, kind from dirt where file = 'events.jsonl' and not is_added"
        ).fetchall()
    ]
    clicks = [(line, is_other) for line, is_other in spoilt if '"event_type":"cli' in line]
    assert len(orders) > 300
    without = [
        (session_id, product_id)
        for session_id, product_id, is_without in orders
        if is_without
        and not any(
            f'"{session_id}"' in line and (is_other or f'"{product_id}"' in line)
            for line, is_other in clicks
        )
    ]
    assert not without
    assert tables.sql("select count(distinct event_id) = count(*) from clean").fetchall() == [
        (True,)
    ]


def test_listings_read_like_listings_in_two_languages(shop: SampleShop) -> None:
    products = true_products(shop)
    assert len({p["category"][1] for p in products}) >= 60
    assert len({p["category"][0] for p in products}) >= 12
    for product in products:
        zh, en = product.get("title_zh"), product.get("title_en")
        assert zh or en
        assert zh is None or (has_han(zh) and len(zh) >= 10)
        assert en is None or (not has_han(en) and product["brand"] in en)
        assert product["price_minor"] > 0
        assert re.fullmatch(r"2\d{12}", product["codes"][0])
        digits = [int(d) for d in product["codes"][0]]
        assert sum(d * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10 == 0
        assert (shop.folder / product["images"][0]).exists()
    both = [p for p in products if p.get("title_zh") and p.get("title_en")]
    assert len(both) > 0.8 * len(products)
    phones = [p for p in products if p["category"][1] == "Smartphones"]
    cases = [p for p in products if p["category"][1] == "Phone cases"]
    assert phones
    assert cases
    assert all("手机" in p["title_zh"] for p in phones + cases if p.get("title_zh"))
    assert {type(v) for p in products for v in p["attributes"].values()} >= {str, bool, int, float}
    codes = [
        c for p in products for c in p["codes"] + [c for v in p["variants"] for c in v["codes"]]
    ]
    assert len(codes) == len(set(codes))


def test_many_listings_look_alike_and_few_are_the_same(shop: SampleShop) -> None:
    families = Counter(
        f
        for (f,) in duckdb.execute(f"select family from '{shop.truth}/products.parquet'").fetchall()
    )
    assert sum(n for n in families.values() if n > 1) / sum(families.values()) > 0.4
    titles = [t for p in true_products(shop) if (t := p.get("title_zh"))]
    assert len(set(titles)) / len(titles) > 0.97


def test_what_only_sounds_like_a_phone_is_no_answer_and_the_old_shop_places_it_all_the_same(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    graded = dict(
        tables.sql("""
            select p.type, max(grade) from relevance r join products p using (product_id)
            where query_text in ('手机', 'phone') group by 1
        """).fetchall()
    )
    assert graded.get("phone") == 3
    assert "phone_case" not in graded
    placed = {
        kind
        for (kind,) in tables.sql("""
            select distinct p.type from clean e join products p using (product_id)
            where e.event_type = 'impression' and e.query_text in ('手机', 'phone')
        """).fetchall()
    }
    assert "phone" in placed
    assert placed & {"phone_case", "charger"}  # whose words say "phone" too


def test_what_is_used_up_is_bought_again_by_the_same_visitor(
    tables: duckdb.DuckDBPyConnection,
) -> None:
    used_up = [t.code for t in vocabulary().types if t.cycle_days]
    again = dict(
        tables.sql(
            """
            select is_used_up, avg((n_orders > 1)::int) from (
                select visitor_id, product_id, count(distinct order_id) as n_orders,
                    any_value(list_contains($used_up, p.type)) as is_used_up
                from clean e join products p using (product_id)
                where event_type = 'purchase' group by 1, 2
            ) group by 1
            """,
            params={"used_up": used_up},
        ).fetchall()
    )
    assert again[True] > 0.15
    assert again[False] < 0.02


def test_reviews_and_queries_hold_something_to_mask(shop: SampleShop) -> None:
    text = shop.events.read_text(encoding="utf-8", errors="replace")
    assert re.search(r"1380013800\d", text)
    assert "@example.com" in text


def test_pictures_are_small_drawings_that_fetch_nothing(shop: SampleShop) -> None:
    pictures = sorted(shop.pictures.glob("*.svg"))
    assert len(pictures) > 300
    for path in pictures:
        text = path.read_text(encoding="utf-8")
        root = ElementTree.fromstring(text)
        assert root.tag.endswith("svg")
        assert len(text) < 4_000
        assert text.count("http") == 1  # the namespace
        assert not re.search(r'"[CDLWKS]"', text)


def test_ten_times_the_events_need_nowhere_near_ten_times_the_memory(tmp_path: Path) -> None:
    code = (
        "import sys, resource; from pathlib import Path; from baihuo.simulate import make_shop;"
        "make_shop(Path(sys.argv[1]), n_products=400, n_events=int(sys.argv[2]));"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for n_events in (4_000, 40_000):
        out = subprocess.run(
            [sys.executable, "-c", code, str(tmp_path / str(n_events)), str(n_events)],
            check=True,
            capture_output=True,
            text=True,
            timeout=300,
        )
        peaks.append(int(out.stdout))
    assert peaks[1] < 1.6 * peaks[0]


def test_numbers_out_of_range_are_refused_with_a_way_out(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="fix: take at least"):
        make_shop(tmp_path, n_products=3)
    with pytest.raises(BadInput):
        make_shop(tmp_path, dirt=0.9)

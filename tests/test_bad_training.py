"""What goes wrong while a shop with a live release trains or releases: one clear error, and what serves stays as it was."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from fastapi.testclient import TestClient
from tests.serve.small_shop import TEAM_KEY, WITH_KEY
from tests.waiting import wait_until, wait_until_ready
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.bundle import Bundle, read_live, write
from baihuo.cli.app import app
from baihuo.core import BadInput, GateClosed, ShopError
from baihuo.flow import learning, releasing
from baihuo.release import GateReport
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop
from baihuo.train import ClickTraining, Learned

pytestmark = pytest.mark.xdist_group("flow")

QUICK: dict[str, Any] = {"network": {"max_epochs": 2}, "trees": {"n_trees": 20, "patience": 5}}


def run(shop: Shop, command: str, *words: str) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(
        app, [command, *words, "--shop", str(shop.root)]
    )


def served(shop: Shop) -> tuple[Any, str, list[str]]:
    """What is live, that its bytes are those that were sealed, and what else lies beside it unfinished."""
    live = read_live(shop.bundles)
    assert live is not None
    bundle = Bundle.open(shop.bundles / live.bundle_id)
    gate = hashlib.sha256((bundle.path / "gate.json").read_bytes()).hexdigest()
    return live, gate, [p.name for p in shop.bundles.glob(".writing-*")]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Click models that take a second, and nothing else to learn."""

    def small(**how: Any) -> ClickTraining:
        return ClickTraining(**{**how, "min_test_clicks": 20, "models": QUICK})

    def nothing(*_: Any, **__: Any) -> Learned:
        return Learned({}, {})

    monkeypatch.setattr(learning, "ClickTraining", small)
    for stage in ("purchase_models", "next_items", "search_order"):
        monkeypatch.setattr(flow, stage, nothing)


def change_events(shop: Shop, change: Callable[[pa.Table], pa.Table]) -> None:
    """Rewrite the clean events, day by day."""
    for file in sorted(shop.clean_events.glob("*.parquet")):
        pq.write_table(change(pq.read_table(file)), file)


@pytest.mark.slow(reason="examples and features of a whole shop: what is wrong is in its rows")
@pytest.mark.usefixtures("quick")
def test_no_click_at_all_is_said_and_does_not_take_the_click_models_away(
    released_shop: Shop,
) -> None:
    """As where the page stopped sending clicks: every label is 0."""
    before = served(released_shop)

    def without_clicks(events: pa.Table) -> pa.Table:
        kinds = events["event_type"].cast(pa.string())
        return events.filter(pc.equal(kinds, "impression"))

    change_events(released_shop, without_clicks)
    done = run(released_shop, "train")
    assert done.exit_code == 0, done.exception
    assert "No click models" in done.stdout
    assert served(released_shop) == before
    done = run(released_shop, "release")
    assert isinstance(done.exception, GateClosed)
    assert "the live bundle has click models" in str(done.exception)
    assert served(released_shop) == before


@pytest.mark.slow(reason="examples and features of a whole shop: what is wrong is in its rows")
@pytest.mark.usefixtures("quick")
def test_a_click_on_everything_is_said(released_shop: Shop) -> None:
    before = served(released_shop)

    def all_clicked(events: pa.Table) -> pa.Table:
        kinds = events["event_type"].cast(pa.string())
        seen = events.filter(pc.equal(kinds, "impression"))
        at = seen.schema.get_field_index("event_type")
        clicks = seen.set_column(
            at, "event_type", pa.array(["click"] * len(seen)).cast(seen.schema.field(at).type)
        )
        ids = pc.binary_join_element_wise(seen["event_id"], pa.scalar("-c"), "")
        clicks = clicks.set_column(seen.schema.get_field_index("event_id"), "event_id", ids)
        late = pc.add(seen["occurred_at_us"], 1_000_000)
        clicks = clicks.set_column(
            seen.schema.get_field_index("occurred_at_us"), "occurred_at_us", late
        )
        return pa.concat_tables([seen, clicks.cast(seen.schema)])

    change_events(released_shop, all_clicked)
    done = run(released_shop, "train")
    assert done.exit_code == 0, done.exception
    assert "No click models" in done.stdout
    assert "all of the" in done.stdout
    assert "are clicked" in done.stdout
    assert served(released_shop) == before


@pytest.mark.slow(reason="examples and features of a whole shop: what is wrong is in its rows")
@pytest.mark.usefixtures("quick")
def test_an_empty_column_trains_and_what_serves_stays(released_shop: Shop) -> None:
    """No product has a price any more, and no event a platform."""
    before = served(released_shop)
    products = pq.read_table(released_shop.clean_products)
    at = products.schema.get_field_index("price_minor")
    none = pa.nulls(len(products), products.schema.field(at).type)
    pq.write_table(
        products.set_column(at, products.schema.field(at), none), released_shop.clean_products
    )
    done = run(released_shop, "train")
    assert done.exit_code == 0, done.exception
    assert "P(click): log-loss" in done.stdout
    assert served(released_shop) == before


@pytest.mark.slow(reason="examples and features of a whole shop, until the loss diverges")
@pytest.mark.usefixtures("quick")
def test_a_click_network_that_diverges_is_named_and_nothing_is_sealed(
    released_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, n_bundles = served(released_shop), len(list(released_shop.bundles.iterdir()))
    monkeypatch.setitem(QUICK, "network", {"max_epochs": 2, "learning_rate": 1e30})
    done = run(released_shop, "train")
    assert isinstance(done.exception, BadInput), done.exception
    assert "diverged" in done.exception.what
    assert "learning_rate" in done.exception.fix
    assert served(released_shop) == before
    assert len(list(released_shop.bundles.iterdir())) == n_bundles


def odd_histories(events: pa.Table) -> pa.Table:
    """One visitor clicked 10,000 times, always the same product, by a clock that runs backwards; another once."""
    kinds = events["event_type"].cast(pa.string())
    clicks = events.filter(pc.equal(kinds, "click"))
    n = 10_000
    many = clicks.take(pa.array([0] * n + [len(clicks) - 1]))
    number = pa.array(range(n + 1))

    def replaced(table: pa.Table, name: str, values: Any) -> pa.Table:
        at = table.schema.get_field_index(name)
        return table.set_column(
            at, table.schema.field(at), values.cast(table.schema.field(at).type)
        )

    who = pa.array(["long history"] * n + ["short history"])
    ids = pc.binary_join_element_wise(pa.scalar("odd"), number.cast(pa.string()), "-")
    many = replaced(replaced(many, "event_id", ids), "visitor_id", who)
    late = pc.subtract(many["received_at_us"], pc.multiply(number, 1_000_000))
    many = replaced(many, "occurred_at_us", late)
    return pa.concat_tables([events, many])


@pytest.mark.slow(reason="all models of a whole shop: what is wrong is in its rows")
def test_odd_histories_and_products_without_a_text_train_and_what_serves_stays(
    released_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A history of 10,000 events, of one; all from one product; a clock that runs backwards; a product without a title."""
    monkeypatch.setattr(
        learning,
        "ClickTraining",
        lambda **how: ClickTraining(**{**how, "min_test_clicks": 20, "models": QUICK}),
    )
    before = served(released_shop)
    first = sorted(released_shop.clean_events.glob("*.parquet"))[-1]
    pq.write_table(odd_histories(pq.read_table(first)), first)
    products = pq.read_table(released_shop.clean_products)
    for name in [c for c in products.column_names if c.startswith("title")]:
        at = products.schema.get_field_index(name)
        texts = products[name].to_pylist()
        field = products.schema.field(at)
        products = products.set_column(at, field, pa.array(["", *texts[1:]], field.type))
    pq.write_table(products, released_shop.clean_products)
    done = run(released_shop, "train")
    assert done.exit_code == 0, done.exception
    assert "P(click): log-loss" in done.stdout
    assert served(released_shop) == before


@pytest.mark.usefixtures("quick")
def test_a_misspelled_event_of_a_feature_is_named_before_anything_is_trained(
    released_shop: Shop,
) -> None:
    before = served(released_shop)
    n_bundles = len(list(released_shop.bundles.iterdir()))
    released_shop.features_file.write_text(
        "features:\n  - {name: clicks, kind: look_back, entity: [product], events: [clik], windows_days: [7]}\n"
    )
    done = run(released_shop, "train")
    assert isinstance(done.exception, BadInput)
    assert "line 2: clicks.events" in str(done.exception)
    assert "'click'" in str(done.exception)
    assert served(released_shop) == before
    assert len(list(released_shop.bundles.iterdir())) == n_bundles


@pytest.mark.usefixtures("quick")
def test_a_rating_that_is_no_number_is_named_and_nothing_is_sealed(released_shop: Shop) -> None:
    before = served(released_shop)
    released_shop.ratings.write_text("query,docid,rating\nmug,p1,3\nmug,p2,NaN\n")
    done = run(released_shop, "train")
    assert isinstance(done.exception, BadInput)
    assert "NaN" in str(done.exception)
    assert served(released_shop) == before


def copied(shop: Shop) -> Bundle:
    """A second bundle, as good as the live one."""
    live = read_live(shop.bundles)
    assert live is not None
    old = Bundle.open(shop.bundles / live.bundle_id)
    parts: dict[str, Any] = {name: old.file(name) for name in old.names}
    parts["report.json"] = {**old.json("report.json"), "note": "a copy"}
    return Bundle.open(shop.bundles / write(shop.bundles, parts))


@pytest.mark.parametrize("name", ["order.json", "report.json", "manifest.json"])
def test_a_bundle_with_one_changed_byte_is_not_released(released_shop: Shop, name: str) -> None:
    before = served(released_shop)
    other = copied(released_shop)
    path = other.path / name
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.unlink()  # files are linked between bundles
    path.write_bytes(bytes(content))
    done = run(released_shop, "release", other.bundle_id)
    assert isinstance(done.exception, BadInput)
    assert "not what was sealed" in done.exception.what
    assert served(released_shop) == before


def test_a_bundle_of_a_newer_version_asks_for_an_update(released_shop: Shop) -> None:
    before = served(released_shop)
    other = copied(released_shop)
    manifest = json.loads((other.path / "manifest.json").read_text()) | {"format": 9}
    text = json.dumps(manifest).encode()
    newer = other.path.rename(released_shop.bundles / hashlib.sha256(text).hexdigest()[:16])
    (newer / "manifest.json").write_bytes(text)
    done = run(released_shop, "release", newer.name)
    assert isinstance(done.exception, BadInput)
    assert "newer version" in done.exception.what
    assert "update baihuo" in done.exception.fix
    assert served(released_shop) == before


@pytest.mark.usefixtures("quick")
def test_a_disk_that_fills_while_a_bundle_is_sealed_is_one_clear_error(
    released_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served(released_shop)
    write_bytes = Path.write_bytes

    def full(path: Path, content: Any) -> int:
        if path.name == "manifest.json" and ".writing-" in str(path):
            write_bytes(path, content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_bytes(path, content)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "write_bytes", full)
        done = run(released_shop, "train", "--no-clicks")
    assert isinstance(done.exception, ShopError), done.exception
    assert "is full" in done.exception.what
    assert "free some space" in done.exception.fix
    assert served(released_shop) == before
    assert run(released_shop, "train", "--no-clicks").exit_code == 0  # the same again, with room


def test_a_disk_that_fills_at_the_release_leaves_the_live_one(
    released_shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = served(released_shop)
    other = copied(released_shop)
    write_text = Path.write_text

    def full(path: Path, content: str, **how: Any) -> int:
        if "live.json" in path.name:
            write_text(path, content[:10], **how)
            raise OSError(errno.ENOSPC, "No space left on device")
        return write_text(path, content, **how)

    passed = GateReport(bundle_id=other.bundle_id)
    other.write_gate(passed.to_json())
    with monkeypatch.context() as patched:
        patched.setattr(releasing, "run_gate", lambda *_, **__: passed)
        patched.setattr(Path, "write_text", full)
        done = run(released_shop, "release", other.bundle_id)
    assert isinstance(done.exception, ShopError), done.exception
    assert "is full" in done.exception.what
    assert served(released_shop) == before
    assert [p.name for p in released_shop.bundles.glob("live.json*")] == ["live.json"]


@pytest.mark.slow(reason="a process that trains, stopped as a terminal stops it")
def test_ctrl_c_while_it_trains_leaves_what_serves(released_shop: Shop) -> None:
    before = served(released_shop)
    n_bundles = len(list(released_shop.bundles.iterdir()))
    command = "import sys; sys.argv[0] = 'baihuo'; from baihuo.cli import main; main()"
    log = released_shop.root / "train.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [sys.executable, "-c", command, "train", "--shop", str(released_shop.root)],
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        matrix = released_shop.features / "examples.parquet"
        began = time.time()
        wait_until(
            lambda: matrix.stat().st_mtime > began or process.poll() is not None,
            what=log.read_text,
        )
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(timeout=120) not in (0, None)
    assert "Traceback" not in log.read_text()
    assert served(released_shop) == before
    assert len(list(released_shop.bundles.iterdir())) == n_bundles


def test_a_product_of_a_category_that_training_never_saw_is_found_and_scored(
    released_shop: Shop,
) -> None:
    """Its brand, category and words are new, and so is who asks."""
    before = served(released_shop)
    released_shop.team_key_file.write_text(TEAM_KEY)
    product = {
        "product_id": "new-1",
        "title_en": "Zorvex theremin",
        "brand": "Zorvex",
        "category": ["Instruments", "Theremins"],
        "price_minor": 8800,
        "currency": "CNY",
        "stock_units": 4,
    }

    def page(client: TestClient) -> dict[str, Any]:
        asked = {"q": "zorvex theremin", "visitor_id": "nobody yet"}
        answer: dict[str, Any] = client.get("/v1/search", params=asked).json()
        return answer

    with TestClient(create_app(released_shop.root, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        answer = client.post("/v1/products", json={"products": [product]}, headers=WITH_KEY)
        assert answer.status_code == 200, answer.text
        wait_until(lambda: "new-1" in [r["product_id"] for r in page(client)["results"]])
        [placed] = [r for r in page(client)["results"] if r["product_id"] == "new-1"]
    assert 0 < placed["score"] < 1
    assert served(released_shop) == before


@pytest.mark.slow(reason="a shop from its files to a bundle")
def test_five_products_and_a_log_without_impressions_train_and_say_what_is_lost(
    tmp_path: Path,
) -> None:
    """Clicks, carts and purchases alone; the report names what nothing could be learned of."""
    products, events = tmp_path / "products.csv", tmp_path / "events.csv"
    names = ["red kettle", "blue kettle", "steel pan", "tea cup", "tea pot"]
    rows = [f"p{i},{name},Kitchen,{10 + i},EUR" for i, name in enumerate(names)]
    products.write_text("\n".join(["product_id,title,category,price,currency", *rows]) + "\n")
    kinds = ("click", "add_to_cart", "purchase")
    rows = [
        f"e{n},{kinds[n % 3]},v{n % 150},p{n * n % 5},2026-09-{1 + n % 28:02}T{n % 24:02}:00:00Z"
        for n in range(600)
    ]
    header = "event_id,event_type,visitor_id,product_id,occurred_at"
    events.write_text("\n".join([header, *rows]) + "\n")
    shop = Shop(tmp_path / "shop")
    assert run(shop, "import", str(products), str(events)).exit_code == 0
    assert run(shop, "check").exit_code == 0
    done = run(shop, "train")
    assert done.exit_code == 0, done.exception
    assert "No click models: 0 impressions" in done.stdout
    assert "First pages of new visitors are ordered by popularity" in done.stdout
    assert run(shop, "release").exit_code == 0
    assert read_live(shop.bundles) is not None

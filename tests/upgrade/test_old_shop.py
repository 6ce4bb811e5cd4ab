"""A shop's folder that an older version made and served, opened by this one.

``old_shop.tar.xz`` was made by the code of 2026-11-26 (commit 839c41ef: index format 8, one team key, nothing sealed by
hashes) from 16 products and 149 events of ``docs/example``: imported, checked, trained, released, served for three
pages and two events. Left out: encoders and two files of vectors, which are large. Short files stand for the encoders of that
version, which this one does not read, and the bundle is sealed with them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tarfile
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from tests.quality.chosen import CLEANING, few_checks
from tests.waiting import wait_until_ready
from typer.testing import CliRunner

from baihuo import flow
from baihuo.catalog import Catalog
from baihuo.cli.app import app
from baihuo.core import BadInput, NotFound
from baihuo.events import EventLog, ServedLog
from baihuo.serve import ServeConfig, create_app
from baihuo.settings import Shop

OLD = Path(__file__).parent / "old_shop.tar.xz"


def linked(source: str, target: str) -> str:
    os.link(source, target)
    return target


def sealed_with_old_encoders(bundles: Path) -> None:
    [bundle] = [p for p in bundles.iterdir() if p.is_dir()]
    manifest = json.loads((bundle / "manifest.json").read_text())
    for name, entry in manifest["files"].items():
        path = bundle / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(b"of an older version")
            content = path.read_bytes()
            entry |= {"n_bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    bundle_id = hashlib.sha256((bundle / "manifest.json").read_bytes()).hexdigest()[:16]
    for path in (bundle / "gate.json", bundles / "live.json"):
        path.write_text(path.read_text().replace(bundle.name, bundle_id))
    bundle.rename(bundles / bundle_id)


@pytest.fixture
def shop(tmp_path: Path, exported_encoders: Path) -> Shop:
    with tarfile.open(OLD) as archive:
        archive.extractall(tmp_path, filter="data")
    made = Shop(tmp_path / "shop")
    made.root.chmod(0o755)
    sealed_with_old_encoders(made.bundles)
    shutil.rmtree(made.published_encoders, ignore_errors=True)
    shutil.copytree(exported_encoders, made.published_encoders, copy_function=linked)
    return made


def states(shop: Shop) -> dict[str, str]:
    return {item.what: item.state for item in flow.upgrade_plan(shop)}


def looks(shop: Shop) -> list[tuple[str, int, int]]:
    return sorted(
        (str(p), p.stat().st_size, p.stat().st_mtime_ns)
        for p in shop.root.rglob("*")
        if p.is_file()
    )


def test_the_plan_says_all_at_once_and_writes_nothing(shop: Shop) -> None:
    before = looks(shop)
    found = states(shop)
    databases = {name: state for name, state in found.items() if name.endswith(".sqlite")}
    assert {*databases} == {"1-raw/log.sqlite", "2-clean/catalog.sqlite", "7-served/served.sqlite"}
    assert {*databases.values()} <= {"current", "migrates"}  # as their schemas have grown since
    assert {name: state for name, state in found.items() if name not in databases} == {
        "settings": "current",
        "team.key": "migrates",
        "permissions of the folder": "migrates",
        "imports": "current",
        "checks": "current",
        "live bundle": "remake",
        "index": "remake",
        "feature state": "remake",
    }
    assert looks(shop) == before
    done = CliRunner().invoke(app, ["upgrade", "--shop", str(shop.root)])
    assert done.exit_code == 0
    assert "next: baihuo upgrade --apply\nnext: baihuo train, then baihuo release" in done.stderr


def test_what_is_learned_is_refused_with_the_command_before_it_is_made_again(shop: Shop) -> None:
    with pytest.raises(BadInput, match="trained by an older version") as refused:
        flow.serve(shop, port=0)
    assert "baihuo train, baihuo release" in refused.value.fix


@pytest.mark.slow(reason="trains and releases an old shop")
def test_an_old_shop_serves_after_the_commands_of_the_plan_and_nothing_is_lost(shop: Shop) -> None:
    token = shop.team_key_file.read_text().strip()
    flow.upgrade(shop)
    left = {what: state for what, state in states(shop).items() if state != "current"}
    assert left == {"live bundle": "remake", "index": "remake", "feature state": "remake"}
    assert shop.root.stat().st_mode & 0o077 == 0
    assert [key.name for key in flow.keys(shop)]
    few_checks(shop.rules_file, *CLEANING)
    flow.check(shop)
    flow.release(shop, flow.train(shop, with_clicks=False).bundle_id)
    assert {*states(shop).values()} == {"current"}
    assert not flow.status(shop).problems

    log = EventLog(shop.log)
    assert [event.event_id for _, event in log.tail(0)] == ["live-1", "live-2"]
    log.close()
    served = ServedLog(shop.served_log)
    out = shop.root / "pages.parquet"
    assert served.to_parquet(out) > 0
    served.close()
    catalogue = Catalog(shop.catalog)
    assert len(list(catalogue.products())) == 16
    catalogue.close()

    with TestClient(create_app(shop.root, ServeConfig(seed=1))) as client:
        wait_until_ready(client)
        page: dict[str, Any] = client.get("/v1/search", params={"q": "kettle"}).json()
        assert "kettle" in page["results"][0]["product"]["title_en"].lower()
        with_key = {"Authorization": f"Bearer {token}"}
        answer = client.patch("/v1/products/A101", json={"stock_units": 3}, headers=with_key)
        assert answer.status_code == 200, answer.text


def test_what_a_newer_version_wrote_is_named_and_nothing_is_touched(shop: Shop) -> None:
    import sqlite3

    connection = sqlite3.connect(shop.served_log)
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    done = CliRunner().invoke(app, ["upgrade", "--shop", str(shop.root), "--json"])
    assert done.exit_code == 2
    items = {one["what"]: one for one in map(json.loads, done.stdout.splitlines())}
    assert items["7-served/served.sqlite"]["state"] == "broken"
    assert "schema 99" in items["7-served/served.sqlite"]["found"]


def test_an_older_schema_is_migrated(shop: Shop) -> None:
    """A file of before its tables had a version: the first opening makes what is missing."""
    import sqlite3

    connection = sqlite3.connect(shop.log)
    connection.execute("PRAGMA user_version = 0")
    connection.execute("DROP TABLE segments")
    connection.close()
    assert states(shop)["1-raw/log.sqlite"] == "migrates"
    assert flow.upgrade(shop)
    assert states(shop)["1-raw/log.sqlite"] == "current"
    log = EventLog(shop.log)
    assert log.seal(shop.raw / "events") is not None
    assert log.last_seq() == 2
    log.close()


def test_damage_and_a_wrong_setting_are_items_and_the_rest_is_still_said(shop: Shop) -> None:
    shop.catalog.write_bytes(b"SQLite format 3\0" + b"\xff" * 5000)
    shop.settings_file.write_text("serve: {prot: 80}\n")
    (shop.raw / "imports.json").write_text("{")
    found = states(shop)
    assert found["2-clean/catalog.sqlite"] == found["settings"] == found["imports"] == "broken"
    assert found["live bundle"] == "remake"


def test_a_mistyped_folder_becomes_no_shop(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="there is no shop"):
        flow.upgrade_plan(Shop(tmp_path / "none"))
    assert not (tmp_path / "none").exists()

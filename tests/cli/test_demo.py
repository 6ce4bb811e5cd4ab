"""The demo ends with its table and a storefront, or with what to type; never with nothing."""

from __future__ import annotations

import importlib
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.quality.chosen import few_checks
from typer.testing import CliRunner, Result

from baihuo import flow
from baihuo.cli import demo_run
from baihuo.cli.app import app
from baihuo.cli.progress import Stages, _plain_lines
from baihuo.core import GateClosed, QualityStop, ShopPaths

pytestmark = pytest.mark.xdist_group("demo")


@pytest.fixture(scope="module")
def small() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["/usr/bin/baihuo"])  # its name is printed as it was typed
        patch.setattr(demo_run, "_QUICK_PRODUCTS", 200)
        patch.setattr(demo_run, "_QUICK_EVENTS", 6_000)
        patch.setattr(demo_run, "_QUICK_UTTERANCES", 150)
        patch.setattr(importlib.import_module("baihuo.simulate.shop"), "_FEWEST_CONVERSATIONS", 60)
        yield


@pytest.fixture(scope="module")
def shop(
    small: None,
    linked_encoders: Callable[[Path], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """With its encoders there already, and few checks: what takes longest, and is not the demo's own."""
    folder = tmp_path_factory.mktemp("demo") / "shop"
    linked_encoders(ShopPaths(folder).encoders)
    few_checks(ShopPaths(folder).rules_file, "schema", "duplicates")
    return folder


@pytest.fixture(scope="module")
def trained() -> list[Any]:
    """What the first run trained, which a later one need not train again."""
    return []


@pytest.fixture(scope="module")
def first(shop: Path, trained: list[Any]) -> Result:
    train = flow.train

    def noted(*arguments: Any, **more: Any) -> Any:
        trained.append(train(*arguments, **more))
        return trained[-1]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(flow, "train", noted)
        return run(shop)


def run(shop: Path) -> Result:
    return CliRunner().invoke(app, ["demo", "--quick", "--once", "--shop", str(shop)])


def test_it_ends_with_the_table_and_says_what_to_type_next(first: Result, shop: Path) -> None:
    assert first.exit_code == 0, first.output
    for words in ("Imports", "What the checks did", "The gate", "in all"):
        assert words in first.output
    assert "[1 of 5] files" in first.stderr
    assert "[5 of 5] release" in first.stderr
    assert f"baihuo serve --shop {shop}" in first.stderr.replace("\n", "")


def test_a_refused_second_run_still_shows_its_table(
    first: Result, shop: Path, trained: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And what the shop's owner wrote into shop.yaml is still there."""
    assert first.exit_code == 0
    (shop / "shop.yaml").write_text("gate: {most_p99_ratio: 0.000001}\n")
    monkeypatch.setattr(flow, "train", lambda *_, **__: trained[0])
    again = run(shop)
    assert isinstance(again.exception, GateClosed)
    assert "gate.most_p99_ratio" in again.exception.what
    assert "in all" in again.output
    assert (shop / "shop.yaml").read_text() == "gate: {most_p99_ratio: 0.000001}\n"


def test_data_that_stops_training_still_shows_what_the_checks_did(
    first: Result, shop: Path
) -> None:
    assert first.exit_code == 0
    few_checks(shop / "quality.yaml", "schema", max_quarantined=0.000001)
    stopped = run(shop)
    assert isinstance(stopped.exception, QualityStop)
    assert "What the checks did" in stopped.output
    assert "in all" in stopped.output


def test_stages_say_how_long_is_left_by_what_this_machine_took() -> None:
    now, said = [0.0], list[str]()
    stages = Stages({"files": 1.0, "train": 3.0}, said.append, clock_s=lambda: now[0])
    with stages.stage("files"):
        now[0] += 50
    with stages.stage("train"):
        now[0] += 100
    assert said == ["[1 of 2] files", "[2 of 2] train · 50 s so far, about 2 min left"]
    assert stages.seconds == {"files": 50, "train": 100}


def test_long_work_is_never_silent_where_no_terminal_is(capsys: pytest.CaptureFixture[str]) -> None:
    now = [0.0]
    progress = _plain_lines(lambda: now[0])
    for n in range(30):
        progress("fitting", n, 30)
        now[0] += 1
    progress("fitting", 30, 30)
    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        "fitting: 10 of 30, about 20 s left",
        "fitting: 20 of 30, about 10 s left",
        "fitting: 30 of 30",
    ]


def test_the_storefront_takes_the_next_free_port() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert demo_run.free_port(port) > port

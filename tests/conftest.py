"""What every room's tests share."""

from __future__ import annotations

import contextlib
import gc
import hashlib
import importlib
import json
import os
import re
import shutil
import signal
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import typer.main
from hypothesis import settings
from tests.workers import group_of, longest_first

if TYPE_CHECKING:
    from baihuo.settings import Shop

# Tests run beside each other, one a core: threads that wait by spinning would only steal from them.
# Read by the libraries when they are imported, so set before anything is.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Tests start many processes of the command line: none compiles all modules again, half a second each.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

# jsonschema compiles the grammar of IRIs at its import, 1.4 s, where this is installed; no schema here has one.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]

# Shells start what runs in the background with Ctrl-C ignored, and processes that a test starts would inherit it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    with contextlib.suppress(ValueError):  # only a main thread may
        signal.signal(signal.SIGINT, signal.default_int_handler)

# A machine under load takes ten times as long: no example fails by the clock.
settings.register_profile("baihuo", deadline=None)
settings.load_profile("baihuo")

ROOT = Path(__file__).resolve().parents[1]
SHARED_DATA = ROOT / ".." / "shared" / "data"
IS_CI = os.environ.get("CI") == "true"
CHROMIUM = Path("/usr/bin/chromium")
_BROWSER_FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
_BROWSER_FLAGS += ["--disable-extensions", "--process-per-site"]  # fewer processes

MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests that share a fixture go to one worker, and what takes longest begins first."""
    for item in items:
        for mark in item.iter_markers("slow"):
            if not mark.kwargs.get("reason"):
                raise pytest.UsageError(f"{item.nodeid}: slow needs a reason=")
    if hasattr(config, "workerinput"):
        for item in items:
            if item.get_closest_marker("xdist_group") is None and (group := group_of(item)):
                item.add_marker(pytest.mark.xdist_group(group))
        longest_first(items, config.workerinput["took_s"])


def pytest_configure(config: pytest.Config) -> None:
    config.option.loadscopereorder = False  # by seconds, not by how many tests a group has
    config.pluginmanager.register(_OnlyWithExamples())


class _OnlyWithExamples:
    """Modules without examples are not imported and searched for them: a third of the collection."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> None:
        if file_path.suffix == ".py":
            parent.config.option.doctestmodules = b">>>" in file_path.read_bytes()


def pytest_collection() -> None:
    gc.disable()


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: millions of objects that no sweep finds garbage in."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """All workers get the same seconds: with other orders they would refuse to run."""
    node.workerinput["took_s"] = _seconds_of_the_last_run()


def _seconds_of_the_last_run() -> dict[str, float]:
    """Seconds of CPU by test, setting up included; none where none was timed."""
    try:
        took = json.loads(_DURATIONS.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {
        # pytest-xdist writes the group behind the id
        re.sub(r"@[^\]@]*$", "", name): one.get("setup_cpu_s", 0.0) + one.get("call_cpu_s", 0.0)
        for name, one in took.items()
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """What a phase took, and: a skip is for a clone that lacks something, elsewhere a failure."""
    report = _not_skipped((yield))
    report.cpu_s = _cpu_since_last_asked()
    report.yardstick_s = _YARDSTICK_S
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, Any, Any]:
    """The same of a module that is skipped as a whole."""
    return _not_skipped((yield))


def _not_skipped(report: Any) -> Any:
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"with CI=true nothing is skipped: {reason}"
    return report


# Where the time goes. Seconds are of CPU, children that ended included: those of the clock depend
# on what runs beside the tests. A test over the limit carries ``slow`` with the reason that makes it
# worth its time; one that does not is named at the end, and no more, since machines differ.
SLOW_S = 5.0
_ORDINARY_YARDSTICK_S = 0.008
_DURATIONS = ROOT / ".pytest_durations.json"
_took: dict[str, dict[str, float]] = defaultdict(dict)
_may_be_slow: set[str] = set()
_yardsticks: set[float] = set()


def _yardstick() -> float:
    """Seconds of CPU for a fixed piece of work: how fast this machine is."""
    took = []
    for _ in range(5):
        started = time.process_time()
        sum(i * i for i in range(200_000))
        took.append(time.process_time() - started)
    return min(took)


_YARDSTICK_S = _yardstick()
_cpu_s = [0.0]


def _cpu_since_last_asked() -> float:
    before, _cpu_s[0] = _cpu_s[0], sum(os.times()[:4])
    return round(_cpu_s[0] - before, 3)


def pytest_runtest_logstart() -> None:
    _cpu_since_last_asked()  # what collection and other folders' doctests took is not this test's


def pytest_runtest_logreport(report: Any) -> None:
    took = _took[report.nodeid]
    took[f"{report.when}_s"] = round(report.duration, 3)
    if hasattr(report, "cpu_s"):  # not of a worker that crashed
        took[f"{report.when}_cpu_s"] = report.cpu_s
        _yardsticks.add(report.yardstick_s)
    if "slow" in report.keywords:
        _may_be_slow.add(report.nodeid)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """The ten slowest, those that should say why they are, and all of it in a file."""
    if not _took or not _yardsticks or hasattr(config, "workerinput"):
        return
    with contextlib.suppress(OSError):  # a checkout that may only be read
        _DURATIONS.write_text(json.dumps(_took, indent=1, sort_keys=True), encoding="utf-8")
    phases = [
        (took.get(f"{when}_cpu_s", 0.0), took.get(f"{when}_s", 0.0), when, name)
        for name, took in _took.items()
        for when in ("setup", "call")
    ]
    line = terminalreporter.write_line
    terminalreporter.section(f"ten slowest (all: {_DURATIONS.name})")
    for cpu_s, wall_s, when, name in sorted(phases, reverse=True)[:10]:
        line(f"{cpu_s:6.1f} s of CPU, {wall_s:6.1f} s  {when:5}  {name}")
    times_slower = max(1.0, max(_yardsticks) / _ORDINARY_YARDSTICK_S)
    limit_s = SLOW_S * times_slower
    for cpu_s, wall_s, when, name in sorted(phases, reverse=True):
        # Time spent waiting counts too, with room for what else the machine does.
        is_slow = cpu_s > limit_s or wall_s > 6 * limit_s
        if when == "call" and is_slow and name not in _may_be_slow:
            line(
                f"warning: {name} took {cpu_s:.1f} s of CPU, {wall_s:.1f} s, over {limit_s:.0f} s:"
                " make it faster, or mark it slow(reason=...)",
                yellow=True,
            )


@pytest.fixture(scope="session", autouse=True)
def _nothing_is_paid_for_twice() -> Iterator[None]:
    """What a shop pays once, and tests would pay again each time."""
    gate = importlib.import_module("baihuo.release.run_gate")
    latency = importlib.import_module("baihuo.release.latency")
    sqlite_file = importlib.import_module("baihuo.core.sqlite_file")
    execute = sqlite_file.NamedConnection.execute
    digest, digests = hashlib.file_digest, dict[tuple[object, ...], Any]()
    duck = importlib.import_module("baihuo.engine").DuckTables
    database, first = duck._database, dict[tuple[object, ...], Any]()

    def digest_once(file: Any, kind: str) -> Any:
        about = os.fstat(file.fileno())
        if about.st_size < 1_000_000:
            return digest(file, kind)
        key = (kind, about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns)
        return digests[key] if key in digests else digests.setdefault(key, digest(file, kind))

    def database_once(tables: Any) -> Any:
        of_little_memory = id(tables) if tables.memory_mb < 256 else 0  # it spills to a folder
        key = (tables.memory_mb, tables.threads, of_little_memory)
        return database(first.setdefault(key, tables))

    def execute_unsynced(connection: Any, sql: str, *values: Any) -> Any:
        is_wait = sql.startswith("PRAGMA synchronous")
        return execute(connection, "PRAGMA synchronous = OFF" if is_wait else sql, *values)

    with pytest.MonkeyPatch.context() as patch:
        # Nothing here survives a power cut, so nobody waits for one: a run of the checks alone asks for
        # 190 fsyncs. What is promised of them is traced in processes of their own (test_durability.py).
        patch.setattr(os, "fsync", lambda _: None)
        patch.setattr(sqlite_file.NamedConnection, "execute", execute_unsynced)
        # A hundredth of a second and more for each table engine, a tenth of a small run of the checks.
        patch.setattr(duck, "_database", database_once)
        # Each application, gate and release verifies 86 MB of encoders, which all shops have as links.
        patch.setattr(hashlib, "file_digest", digest_once)
        # typer's runner makes 119 commands for each of thousands of calls, a tenth of a second.
        patch.setattr("typer.testing._get_command", cache(typer.main.get_command))
        # A server sweeps all that its process holds with each release: what was collected stays frozen.
        patch.setattr(gc, "unfreeze", lambda: None)
        patch.setattr(gc, "freeze", lambda: None)
        # Gates time 60 pages, not 240, and replay the newest 60 of a surface, not 1,000: half the CPU of a release,
        # and pages of small shops are far below the limits. A process makes the yardstick once.
        patch.setattr(gate, "sample_queries", partial(gate.sample_queries, n=60))
        patch.setattr(latency, "Yardstick", cache(latency.Yardstick))
        for replayed in ("recommendation_clicks", "search_relevance"):
            patch.setattr(f"baihuo.release.{replayed}.MOST_PAGES", 60)
        yield


@pytest.fixture(scope="session", autouse=True)
def _texts_are_encoded_once(run_folder: Path) -> Iterator[None]:
    """Many catalogues have the same products, and each has the package's names of goods and of what they are for: 10 s of CPU."""
    rooms = importlib.import_module("baihuo.encode")
    file_lock = importlib.import_module("baihuo.core.file_lock").file_lock
    encode, lock = rooms.OnnxEncoder.encode, run_folder / "vectors.lock"
    vectors = rooms.VectorCache(run_folder / "vectors.sqlite")

    def encode_once(encoder: Any, texts: Sequence[str], **more: Any) -> Any:
        is_tested = os.environ.get("PYTEST_CURRENT_TEST", "").startswith("tests/encode/")
        if is_tested or len(texts) < 64:  # of a search
            return encode(encoder, texts, **more)
        about = {"name": encoder.name, "hash": encoder.hash, "encode": partial(encode, encoder)}
        with file_lock(lock, work="texts are being encoded", wait=True):
            return vectors.vectors(SimpleNamespace(**about), texts).astype(np.float32)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rooms.OnnxEncoder, "encode", encode_once)
        yield
    vectors.close()


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The folder of one real data set; skips with the reason where a clone has none."""

    def folder(name: str) -> Path:
        path = (SHARED_DATA / name).resolve()
        if not path.exists():
            pytest.skip(f"real data {name!r} is not at {path} (docs/data.md says where to get it)")
        return path

    return folder


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What all processes of a run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def made_once(run_folder: Path) -> MadeOnce:
    """A folder that the first process to ask for it makes, and all processes then read."""
    from baihuo.core.file_lock import file_lock

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        made, done = run_folder / name, run_folder / f"{name}.done"
        with file_lock(run_folder / f"{name}.lock", work=f"{name} is being made", wait=True):
            if not done.exists():
                shutil.rmtree(made, ignore_errors=True)  # of a maker that failed
                made.mkdir()
                make(made)
                done.touch()
        return made

    return folder


def _linked(source: str, target: str) -> str:
    """Copy a file of a shop; one of its encoders is linked, since together they have 86 MB."""
    if "/encoders/" not in source or source.endswith(".json"):
        return shutil.copy2(source, target)
    os.link(source, target)
    return target


@pytest.fixture(scope="session")
def copied() -> Callable[[Path, Path], Path]:
    """Copies a shop with encoders into a folder that is not there yet."""
    return lambda shop, to: Path(shutil.copytree(shop, to, copy_function=_linked))


@pytest.fixture(scope="session")
def exported_encoders(made_once: MadeOnce) -> Path:
    """The encoders as a bundle holds them; not to be written to."""

    def make(folder: Path) -> None:
        from baihuo.encode import export_encoders

        export_encoders(folder / "encoders")

    return made_once("exported", make) / "encoders"


@pytest.fixture(scope="session")
def linked_encoders(exported_encoders: Path) -> Callable[[Path], Path]:
    """Copies the encoders into a folder that is not there yet: 86 MB are linked, the list of them is not,
    since a training that needs one encoder writes the list again, and would do so for every test."""

    return lambda out, **_: Path(shutil.copytree(exported_encoders, out, copy_function=_linked))


@pytest.fixture(scope="session")
def sample_files(made_once: MadeOnce) -> Path:
    """The files of a simulated shop of 500 products and 40,000 events; not to be written to.

    ``products.jsonl``, ``events.jsonl``, ``pictures/``, ``words/`` and ``truth/`` as the simulator
    writes them; ``early.jsonl`` holds the first four fifths of the events, ``late.jsonl`` the rest.
    """

    def make(folder: Path) -> None:
        from baihuo.simulate import make_shop

        made = make_shop(folder, n_products=500, n_events=40_000)
        lines = made.events.read_bytes().splitlines(keepends=True)
        cut = len(lines) * 4 // 5
        (folder / "early.jsonl").write_bytes(b"".join(lines[:cut]))
        (folder / "late.jsonl").write_bytes(b"".join(lines[cut:]))

    return made_once("sample_files", make)


@pytest.fixture(scope="session")
def service_files(sample_files: Path) -> Path:
    """The service desk of that shop, not to be written to: ``faq.en.md``, ``faq.zh.md``, ``users.json``, ``orders.json``,
    ``products.json``, ``conversations.jsonl``, ``pairs.jsonl``, ``utterances.csv``; the truth is ``../truth/service.jsonl``.
    """
    return sample_files / "service"


@pytest.fixture(scope="session")
def released(
    made_once: MadeOnce, sample_files: Path, linked_encoders: Callable[[Path], Path]
) -> Path:
    """A shop released on ``early.jsonl``, made once (30 s), with the checks that change rows; take a copy, do not write to it."""

    def make(folder: Path) -> None:
        from tests.quality.chosen import CLEANING, few_checks

        from baihuo import flow
        from baihuo.settings import EngineSettings, GateSettings, Settings, Shop

        shop = Shop(folder)
        small = GateSettings(
            lowest_lift=-0.5,
            lowest_mid_lift=-0.1,
            lowest_against_live=-0.2,
            most_calibration_error=0.1,
        )  # a few hundred test pages
        shop.write_settings(Settings(gate=small, engine=EngineSettings(threads=1)))
        few_checks(shop.rules_file, *CLEANING)
        linked_encoders(shop.train / "encoders")
        flow.import_files(shop, [sample_files / "products.jsonl", sample_files / "early.jsonl"])
        flow.check(shop)
        flow.release(shop, flow.train(shop).bundle_id)

    return made_once("released", make)


@pytest.fixture(scope="session")
def copy_of_released(
    released: Path, copied: Callable[[Path, Path], Path]
) -> Callable[[Path], Shop]:
    """Copies the released shop into a folder that is not there yet."""

    def shop_in(folder: Path) -> Shop:
        from baihuo.settings import Shop

        return Shop(copied(released, folder))

    return shop_in


@pytest.fixture
def released_shop(copy_of_released: Callable[[Path], Shop], tmp_path: Path) -> Shop:
    """A released shop of this test's own: 500 products, a click model, nothing served yet."""
    return copy_of_released(tmp_path / "shop")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One for all tests of a process: a second one would not start beside it."""
    if not CHROMIUM.exists():
        pytest.skip("needs Debian's chromium: apt-get install chromium")
    sync_api = pytest.importorskip("playwright.sync_api", reason="the dev extra brings playwright")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_BROWSER_FLAGS)
        yield opened
        opened.close()

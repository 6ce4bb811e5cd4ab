"""What every room's tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from baihuo.settings import Shop

# Tests run beside each other, one a core: threads that wait by spinning would only steal from them.
# Read by the libraries when they are imported, so set before anything is.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
IS_CI = os.environ.get("CI") == "true"

# Fixtures that take seconds to make and live in one process: who needs one runs where it is.
_KEPT_TOGETHER = {
    "core_python": "core",
    "pair": "workers",
    "store": "storefront",
    "retail": "retail",
    "icecat": "icecat",
    "line": "train",
    "purchases_bundle": "rank",
}

WaitUntil = Callable[..., Any]
MadeOnce = Callable[[str, Callable[[Path], object]], Path]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests of one expensive fixture of one file or room go to one worker."""
    for item in items:
        needed = getattr(item, "fixturenames", ())
        if group := next((g for name, g in _KEPT_TOGETHER.items() if name in needed), None):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.parent.name}-{group}"))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[Any]:
    """A skip is for a clone that lacks something; where everything must run it is a failure."""
    return _not_skipped((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[Any]:
    """The same of a module that is skipped as a whole."""
    return _not_skipped((yield))


def _not_skipped(report: Any) -> Any:
    if IS_CI and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome, report.longrepr = "failed", f"with CI=true nothing is skipped: {reason}"
    return report


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
def wait_until() -> WaitUntil:
    """``wait_until(ask)`` asks again until the answer is true, and returns it.

    Fails after ``seconds`` with what ``otherwise()`` says. The deadline is for what hangs, not for
    what is slow: machines differ by ten, so it is generous and no test measures speed by it.
    """

    def wait(
        ask: Callable[[], Any], *, seconds: float = 60, otherwise: Callable[[], object] = str
    ) -> Any:
        deadline = time.monotonic() + seconds
        while not (answer := ask()):
            assert time.monotonic() < deadline, f"not within {seconds:g} s: {otherwise()}"
            time.sleep(0.01)
        return answer

    return wait


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> MadeOnce:
    """A folder that the first process to ask for it makes, and all processes then read."""
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        base = base.parent

    def folder(name: str, make: Callable[[Path], object]) -> Path:
        with (base / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = base / f"{name}.done"
            if not done.exists():
                shutil.rmtree(base / name, ignore_errors=True)  # of a maker that failed
                (base / name).mkdir()
                make(base / name)
                done.touch()
        return base / name

    return folder


@pytest.fixture(scope="session")
def exported_encoders(made_once: MadeOnce) -> Path:
    """The encoders as a bundle holds them; not to be written to."""

    def make(folder: Path) -> None:
        from baihuo.encode import export_encoders

        export_encoders(folder / "encoders")

    return made_once("exported", make) / "encoders"


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
def released(made_once: MadeOnce, sample_files: Path, exported_encoders: Path) -> Path:
    """A shop released on ``early.jsonl``, made once (30 s); take a copy, do not write to it."""

    def make(folder: Path) -> None:
        from baihuo import flow
        from baihuo.settings import GateSettings, Settings, Shop

        shop = Shop(folder)
        small = GateSettings(
            lowest_lift=-0.5, lowest_mid_lift=-0.1, lowest_against_live=-0.2,
            most_calibration_error=0.1,
        )  # fmt: skip  # a few hundred test pages
        shop.write_settings(Settings(gate=small))
        shutil.copytree(exported_encoders, shop.train / "encoders", copy_function=os.link)
        flow.import_files(shop, [sample_files / "products.jsonl", sample_files / "early.jsonl"])
        flow.check(shop)
        flow.release(shop, flow.train(shop).bundle_id)

    return made_once("released", make)


@pytest.fixture(scope="session")
def copy_of_released(released: Path) -> Callable[[Path], Shop]:
    """Copies the released shop into a folder that is not there yet. Encoders are linked: 53 MB."""

    def copy(source: str, target: str) -> str:
        if "/encoders/" in source:
            os.link(source, target)
            return target
        return shutil.copy2(source, target)

    def shop_in(folder: Path) -> Shop:
        from baihuo.settings import Shop

        return Shop(Path(shutil.copytree(released, folder, copy_function=copy)))

    return shop_in


@pytest.fixture
def released_shop(copy_of_released: Callable[[Path], Shop], tmp_path: Path) -> Shop:
    """A released shop of this test's own: 500 products, a click model, nothing served yet."""
    return copy_of_released(tmp_path / "shop")

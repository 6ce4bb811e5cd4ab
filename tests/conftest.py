"""What every room's tests share."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

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

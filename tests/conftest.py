"""What every room's tests share."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[1] / ".." / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """The folder of one real data set; skips with the reason where a clone has none."""

    def folder(name: str) -> Path:
        path = (SHARED_DATA / name).resolve()
        if not path.exists():
            reason = f"real data {name!r} is not at {path} (docs/data.md says where to get it)"
            if os.environ.get("CI") == "true":
                pytest.fail(reason)
            pytest.skip(reason)
        return path

    return folder

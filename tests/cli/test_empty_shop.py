"""Commands in a folder that is no shop yet: each says what to run first, and leaves no half-made shop."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from baihuo.cli.app import app
from baihuo.core import NotFound, ShopError


@pytest.mark.parametrize(
    "command", ["index", "features", "train", "release", "evaluate", "watch", "seal"]
)
def test_a_folder_without_data_is_an_error_and_not_filled(tmp_path: Path, command: str) -> None:
    shop = tmp_path / "nowhere"
    result = CliRunner().invoke(app, [command, "--shop", str(shop)])
    error = result.exception
    assert isinstance(error, NotFound), result.output
    assert isinstance(error, ShopError)
    assert "baihuo " in error.fix
    assert not shop.exists()

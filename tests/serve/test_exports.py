"""What other rooms may import from this one."""

from __future__ import annotations

import subprocess
import sys

import pytest

import baihuo.serve


def test_every_name_of_the_room_is_there_and_stays_what_it_is() -> None:
    for _ in range(2):  # the first use imports a module, which must not take the name's place
        for name in dir(baihuo.serve):
            assert callable(getattr(baihuo.serve, name)), name
    with pytest.raises(AttributeError, match="nothing_of_ours"):
        _ = baihuo.serve.nothing_of_ours  # type: ignore[attr-defined]


def test_settings_of_the_server_load_no_web_framework() -> None:
    code = "import sys; from baihuo.serve import ServeConfig; print('fastapi' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"

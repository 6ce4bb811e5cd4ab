"""Ctrl-C ends a command without a traceback, also where a query of DuckDB was running."""

from __future__ import annotations

import subprocess
import sys

import pytest

# A query of minutes; the signal comes once it runs.
_COMMAND = """
import os, signal, sys, threading
import duckdb
from baihuo.cli import app as cli

def long_query() -> None:
    threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT)).start()
    duckdb.sql("select sum(sqrt(a.range * b.range)) from range(1000000) a, range(1000000) b").fetchall()

cli.app.command("long-query")(long_query)
sys.argv = ["baihuo", "long-query"]
cli.main()
"""


def test_ctrl_c_in_a_query_is_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "Aborted" in done.stderr


def test_an_error_of_ours_keeps_its_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    from baihuo.cli import app as cli

    def broken() -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(RuntimeError, match="a bug"):
        cli.main()

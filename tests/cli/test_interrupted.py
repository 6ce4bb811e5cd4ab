"""Ctrl-C ends a command without a traceback, also where DuckDB gives the query that it ends an error of its own."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer

from baihuo.cli import app as cli

# Queries of some hundredths of a second, one after the other: DuckDB may not look at signals before a query ends.
_COMMAND = """
import os, signal, sys, threading
import duckdb
signal.signal(signal.SIGINT, signal.default_int_handler)  # a process in the background ignores it
from baihuo.cli import app as cli

def queries() -> None:
    threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
    while True:
        duckdb.sql("select sum(sqrt(range)) from range(10000000)").fetchall()

cli.app.command("queries")(queries)
sys.argv = ["baihuo", "queries"]
cli.main()
"""


def test_ctrl_c_between_and_in_queries_is_no_traceback() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _COMMAND], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 130, done.stderr
    assert "Traceback" not in done.stderr
    assert "Aborted" in done.stderr


def test_ctrl_c_in_a_command_says_that_it_was_aborted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    app = typer.Typer()

    @app.command()
    def interrupted() -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "app", app)
    monkeypatch.setattr(sys, "argv", ["baihuo"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 130
    assert "Aborted" in capsys.readouterr().err


@pytest.mark.parametrize(("words", "is_interrupt"), [("Query interrupted", True), ("a bug", False)])
def test_only_an_interrupt_is_no_traceback(
    monkeypatch: pytest.MonkeyPatch, words: str, is_interrupt: bool
) -> None:
    def broken() -> None:
        raise RuntimeError(words)

    monkeypatch.setattr(cli, "app", broken)
    with pytest.raises(SystemExit if is_interrupt else RuntimeError) as raised:
        cli.main()
    assert not is_interrupt or raised.value.code == 130  # type: ignore[attr-defined]

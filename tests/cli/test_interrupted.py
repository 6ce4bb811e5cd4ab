"""Ctrl-C ends a command without a traceback, also where DuckDB gives the query that it ends an error of its own."""

from __future__ import annotations

import pytest

from baihuo.cli import app as cli


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

"""Customer service in the terminal, in a shop that has nothing yet."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from baihuo.cli.app import app


def test_a_conversation_in_the_terminal_writes_nothing_and_says_what_it_is(tmp_path: Path) -> None:
    at = ["--shop", str(tmp_path)]
    ran = CliRunner().invoke(app, ["assist", "chat", "are you a robot?", "转人工", "--json", *at])
    first, second = (json.loads(line) for line in ran.stdout.splitlines())
    assert "machine" in first["text"]
    assert (second["language"], second["reason"]) == ("zh", "asked_for_person")
    assert list(tmp_path.iterdir()) == []


def test_lines_of_a_pipe_are_messages(tmp_path: Path) -> None:
    at = ["--shop", str(tmp_path)]
    ran = CliRunner().invoke(app, ["assist", "chat", *at], input="hello\n\nthanks\n")
    assert ran.stdout.splitlines()[-1] == "You are welcome."


def test_a_shop_that_is_not_there_is_named(tmp_path: Path) -> None:
    ran = CliRunner().invoke(app, ["assist", "chat", "hi", "--shop", str(tmp_path / "none")])
    assert "there is no shop" in str(ran.exception)

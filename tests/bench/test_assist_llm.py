"""The benches of words: of the check, and of a model whose words it holds."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from tests.assist.model_server import model_server

import assist_llm
import assist_words
from baihuo.core import BadInput

EXAM = Path(__file__).parents[1] / "assist" / "check" / "second.yaml"


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_bench_of_the_check(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["assist_words.py", "--exam", str(EXAM), "--show"])
    assert assist_words.main() == 0
    (line,) = lines(capsys)
    assert line["lies"] == 123
    assert isinstance(line["by_kind"], dict)


def test_what_a_model_says_is_counted_by_what_became_of_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def says(text: str) -> str:
        return text.replace("14-day", "90-day") if "14-day" in text else f"Please note: {text}"

    with model_server(says=says) as (address, _):
        monkeypatch.setattr(
            sys, "argv", ["assist_llm.py", "--exam", str(EXAM), "--llm", address, "--show"]
        )
        assert assist_llm.main() == 0
    (line,) = lines(capsys)
    assert line["answers"] == 12
    assert "duration" in line["sent_back"]  # type: ignore[operator]
    assert 0 < line["sent"] < 1  # type: ignore[operator]


def test_without_a_model_the_bench_says_how_to_name_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BAIHUO_GGUF", raising=False)
    monkeypatch.setattr(sys, "argv", ["assist_llm.py", "--exam", str(EXAM)])
    with pytest.raises(BadInput, match="no model is named"):
        assist_llm.main()


@pytest.mark.nightly(reason="a model of half a billion weights speaks for minutes")
@pytest.mark.skipif(
    not os.environ.get("BAIHUO_GGUF"), reason="BAIHUO_GGUF names no model (docs/llm.md)"
)
def test_a_real_model_is_heard(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["assist_llm.py", "--exam", str(EXAM)])
    assert assist_llm.main() == 0
    (line,) = lines(capsys)
    assert str(line["model"]).startswith("sha256:")

"""The benchmark of suggestions counts keys as somebody would press them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

import suggest
from suggest import keystrokes


def test_a_key_takes_a_suggestion_and_the_rest_is_typed() -> None:
    shown = {"r": ["red"], "red s": ["red shoes"]}
    assert keystrokes("red shoes", list("red shoes"), lambda t: shown.get(t, [])) == (5, True)
    # r, take "red", space, s, take: five keys. Without suggestions each letter is one.
    assert keystrokes("red shoes", list("red shoes"), lambda t: []) == (9, False)


def test_a_suggestion_that_ends_inside_a_word_or_says_something_else_is_not_taken() -> None:
    assert keystrokes("redo", list("redo"), lambda t: ["red", "read"]) == (4, False)


def test_pinyin_is_typed_letter_by_letter() -> None:
    letters = ["shou", "ji", "ke"]
    shown = {"shou": ["手机"], "sh": ["手机壳"]}
    assert keystrokes("手机壳", letters, lambda t: shown.get(t, [])) == (3, True)
    assert keystrokes("手机壳", letters, lambda t: []) == (8, False)


@pytest.mark.parametrize("as_typed", ["plain", "typo", "pinyin"])
def test_the_bench_compares_both_on_later_searches(
    as_typed: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip("pypinyin")
    log = tmp_path / "log.txt"
    log.write_text("\n".join(["red shoes", "手机壳", "phone case", "红色 连衣裙"] * 20), "utf-8")
    monkeypatch.setattr(sys, "argv", f"suggest.py --queries {log} --as_typed {as_typed}".split())
    suggest.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of = {line["system"]: line for line in lines}
    assert of["baihuo"]["searches"] == 16
    assert of["baihuo"]["saved"] >= of["trie"]["saved"]
    if as_typed == "pinyin":
        assert of["baihuo"]["saved"] > of["trie"]["saved"] + 0.1  # a trie knows no pinyin
    assert of["baihuo"]["whole"] == 1.0

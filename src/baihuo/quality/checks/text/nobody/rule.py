"""One rule on texts that no visitor wrote."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import TypeAlias

_SIGN = r"[\s!-/:-@\[-^`{-~、。！，：（）【】「」“”~…]"  # what \W means in a hint: a small class, which RE2 is fast with
Test: TypeAlias = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text is, if it is nobody's words.

    ``hint`` is a cheap RE2 pattern, case-insensitive, that matches wherever ``is_so`` may be true: most texts are left
    alone by it; an empty one is for the caller to do. ``is_whole``: nothing of the text is a visitor's, so it is withheld; else it is noted.
    ``as_it_came``: it is also asked of the text before its repair, which would take the signs away, and such a text is not repaired in part.
    ``sees_masked``: it is asked of the text with the marks of what was masked in it.
    """

    why: str
    hint: str
    is_so: Test
    is_whole: bool = False
    as_it_came: bool = False
    sees_masked: bool = False


def matches(pattern: str, *, case: bool = False) -> Test:
    """Whether a pattern is found in a text; ``.`` is any character."""

    @cache  # compiled when a text first needs it: most commands never judge one
    def compiled() -> re.Pattern[str]:
        return re.compile(pattern, re.DOTALL if case else re.DOTALL | re.IGNORECASE)

    return lambda text: compiled().search(text) is not None


def all_of(*patterns: str) -> Test:
    """Whether each of several patterns is found."""
    tests = [matches(pattern) for pattern in patterns]
    return lambda text: all(test(text) for test in tests)


def hints(rules: tuple[Rule, ...]) -> str:
    r"""One RE2 pattern for all rules; its ``\W`` would be any letter but ASCII's."""
    pattern = "|".join(dict.fromkeys(f"(?:{rule.hint})" for rule in rules if rule.hint))
    return "(?is)" + pattern.replace(r"\W", _SIGN)

"""Texts that cost a search for patterns as much as possible: a short unit many times, with a beginning or an end that almost fits."""

from __future__ import annotations

import random

# A pattern with a repeated part can begin at every position of a run of one of these.
_WORDS = "a- a. a@ a@a. 0- 1. ?a= &a= a_ a%2 // a:// :: -- { ( 一 一1 １ 密码 我的 路1号 ⟨ é e\u0301 😀 A 0 x1 #1 w."
_UNITS = (*_WORDS.split(), " ", "0 ", "+1 ", "一 ", "a b", "\n")
_ALPHABETS = (
    "abcxyz",
    "ABCXYZ",
    "0123456789",
    "-._~ ",
    "@:/?&=#%+",
    "'\"()[]{}<>",
    "一二三路号市区的是",
    "０１２ａｂｃ",
    "абвгде",
    "éüñø",
    "ーカナひら",
    "😀👍🏽\u200d\u0301",
    "\t\u00a0\u3000",
)
# One of each kind that is masked (docs/privacy.md): what looks for a sign before it looks at a text finds it.
_SIGNS = "my password is x1, bearer a1, IMEI, a@b.cd, http://a.b?token=1&c, order no 1, 电话：138 地址：北京路1号 验证码1 "
_BEGINNINGS = ("", "my password is ", "https://", "?token=", "a@", "电话：", "地址：", "+86 1")
_ENDS = ("!", "", "@", "\x7f", "。", " 1")


def hostile_units(n: int, *, seed: int) -> list[str]:
    """``n`` units: the known ones first, then one to four signs that ``seed`` draws from one or two alphabets."""
    dice = random.Random(seed)
    units = list(_UNITS[:n])
    while len(units) < n:
        signs = "".join(dice.sample(_ALPHABETS, dice.randint(1, 2)))
        units.append("".join(dice.choices(signs, k=dice.randint(1, 4))))
    return units


def filled(unit: str, n_chars: int, *, variant: int = 0) -> str:
    """A text of ``n_chars`` that is nearly all one unit; each variant has another beginning or end, so that no answer is known already."""
    beginning = _SIGNS + _BEGINNINGS[variant % len(_BEGINNINGS)]
    end = _ENDS[variant % len(_ENDS)] + str(variant)
    run = unit * (n_chars // len(unit) + 1)
    return beginning + run[: n_chars - len(beginning) - len(end)] + end

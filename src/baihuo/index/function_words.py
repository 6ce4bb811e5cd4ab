"""Words of a query that name nothing: no product has to have them, and no note names them."""

from __future__ import annotations

from functools import cache

from baihuo.index.words import stem

_ENGLISH = (
    "for with the a an of and or to my me your i am is are that which some please want need looking buy "
    "show find get"
)
_CHINESE = (
    "的 地 得 了 和 与 及 或 或者 给 用 用的 买 想 要 想买 想买个 想要 想要个 我 我要 我想 我想要 我想买 个 一个 一款 一双 一件 一台 "
    "有 有没有 有没 请问 求 推荐 求推荐 什么 哪个 哪款 哪种 那种 这种 款 吗 呢 啊 吧 点 能 可以 帮我 找 来个"
)
_SMALL = (
    "in on at by up off out it be do as if so no not"  # they may be a part of a name: "carry on"
)


@cache
def function_words() -> frozenset[str]:
    """Terms that no product has to have."""
    return frozenset({*map(stem, _ENGLISH.split()), *_CHINESE.split()})


@cache
def unnamed_words() -> frozenset[str]:
    """Terms that no note names."""
    return function_words() | frozenset(map(stem, _SMALL.split()))

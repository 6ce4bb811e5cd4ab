"""Numbers as people type them: ``1,299``, ``1.5k``, ``1.5万``, ``三百``."""

from __future__ import annotations

import re

NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,9})(?:\.\d{1,4})?"
"""Digits with thousands separators and decimals, after :func:`baihuo.core.fold`."""

HAN_NUMBER = r"[一二两三四五六七八九十百千万][零一二两三四五六七八九十百千万]{0,8}"
_HAN_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
MULTIPLES = {"k": 1_000, "千": 1_000, "万": 10_000, "": 1}


def number_of(text: str, multiple: str = "") -> float | None:
    """The number, times its ``multiple`` (``k``, ``千``, ``万``); None where it is none.

    >>> number_of("1,299"), number_of("1.5", "万"), number_of("三百五十"), number_of("两千")
    (1299.0, 15000.0, 350.0, 2000.0)
    >>> number_of("一千五"), number_of("一千零五"), number_of("两万三")  # 一千五 leaves out 百
    (1500.0, 1005.0, 23000.0)
    """
    if re.fullmatch(NUMBER, text):
        return float(text.replace(",", "")) * MULTIPLES[multiple]
    total = section = digit = 0
    unit = 1  # of a digit that comes next: in 一千五 it counts hundreds, in 一千零五 ones
    for character in text:
        if character == "万":
            total, section, digit = total + (section + digit or 1) * 10_000, 0, 0
            unit = 1_000
        elif character in _HAN_UNITS:
            section, digit = section + (digit or 1) * _HAN_UNITS[character], 0
            unit = _HAN_UNITS[character] // 10
        elif character == "零":
            unit = 1
        elif character in _HAN_DIGITS:
            digit = _HAN_DIGITS[character]
        else:
            return None
    return float(total + section + digit * unit) * MULTIPLES[multiple] if text else None

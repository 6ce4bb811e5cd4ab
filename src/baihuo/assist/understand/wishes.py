"""Several wishes in one message, each with its own words."""

from __future__ import annotations

import re
from typing import Final

_MOST = 3
_LEAST_LETTERS, _LEAST_HAN = 8, 3
_PARTS: Final = re.compile(
    r"[?？!！;；。\n]+|\.\s{1,20}"
    r"|,?\s{1,20}\b(?:and|also|plus)\b(?:\s{1,20}also)?\s{1,20}(?=(?:how|what|when|where|which|who|can|could|do|does|is|are|will|if)\b)"
    r"|[,，]?\s{0,20}(?:还有|另外|顺便问下?|对了|以及|再问下?|同时)[,，:：]?"
    r"|[,，]\s{0,20}(?=(?:什么|怎么|多少|几|能|可以|有没有|是否|发|谁|哪|退)\S)"
    r"|[,，]\s{0,20}(?:and\s{1,20}|but\s{1,20}|so\s{1,20})?(?=(?:how|whats?|when|where|which|who|can|could|do|does|is|are|will)\b\s*\S)"
    r"|\s{1,20}and\s{1,20}(?=whats\b)",
    re.IGNORECASE,
)
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[A-Za-z]")


def wishes(text: str) -> tuple[str, ...]:
    """The parts of a message that may each ask for something, at most three; empty where there is one alone.

    >>> wishes("how long does delivery take and can I pay with wechat?")
    ('how long does delivery take', 'can I pay with wechat')
    >>> wishes("运费多少？还有，能开发票吗？"), wishes("where is my order?")
    (('运费多少', '能开发票吗'), ())
    >>> wishes("it is a present for my mum, do you ship to the uk and whats the cost")
    ('it is a present for my mum', 'do you ship to the uk', 'whats the cost')
    """
    parts = [part.strip(" ,，.") for part in _PARTS.split(text[:400])]
    told = [
        p
        for p in parts
        if len(_HAN.findall(p)) >= _LEAST_HAN or len(_LETTER.findall(p)) >= _LEAST_LETTERS
    ]
    return tuple(told[:_MOST]) if len(told) > 1 else ()

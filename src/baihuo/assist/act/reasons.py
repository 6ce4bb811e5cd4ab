"""Why an order is cancelled: which of the reasons that the policy accepts a shopper means, in their own words and language."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from baihuo.assist.act.choosing import chosen
from baihuo.assist.turns import Language
from baihuo.core import fold


@dataclass(frozen=True, slots=True)
class _Meaning:
    """A common reason: how people say it, and how it is called in each language."""

    said: re.Pattern[str]
    names: dict[Language, str]


_COMMON: Final = (
    _Meaning(
        re.compile(
            r"\bby (mistake|accident)\b|\b(a|my) mistake\b|\baccident(al|ally)?\b|\bmistaken(ly)?\b"
            r"|\bwrong (item|one|thing|product|size|colou?r|model|order)s?\b|\b(ordered|bought|chose|picked|got) the wrong\b"
            r"|\bdid ?n[o']?t mean to\b|\btwice\b"
            r"|[拍买下点选订][错重]|误[拍买下点]|手滑|手抖|不小心|弄错|搞错"
        ),
        {"en": "ordered by mistake", "zh": "拍错了"},
    ),
    _Meaning(
        re.compile(
            r"\bno longer (need|want|require)|\b(don[' ]?t|do not|dont|wont|won't|doesn't) (really )?(need|want|require)\b"
            r"|\bnot (needed|wanted|necessary)\b|\bno need\b|\bchanged? my mind\b|\bno use for\b|\bneed it any ?more\b"
            r"|不需要|不想要|不要了|用不[上着到]|不用了|没用了|不想买|改主意|改变主意|不再需要|多余"
        ),
        {"en": "no longer needed", "zh": "不需要了"},
    ),
)

_KEEPS: Final = re.compile(r"\b(don[' ]?t|do not|not) (want to |wanna )?cancel|[不别]要?想?取消")


def reason_of(text: str, reasons: Sequence[str], *, was_asked: bool) -> str | None:
    """The reason that a message gives, as the policy writes it; None where it gives none of them, or it is not clear which.

    Args:
        reasons: those that the policy accepts.
        was_asked: the reason was asked for, so one may be named by its number or a part of its words.

    >>> reason_of("i dont need it anymore", ["no longer needed", "ordered by mistake"], was_asked=False)
    'no longer needed'
    >>> reason_of("拍错了", ["no longer needed", "ordered by mistake"], was_asked=False)
    'ordered by mistake'
    """
    folded = fold(text).replace("’", "'")
    if _KEEPS.search(folded):
        return None
    for reason in reasons:
        if fold(reason) in folded:
            return reason
    for meaning in _COMMON:
        if meaning.said.search(folded):
            of_it = [reason for reason in reasons if meaning.said.search(fold(reason))]
            if len(of_it) == 1:
                return of_it[0]
    found = chosen(text, reasons) if was_asked else None
    return None if found is None else reasons[found]


def reason_in(reason: str, language: Language) -> str:
    """A reason in a language, where it is a common one; else as the policy writes it.

    >>> reason_in("ordered by mistake", "zh"), reason_in("sold elsewhere", "zh")
    ('拍错了', 'sold elsewhere')
    """
    has_han = bool(re.search(r"[\u3400-\u9fff]", reason))
    if has_han == (language == "zh"):
        return reason
    meant = next((m for m in _COMMON if m.said.search(fold(reason))), None)
    return reason if meant is None else meant.names[language]

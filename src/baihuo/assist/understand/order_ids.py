"""Order numbers in a message: by the pattern of the shop's own, or where a label says that it is one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from baihuo.assist.turns import Entity
from baihuo.core import BadInput

ORDER_ID = "order_id"
_LABELLED = re.compile(
    r"(?:\b(?:order|purchase|package|parcel)s?(?:\s*(?:number|num|no|nr|id)\b\.?)?|订单号码?|订单编号|单号|订单)"
    r"\s*+(?:is|was|are|是|为)?\s*+[:：]?\s*+(#?[A-Za-z]{0,4}-?\d[0-9A-Za-z]*(?:-[0-9A-Za-z]+){0,4})",
    re.IGNORECASE,
)
_BARE = re.compile(r"(?<![\w$€£¥.,-])(#?[A-Za-z]{0,4}-?\d{6,24})(?![\w-]|[.,]\d)")
_MIXED = re.compile(r"(?<![\w#-])(?=(?:[A-Za-z]*\d){3})([A-Za-z0-9]{10,32})(?![\w-])", re.ASCII)
_HASHED = re.compile(r"(?<![\w&])(#[A-Za-z]{0,4}\d{3,24})(?![\w-])")
_ANSWER = re.compile(r"\s*+(#?[A-Za-z]{0,4}-?\d[0-9A-Za-z-]{2,30})\s*+[.!。]?\s*+")
_ADDRESS = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){0,4}", re.ASCII
)  # an e-mail address has numbers, too
_LEAST_DIGITS = 4
_BILLS = re.compile(
    r"(?:invoice|bill|receipt|tracking|phone|发票|运单|快递单|电话|手机)\S{0,12}\s*+\S{0,8}\s*+$",
    re.I,
)
_LOOK_BACK = 30


@dataclass(frozen=True, slots=True)
class OrderIds:
    """Finds order numbers.

    Args:
        patterns: regular expressions of the shop's own numbers, matched anywhere and in either case (``#?W\\d{7}``). With
            none, numbers of six digits or more, ids of ten letters and digits, and shorter numbers behind "order" or 订单, are taken for order numbers.
    """

    patterns: tuple[re.Pattern[str], ...] = ()

    @staticmethod
    def of(patterns: Sequence[str] = ()) -> OrderIds:
        """From texts.

        Raises:
            BadInput: one is no regular expression, or matches nothing at all.
        """
        compiled = []
        for pattern in patterns:
            try:
                made = re.compile(pattern, re.IGNORECASE)
            except re.error as error:
                raise BadInput(
                    f"order_patterns: {pattern!r} is no regular expression ({error})",
                    fix=r"write one that matches a whole order number, such as #?W\d{7}",
                ) from None
            if made.fullmatch(""):
                raise BadInput(
                    f"order_patterns: {pattern!r} matches an empty text",
                    fix=r"write one that matches a whole order number, such as #?W\d{7}",
                )
            compiled.append(made)
        return OrderIds(tuple(compiled))

    def find(self, text: str, *, is_asked: bool = False) -> tuple[Entity, ...]:
        """The order numbers of a text, in order, as typed.

        Args:
            text: the readable text cut off as read, in its own case.
            is_asked: we asked for one, so that a message that is only a number is one.
        """
        if not any(c.isdigit() for c in text):
            return ()
        if self.patterns:
            spans = [m.span() for pattern in self.patterns for m in pattern.finditer(text)]
        else:
            spans = self._by_label(text, is_asked)
        spans = [s for s in spans if not is_in_address(text, *s)]
        found: list[Entity] = []
        for start, end in sorted(spans, key=lambda s: (s[0], -s[1])):
            if start < end and (not found or start >= found[-1].end):
                found.append(Entity(kind=ORDER_ID, value=text[start:end], start=start, end=end))
        return tuple(found)

    def _by_label(self, text: str, is_asked: bool) -> list[tuple[int, int]]:
        spans = [
            m.span(1)
            for m in _LABELLED.finditer(text)
            if sum(c.isdigit() for c in m[1]) >= _LEAST_DIGITS
        ]
        for pattern in (_BARE, _MIXED, _HASHED):
            spans += [m.span(1) for m in pattern.finditer(text) if not _is_bill(text, m.start(1))]
        if is_asked and (alone := _ANSWER.fullmatch(text)):
            spans.append(alone.span(1))
        return spans


def is_in_address(text: str, start: int, end: int) -> bool:
    """Whether a span is a part of an e-mail address."""
    if "@" not in text:
        return False
    return any(m.start() <= start and end <= m.end() for m in _ADDRESS.finditer(text))


def _is_bill(text: str, start: int) -> bool:
    """Whether a label before the number says that it is the number of something else."""
    return _BILLS.search(text[max(0, start - _LOOK_BACK) : start]) is not None

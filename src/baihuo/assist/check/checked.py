"""What the check returns: the reply to send, and why another one was not sent."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from baihuo.assist.turns import Reply


class Reason(StrEnum):
    """Why a sentence is not held by its sources. Counted, each by its name."""

    SOURCE = "source"  # it cites a passage that this turn does not have
    LENGTH = "length"
    MARKUP = "markup"
    LANGUAGE = "language"
    CONTACT = "contact"
    CODE = "code"  # an id of an order or a parcel, a voucher, a model number
    DATE = "date"
    TIME = "time"
    PRICE = "price"
    CURRENCY = "currency"
    PERCENTAGE = "percentage"
    DURATION = "duration"
    UNIT = "unit"
    NUMBER = "number"
    PROMISE = "promise"
    STATUS = "status"  # says that something was done
    NAME = "name"
    WORDS = "words"  # says something that its sources do not speak of
    NEGATION = "negation"
    OMITTED = "omitted"  # leaves out a number, date or id of the sentence that it stands for
    SWAP = "swap"  # what a source says of another thing


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A sentence that was not sent, and why."""

    reason: Reason
    sentence: str
    found: str = ""  # the words in question


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The reply to send. With doubts it is not the one that was checked."""

    reply: Reply
    doubts: tuple[Doubt, ...] = ()

    @property
    def is_held(self) -> bool:
        """Whether the checked reply is the one to send."""
        return not self.doubts

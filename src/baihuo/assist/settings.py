"""The section ``assist`` of ``shop.yaml``, and all sections of customer service together."""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.assist.llm_settings import AssistLlmSettings
from baihuo.assist.orders.settings import OrdersSettings
from baihuo.core import SettingsSection


class AssistSettings(SettingsSection):
    """Customer service: the chat, what it may answer by itself, and who answers where it does not (docs/assist.md)."""

    enabled: bool = Field(default=True, description="Whether the shop has a chat.")
    answer_from: float | None = Field(
        default=None,
        ge=0,
        le=1,
        description="Answer where the probability that the answer is right reaches this; unset: what training found for the live bundle and the language, else 0.75, and 0.8 in Chinese.",
    )
    has_desk: bool = Field(
        default=True,
        description="Whether people answer at the desk page. Off: who wants a person is told `contact`.",
    )
    contact: dict[str, str] = Field(
        default={},
        description='How to reach a person, by language, said with every hand-over: `{en: "Call 0800 1234, 9 to 5.", zh: 请致电 …}`.',
    )
    queue_by_visitor: PositiveInt = Field(
        default=3,
        description="Conversations of one visitor that wait for a person at once, for a day at most; beyond it the shopper reads that, and `contact`.",
    )
    queue_by_address: PositiveInt = Field(
        default=20,
        description="The same of one address (IPv6: of one /64). Requests with a key of the scope `desk` have no address.",
    )
    reply_s: PositiveFloat = Field(
        default=1.8,
        le=30,
        description="A reply is there after so many seconds, whatever a generative model or the shop's order system does.",
    )
    turns_at_once: PositiveInt = Field(
        default=4, le=64, description="Turns that a worker makes at once."
    )
    max_waiting: PositiveInt = Field(
        default=16, description="Turns that may wait for those; beyond it: 503."
    )
    pending_minutes: PositiveFloat = Field(
        default=30,
        le=1_440,
        description="A yes to a change of an order counts within this time after the question.",
    )


@dataclass(frozen=True, kw_only=True)
class AssistSetup:
    """What ``shop.yaml`` says of customer service."""

    assist: AssistSettings = field(default_factory=AssistSettings)
    orders: OrdersSettings = field(default_factory=OrdersSettings)
    llm: AssistLlmSettings = field(default_factory=AssistLlmSettings)
    llm_key: str = field(default="", repr=False)

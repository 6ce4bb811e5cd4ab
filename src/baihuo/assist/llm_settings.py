"""The section ``assist_llm`` of ``shop.yaml``."""

from __future__ import annotations

from pydantic import Field, NonNegativeFloat, PositiveFloat, PositiveInt

from baihuo.core import SettingsSection


class AssistLlmSettings(SettingsSection):
    """A generative model that says the chat's answers in better words. Off until `address` is set. It decides nothing: its words are
    held against their sources, and the shop's own sentences are sent where anything is in doubt (docs/assist_words.md). A key that the
    address needs is in the environment variable `BAIHUO_LLM_KEY`, never in the file."""

    address: str | None = Field(
        default=None,
        description="An OpenAI-compatible address, such as `http://127.0.0.1:8080/v1`. What shoppers ask and the answers of the shop are sent to it.",
    )
    model: str = Field(default="default", description="Name of the model at `address`.")
    timeout_s: PositiveFloat = Field(
        default=1.2,
        le=60,
        description="Time of one answer, a retry included; later, the shop's own sentences are sent.",
    )
    at_once: PositiveInt = Field(
        default=2,
        le=64,
        description="Answers under way at once in a worker; more are sent as they are.",
    )
    tokens_per_day: PositiveInt = Field(
        default=1_000_000, description="Budget of a worker for a day (UTC)."
    )
    price_per_million_tokens: NonNegativeFloat = Field(
        default=0.0, description="What the provider takes for a million tokens, in any currency."
    )
    money_per_day: PositiveFloat = Field(
        default=5.0, description="Budget of a worker for a day (UTC), in the same currency."
    )
    minutes_per_day: PositiveFloat = Field(
        default=120.0, description="Budget of a worker for a day (UTC): time that answers took."
    )

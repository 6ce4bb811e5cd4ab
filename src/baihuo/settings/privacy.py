"""Settings of visitors' data: how long each kind is kept, and when models forget."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.core import SettingsSection
from baihuo.privacy import PrivacySettings


class RetentionSettings(SettingsSection):
    """How many days each kind of data is kept; null: for ever. Applied by ``baihuo forget --expired``; each row that goes is counted
    in a receipt."""

    events_days: PositiveInt | None = Field(
        default=None,
        description="Events, by when they were received. Models learn from them, and `train.window_days` looks back less far.",
    )
    served_days: PositiveInt | None = Field(
        default=90,
        description="Served pages, a file of sealed ones at a time. Training needs those of its window; later pages of a search need the first for hours.",
    )
    refused_days: PositiveInt | None = Field(
        default=180,
        description="Rows that no import could read, by when their file was imported.",
    )
    conversations_days: PositiveInt | None = Field(
        default=365,
        description="Conversations with customer service, by their last message.",
    )
    judgements_days: PositiveInt | None = Field(
        default=None, description="Relevance judgements of people."
    )


class VisitorDataSettings(PrivacySettings):
    """What is stored of visitors, and what becomes of it (docs/privacy.md). Personal data in texts is masked whatever is set here."""

    retrain_within_days: PositiveInt = Field(
        default=30,
        description="After `baihuo forget`: by when no bundle serves that learned from an erased visitor.",
    )
    retention: RetentionSettings = RetentionSettings()

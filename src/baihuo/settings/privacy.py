"""Settings of visitors' data: how long each kind is kept."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from baihuo.core import SettingsSection


class RetentionSettings(SettingsSection):
    """How many days each kind of data is kept; null: for ever. Each row that goes is counted."""

    served_days: PositiveInt | None = Field(
        default=90,
        description="Served pages, a file of sealed ones at a time. Training needs those of its window; later pages of a search need "
        "the first for hours.",
    )


class PrivacySettings(SettingsSection):
    """What becomes of visitors' data."""

    retention: RetentionSettings = RetentionSettings()

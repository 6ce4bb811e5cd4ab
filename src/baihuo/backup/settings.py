"""The section ``backup`` of ``shop.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import SettingsSection


class BackupSettings(SettingsSection):
    """How long `baihuo backup` keeps what it made."""

    keep: PositiveInt = Field(
        default=14,
        description="So many of the newest backups in a folder are kept; a new one deletes the others.",
    )
    keep_days: PositiveFloat = Field(
        default=90,
        le=36_500,
        description="A backup is deleted after so many days, by the next `baihuo backup` into its folder: the end of retention "
        "of what somebody asked to erase.",
    )

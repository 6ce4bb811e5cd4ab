"""The section ``backup`` of ``shop.yaml``."""

from __future__ import annotations

from pydantic import Field, PositiveFloat, PositiveInt

from baihuo.core import SettingsSection


class BackupSettings(SettingsSection):
    """Retention of `baihuo backup`."""

    keep: PositiveInt = Field(
        default=14,
        description="Number of newest backups to keep in a folder; a new one deletes the others.",
    )
    keep_days: PositiveFloat = Field(
        default=90,
        le=36_500,
        description="A backup is deleted after so many days, by the next `baihuo backup` into its folder, which ends the "
        "retention of erased data.",
    )

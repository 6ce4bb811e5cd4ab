"""What a run of the checks may be asked for besides its files and its rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from baihuo.core import Consent
from baihuo.quality.accepted import Verdict
from baihuo.quality.counts import InputFile, RefusedRows, WithheldValues
from baihuo.quality.custom.files import CustomChecks
from baihuo.quality.engine.day_ranges import ROWS
from baihuo.quality.quarantine.overrides import Overrides


@dataclass(frozen=True, slots=True, kw_only=True)
class CleanOptions:
    """The options of :func:`baihuo.quality.clean`."""

    pictures: Path | None = None  # where relative paths start; None: pictures are not opened
    absent_consent: Consent = "granted"  # what an event that says nothing of consent means
    mask_key: bytes = b""  # of the shop's pseudonyms; empty: personal data becomes its kind alone
    custom: CustomChecks = field(
        default_factory=CustomChecks
    )  # the shop's own checks, run after all others
    overrides: Overrides = field(default_factory=Overrides)  # rows that people fixed or released
    accepted: tuple[Verdict, ...] = ()  # notes about groups that people accepted
    refused: tuple[RefusedRows, ...] = ()  # at import; they count towards max_quarantined
    withheld: tuple[WithheldValues, ...] = ()  # at import; they count towards max_withheld
    files: tuple[InputFile, ...] = ()  # what was imported: names for people to read
    erased: tuple[str, ...] = ()  # visitors whose events are taken out first
    removed: tuple[tuple[str, int], ...] = ()  # events that are in no file any more: why, how many
    rewritten: Mapping[str, str] = field(
        default_factory=dict
    )  # files that only lost rows: mark now
    partition_rows: int = ROWS  # events in a range of days, about
    is_full: bool = False  # check every range, also those that nothing new touches
    is_locked: bool = False  # whether the caller holds the lock of the output folder already

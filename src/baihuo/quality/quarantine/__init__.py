"""Rows in quarantine: listed, explained, fixed and sent back."""

from baihuo.quality.quarantine import quarantined, spreadsheet

__all__ = ["quarantined", "spreadsheet"]

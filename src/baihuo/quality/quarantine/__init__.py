"""Rows in quarantine: listed, explained, fixed and sent back."""

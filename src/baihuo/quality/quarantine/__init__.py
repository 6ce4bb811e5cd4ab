"""Rows that were taken out: listed, explained, mended and sent back."""

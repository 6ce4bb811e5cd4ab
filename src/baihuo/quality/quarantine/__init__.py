"""Rows that were taken out: list_rows, explained, mended and sent back."""

"""Cells of listings that are unlike the rest of the catalogue: noted, never acted on."""

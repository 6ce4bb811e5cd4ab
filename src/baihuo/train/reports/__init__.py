"""Ablations: models trained with and without a part of their columns."""

"""The training stage for visitors' tastes."""

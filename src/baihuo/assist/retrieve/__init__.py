"""Finds passages that answer a turn, and orders them by what past answers teach."""

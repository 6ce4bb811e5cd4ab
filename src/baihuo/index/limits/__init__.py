"""Limits that people type, as texts: prices, sizes and measures, and the words for colours and genders.

Nothing here knows a catalogue: :mod:`baihuo.index.read_limits` reads a query with what the catalogue has. Words
that any shop understands are in ``words.yaml``.
"""

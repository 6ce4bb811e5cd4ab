"""Limits that people type: prices, sizes, measures, colours, genders, ids.

:mod:`baihuo.index.limits.read_limits` reads a text, :mod:`baihuo.index.limits.evidence` says which products
have what was read. Words that any shop understands are in ``words.yaml``; sizes, colours and genders are learned
from the attributes of the catalogue.
"""

"""Contracts: checks that are written down as entries of a table, over nine SQL templates."""

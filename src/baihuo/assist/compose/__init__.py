"""Sentences of a reply: taken word for word from passages, or from the set phrases in ``phrases.json``."""

from .phrases import phrase
from .replies import apology, compose, greeting

__all__ = ["apology", "compose", "greeting", "phrase"]

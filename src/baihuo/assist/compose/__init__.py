"""Sentences of a reply: taken word for word from passages, or from the set phrases in ``phrases.json``."""

from baihuo.assist.compose.phrases import phrase
from baihuo.assist.compose.replies import apology, compose, greeting

__all__ = ["apology", "compose", "greeting", "phrase"]

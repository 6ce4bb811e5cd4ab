"""The language that a message is written in."""

from __future__ import annotations

import re

from baihuo.assist.turns import Author, Conversation, Language
from baihuo.assist.understand.readable import is_han, readable, words_of

_HAN_A_WORD = 1.6  # Chinese characters that say as much as one English word
_CODE = re.compile(
    r"(?<![\w.+-])[\w.+-]++@[\w.-]+|(?=[a-z#-]{0,31}\d)[a-z0-9#-]{6,}", re.ASCII
)  # addresses and numbers of orders: no language
_SCRIPTS = ("a", "z")


def language_of(text: str, conversation: Conversation | None = None) -> Language:
    """By script: whichever of Chinese and English says more of the message; then by the conversation.

    Args:
        text: readable or as typed. Digits, emoji and other scripts say nothing.
        conversation: decides where the text does not: its page's language, else that of the last message of the shopper
            that has one, else English.

    >>> language_of("iPhone 15有货吗"), language_of("I bought 手机 here yesterday")
    ('zh', 'en')
    """
    found = _by_script(_CODE.sub(" ", readable(text)))
    if found is not None:
        return found
    if conversation is None:
        return "en"
    if conversation.language is not None:
        return conversation.language
    for message in reversed(conversation.messages):
        if message.author is Author.SHOPPER:
            earlier = _by_script(readable(message.text))
            if earlier is not None:
                return earlier
    return "en"


def _by_script(plain: str) -> Language | None:
    n_han = n_latin = 0.0
    for word in words_of(plain):
        if is_han(word):
            n_han += len(word) / _HAN_A_WORD
        elif _SCRIPTS[0] <= word[0] <= _SCRIPTS[1] or "à" <= word[0] <= "ÿ":
            n_latin += 1
    if not n_han and not n_latin:
        return None
    return "zh" if n_han >= n_latin else "en"

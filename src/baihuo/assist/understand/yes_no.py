"""Whether a message says yes or no to a question of ours."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from baihuo.assist.understand.lexicon import lexicon
from baihuo.assist.understand.readable import is_han

_MOST_WORDS = 10  # a longer message is no plain yes


def answers_yes(plain: str, words: Sequence[str], tool: str = "") -> bool | None:
    """True, False, or None where it is neither, or not plainly one.

    A yes changes an order, so it must be all that the message says: "yes, but to another address" and "is that ok?" are
    neither, nor is "ok, cancel it" where a return was asked about. A no changes nothing, so it may begin a longer message.

    Args:
        plain: the readable text.
        words: its words, as ``message_words`` returns them.
        tool: what was asked about: the name of the pending action; empty: nothing known.

    >>> from baihuo.assist.understand.lexicon import message_words
    >>> [answers_yes(t, message_words(t)) for t in ("yes please", "不用了谢谢", "yes but not now", "where is it")]
    [True, False, None, None]
    """
    known = lexicon()
    if not words:
        return _by_emoji(plain)
    if "?" in plain or "？" in plain:
        return None
    if len(words) <= _MOST_WORDS:
        spelt = [w if is_han(w) else known.agreeing.meant(w) or w for w in words]
        says_yes, only_yes = known.yes.covers(spelt, known.around)
        if says_yes and only_yes:
            is_other = _by_emoji(plain) is False or _is_another_action(plain, tool)
            return None if is_other else True
        says_no, only_no = known.no.covers(spelt, known.around)
        if says_no and only_no:
            return False
    return False if _no_first().match(plain) else None


def _is_another_action(plain: str, tool: str) -> bool:
    """Whether the message names an action, and not the one that was asked about."""
    if not tool:
        return False
    named = {part for part, words in lexicon().actions.items() if any(w in plain for w in words)}
    return bool(named) and not any(part in tool for part in named)


@cache
def _no_first() -> re.Pattern[str]:
    phrases = sorted(lexicon().no_first, key=len, reverse=True)
    return re.compile(rf"\W*(?:{'|'.join(phrases)})\s*(?:[,.!;，。！；~]|$)")


def _by_emoji(plain: str) -> bool | None:
    known = lexicon()
    yes = any(e in plain for e in known.emoji_yes)
    no = any(e in plain for e in known.emoji_no)
    return None if yes == no else yes

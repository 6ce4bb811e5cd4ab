"""The terms of a question or an answer: index terms, and one term for each mask, picture and question mark.

A masked number says nothing of its value, but much of what an answer is about: ``[金额x]`` is an amount. So each mask is a
term of its own, and not the words inside it.
"""

from __future__ import annotations

import re
import unicodedata

from baihuo.index import index_terms

_MASK = re.compile(r"#E-s(?:\[[^\[\]]{0,12}\])?|\[([^\[\]\s]{1,24})\]|⟨([a-z_]+)(?::[0-9a-f]{8})?⟩")
_ASKS = re.compile(r"[?？]|吗|呢[?？。,，]?$|么[?？]?$")
_PICTURE = "⟦picture⟧"
QUESTION = "⟦?⟧"
_BIGRAM = "\u2063"


def pair_terms(text: str) -> list[str]:
    """Index terms of a text outside its masks, then a term a mask, and one when it asks something.

    >>> pair_terms("退款[金额x]?")[-2:]
    ['⟦金额⟧', '⟦?⟧']
    """
    marks: list[str] = []

    def taken(match: re.Match[str]) -> str:
        inside = match[1] or match[2]
        marks.append(_PICTURE if inside is None else f"⟦{_kind(inside)}⟧")
        return " "

    bare = _MASK.sub(taken, text)
    if _ASKS.search(bare):
        marks.append(QUESTION)
    return index_terms(bare) + marks


def is_word(term: str) -> bool:
    """Whether a term is a word or a mask: not a pair of characters that backs up segmentation."""
    return not term.startswith(_BIGRAM)


def bare_text(text: str) -> str:
    """A text without masks, spaces and punctuation: what two answers are compared by.

    >>> bare_text("好的[数字x]，请稍等~#E-s[数字x]")
    '好的请稍等'
    """
    folded = unicodedata.normalize("NFKC", _MASK.sub("", text)).lower()
    return "".join(c for c in folded if c.isalnum())


def references(text: str) -> frozenset[str]:
    """Masks with an identity of their own: order numbers and pseudonyms, equal where the value is equal.

    >>> sorted(references("单号 [ORDERID_10001] 金额 [金额x]"))
    ['[ORDERID_10001]']
    """
    found = (m.group() for m in _MASK.finditer(text))
    return frozenset(m for m in found if any(c.isdigit() for c in m) and not m.startswith("#"))


def _kind(inside: str) -> str:
    return re.sub(r"(?<![\d_])[\d_]++$", "", inside.lower()).removesuffix("x") or inside.lower()

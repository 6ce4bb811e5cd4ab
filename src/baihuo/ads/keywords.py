"""Keywords: the words that they and searches are compared by, and the notation in which people write them.

The notation is that of Google Ads and Microsoft Advertising: ``kettle`` broad, ``"red kettle"`` phrase, ``[red kettle]`` exact, with ``-``
in front negative.
"""

from __future__ import annotations

from functools import lru_cache

from baihuo.ads.campaign import Keyword, Match
from baihuo.core import BadInput, fold, has_han
from baihuo.index import query_words

MOST_WORDS = 10
MOST_CHARACTERS = 80
_MARKS = {Match.EXACT: ("[", "]"), Match.PHRASE: ('"', '"')}


@lru_cache(maxsize=262_144)  # advertisers bid on the same keywords
def tokens(text: str) -> tuple[str, ...]:
    """The words of a text in their order as the index of products has them: folded, simplified, stemmed, Chinese segmented.

    >>> tokens("Gaming  MICE, 手機殼")
    ('game', 'mice', '手机', '壳')
    """
    return tuple(word for piece in fold(text).split() for word in query_words(piece))


def has_phrase(words: tuple[str, ...], phrase: tuple[str, ...]) -> bool:
    """Whether ``phrase`` stands in ``words``, in its order and without gaps; an empty one never does."""
    n = len(phrase)
    return n > 0 and any(words[i : i + n] == phrase for i in range(len(words) - n + 1))


def names_word(text: str, word: str) -> bool:
    """Whether a text has a word of a ban: whole words, Chinese ones within others too.

    >>> names_word("Gunmetal lamp", "gun"), names_word("Toy GUNS", "gun"), names_word("玩具手枪套", "手枪")
    (False, True, True)
    """
    if has_han(word):
        return "".join(tokens(word)) in "".join(tokens(text))
    return has_phrase(tokens(text), tokens(word))


def read_keyword(written: str) -> Keyword:
    """Read a keyword in the notation of this module.

    >>> read_keyword('-"for dogs"')
    Keyword(text='for dogs', match=<Match.PHRASE: 'phrase'>, is_negative=True)

    Raises:
        BadInput: a mark that is not closed, no word, or too many.
    """
    bare = written.strip()
    is_negative = bare.startswith("-")
    bare = bare.removeprefix("-").strip()
    match = Match.BROAD
    for kind, (first, last) in _MARKS.items():
        if bare[:1] == first or bare[-1:] == last:
            if not (len(bare) > 1 and bare[:1] == first and bare[-1:] == last):
                raise BadInput(
                    f"the keyword {written[:MOST_CHARACTERS]!r} opens or closes {first}{last} alone",
                    fix=f"write {first}red kettle{last}",
                )
            match, bare = kind, bare[1:-1].strip()
    n_words = len(tokens(bare)) if len(bare) <= MOST_CHARACTERS else MOST_WORDS + 1
    if not n_words:
        raise BadInput(f"the keyword {written!r} has no word", fix="write words, or leave it out")
    if n_words > MOST_WORDS:
        raise BadInput(
            f"the keyword {written[:MOST_CHARACTERS]!r} is too long",
            fix=f"at most {MOST_WORDS} words and {MOST_CHARACTERS} characters",
        )
    return Keyword(bare, match, is_negative)


def written_keyword(keyword: Keyword) -> str:
    """The inverse of :func:`read_keyword`."""
    first, last = _MARKS.get(keyword.match, ("", ""))
    return f"{'-' * keyword.is_negative}{first}{keyword.text}{last}"

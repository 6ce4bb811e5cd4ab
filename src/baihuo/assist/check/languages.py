"""Rules about the form of a reply: its language, no markup, no endless text."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from baihuo.assist.check.checked import Reason
from baihuo.assist.check.evidence import Evidence
from baihuo.assist.check.facts import Finding
from baihuo.assist.check.reading import Read, plain
from baihuo.assist.turns import Language

LONGEST_SENTENCE = 600  # characters
_LATIN = re.compile(r"[a-z]+(?:['-][a-z]+)*")
_MARKUP = re.compile(
    r"<[a-z!/?]|&(?:lt|#\d+);|\]\(|!\[|`{2,}|<\||\{\{|\[INST\]|\*\*|^#+ |^[^\S\n]*\{|(?:^|\s)(?:system|assistant|user|question|answer|rewrite|rephrased|q|a)\s?:|tool_call|"
    r"\bsystem prompt\b|\bas an ai\b|\blanguage model\b|系统提示词|作为一个?(?:ai|人工智能|语言模型)",
    re.I | re.M,
)
_ENCODED = re.compile(r"[A-Za-z0-9+/]{24,}={0,2}")
_FOREIGN_RUN = 3  # English words in a row, in a Chinese reply, that no source has


def malformed(sentence: str, language: Language, evidence: Evidence) -> Iterator[Finding]:
    """What is no sentence of this language."""
    if len(sentence) > LONGEST_SENTENCE:
        yield Reason.LENGTH, sentence[:40]
        return
    if sentence != plain(sentence) or _ENCODED.search(sentence):
        yield Reason.MARKUP, sentence[:40]
    markup = _MARKUP.search(sentence)
    if markup is not None and markup.group() not in evidence.text:
        yield Reason.MARKUP, markup.group()


def switched(said: Read, language: Language, evidence: Evidence) -> Iterator[Finding]:
    """Words of another language than the reply's, unless a source has them (a name)."""
    scripts = {_script(c) for c in said.text if c.isalpha()}
    other = scripts - {"LATIN", "CJK", "GREEK"}
    if other:
        yield Reason.LANGUAGE, ", ".join(sorted(other))
        return
    if language == "en":
        strange = [
            w.text for w in said.words if not w.text.isascii() and w.text not in evidence.text
        ]
        han = [w for w in strange if _script(w[0]) == "CJK"]
        if han or any(c not in evidence.text for c in said.text if c.isalpha() and not c.isascii()):
            yield Reason.LANGUAGE, (han or strange or [said.text])[0]
        return
    if "CJK" not in scripts and "LATIN" in scripts:
        yield Reason.LANGUAGE, said.text[:40]
        return
    strange = [w for w in _LATIN.findall(said.text) if w not in evidence.text]
    if len(strange) >= _FOREIGN_RUN:
        yield Reason.LANGUAGE, " ".join(strange)


def _script(char: str) -> str:
    return unicodedata.name(char, "UNKNOWN").split()[0]

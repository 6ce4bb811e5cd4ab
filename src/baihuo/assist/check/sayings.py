"""Rules about words: nothing is said, promised, named or denied that no source says, promises, names or denies."""

from __future__ import annotations

import re
from collections.abc import Iterator

from baihuo.assist.check.checked import Reason
from baihuo.assist.check.evidence import Evidence
from baihuo.assist.check.facts import Finding
from baihuo.assist.check.near import near_of, only_joins, says_more_of
from baihuo.assist.check.reading import Clause, Read
from baihuo.assist.check.vocabulary import glue, meanings, stem
from baihuo.assist.check.words import words_of

_PROMISED = frozenset(
    [stem(w) for w in "compensate refund replace voucher exchange".split()]
    + "赔偿 退款 换新 换货 优惠券".split()
)
_CERTAIN = re.compile(
    r"\b(?:certainly|definitely|guarantee\w*|promise\w*|absolutely|for sure|without (?:doubt|fail)|rest assured|forever|lifetime|any ?time|(?:count|rely) on (?:us|it)|on time|punctual\w*|we (?:will |always )?(?:make sure|ensure|see to it)|no matter what|at once|immediately|instantly|(?:straight|right) away|without delay|compensat\w+)\b|"
    r"保证|承诺|一定(?!程度|范围|条件)|肯定|绝对|必定|必然|百分百|永久|永远|终身|终生|包您|确保|担保|赔|准时|按时|第一时间|无条件|包退|包换|立即|立刻|马上|即时|当即|立马"
)
_WILL = re.compile(
    r"\b(?:we|i) (?:will|shall|are going to|promise|have|already)\b|(?:我们|我|本店)(?:会|将|给|免费|全额|补)|(?:为您|给您)(?:补|退|赔|全额)"
)
_I = re.compile(r"\bi\b|我(?!们)")
_I_WILL = re.compile(
    r"\bi(?:'m| am)? (?:will|shall|going to|am going to|have|can)\b(?! be happy| be glad)|我(?:会|来|去|已|将|马上|立即|这就|帮您|给您|替您|可以)"
)
"""The machine says what it will do, where no source speaks of it."""
_DONE = re.compile(
    r"\b(?:has|have|had|was|were|is|are)(?: now| already| successfully| just)?(?: been)? (?P<en>delivered|cancell?ed|refunded|returned|deleted|changed|"
    r"issued|approved|credited|paid|confirmed|shipped|dispatched|replaced|exchanged|processed|updated|closed|rejected|declined|refused|accepted|paused|stopped|ended|lost|upgraded|reserved|scheduled)\b|"
    r"\b(?:we|i)(?: have|'ve)? (?:already |now |just )*(?P<we>sent|refunded|replaced|exchanged|cancelled|canceled|changed|deleted|credited|shipped|dispatched|booked|reserved|upgraded|updated|issued|approved)\b|"
    r"已(?:经)?[^,。;的不无未前后]{0,12}?(?P<zh>取消|退款|注销|修改|签收|送达|删除|更换|换货|发货|支付|付款|退货|到账|处理|通过|拒绝|充值|拦截|出发|升级|补发|关闭|停用|预约)(?!的|后|之后)|"
    r"(?P<le>取消|退款|注销|修改|签收|删除|更换|换货)(?:成功|好了|完成)"
)
_NOT_YET = re.compile(
    r"expected|\bif\b|\bwhen\b|\buntil\b|\bbefore\b|\bafter\b|\bonce\b|\bunless\b|\bmay\b|\bcan\b|\bwill\b|预计|可以|如果|请|[前后]"
)
_ALIKE, _AS_ALIKE = 0.3, 0.85  # shares of the weight of a clause, and of the best match
_CONDITION = re.compile(r"\bonly\b|\bif\b|\bpossible\b|\bunless\b|\bmay\b|如果|可以|仅")
_ALL = re.compile(
    r"(?<!not )(?<!without )(?<!if )(?<!have )(?<!at )\b(?:all|any|every)(?= (?:of )?(?:the |your |our |other )?[a-z]{3,})(?! (?:other|the best|in all|time|times|questions?|further|more|day|set|right|other questions))|"
    r"\b(?:everybody|everyone|anybody|anyone|whatever|whichever|without exception)\b|所有|全部|任何|一切|全体|凡是|不限"
)
_AT_ONCE = re.compile(
    r"at once|immediately|instantly|(?:straight|right) away|without delay|立即|立刻|马上|即时|当即|立马|第一时间"
)
_IN_TIME = re.compile(r"\b(?:within|in|after) \d")
_EACH = re.compile(r"\b(?:each|everything|both)\b|每|均|都")
_WHEN = re.compile(
    r"\s*+[在自]?\s*+[\d.]++\s?[\u4e00-\u9fff]{1,3}?(?:之后|之前|以内|后|前|内|起)\s*"
)
_NAME = re.compile(r"(?<![.!?:。：\n\"“(] )(?<!^)\b[A-Z][A-Za-z]*[A-Za-z]\b|\b[A-Z]{2,}\b")
_SHORT = {"uk": "united kingdom", "us": "united states", "usa": "united states"}
_NO_NAME = frozenset("i ok pdf faq id vat usd eur cny rmb gbp".split())


def unheld_words(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """Words with a meaning that no source has."""
    wide: list[frozenset[str]] = []
    for at, word in enumerate(said.words):
        if word.is_glue or word.is_negation or word.meanings & evidence.meanings:
            continue
        if said.is_in_fact(word.start):
            continue  # "nothing from 60 EUR" is free
        if _is_part(word.text, evidence.text, evidence.meanings) or only_joins(word):
            continue
        wide = wide or near_of(said.words)
        if not wide[at] & evidence.near and not says_more_of(word.text, evidence.alone):
            yield Reason.WORDS, word.text


def _is_part(word: str, text: str, held: frozenset[str]) -> bool:
    """Chinese is cut into words in more than one way: 需改 is 需 and 改."""
    if word.isascii():
        return False
    if word in text:
        return True
    states_nothing, known = glue("zh"), meanings("zh")
    for cut in range(1, len(word)):
        halves = (word[:cut], word[cut:])
        rest = [h for h in halves if h not in states_nothing]
        if all(_is_held(h, text, known, held, len(rest)) for h in rest):
            return True
    return len(word) > 2 and all(word[i : i + 2] in text for i in range(len(word) - 1))


def _is_held(
    part: str, text: str, known: dict[str, frozenset[str]], held: frozenset[str], n_parts: int
) -> bool:
    return bool(known.get(part, frozenset()) & held) or (
        part in text and (n_parts < 2 or len(part) > 1)
    )


def widened(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """All of what the sources say of some: "all items" for "most items"."""
    if _ALL.search(evidence.text) or _EACH.search(evidence.text):
        return
    for match in _ALL.finditer(said.text):
        yield Reason.WORDS, match.group()


def unheld_promises(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """What the shop would have to keep, or would have done, where no source says so."""
    held = {_certainty(m.group()) for m in _CERTAIN.finditer(evidence.text)}
    for certain in _CERTAIN.finditer(said.text):
        if _certainty(certain.group()) not in held:
            yield Reason.PROMISE, certain.group()
    acts = _I_WILL.search(said.text)
    if acts is not None and not _I.search(evidence.text):
        yield Reason.PROMISE, acts.group()
    for clause in said.clauses:
        text = said.text[clause.start : clause.end]
        done = _DONE.search(text)
        if (
            done is not None
            and not _is_in_time(done, _sentence_of(said, clause))
            and not clause.is_conditional
            and not clause.sides
            and not _is_done(done, evidence)
        ):
            yield Reason.STATUS, text.strip()
        promised = clause.meanings & _PROMISED
        if (
            promised
            and _WILL.search(text)
            and not any(_promises(promised, r) for r in evidence.reads)
        ):
            yield Reason.PROMISE, text.strip()


def _is_in_time(done: re.Match[str], sentence: str) -> bool:
    """ "All data is deleted within 30 days" says what will be."""
    return done.group().startswith(("is ", "are ")) and _IN_TIME.search(sentence) is not None


def _sentence_of(said: Read, clause: Clause) -> str:
    whole = (said.text[a:b] for a, b in said.sentences if a <= clause.start < b)
    return next(whole, "")


def _certainty(word: str) -> str:
    return (
        "at once" if _AT_ONCE.fullmatch(word) else word[:7]
    )  # "guarantee" and "guaranteed" are one


def _is_done(done: re.Match[str], evidence: Evidence) -> bool:
    """Whether a source says that it is done, not that it can or will be."""
    what = done["en"] or done["we"] or done["zh"] or done["le"]
    meant = frozenset(m for w in words_of(what) for m in w.meanings)
    for source in evidence.reads:
        for clause in source.clauses:
            part = source.text[clause.start : clause.end]
            words = {
                m for w in source.words if clause.start <= w.start < clause.end for m in w.meanings
            }
            if meant & words and not _NOT_YET.search(part) and _is_past(what, clause, source):
                return True
    return False


def _is_past(what: str, clause: Clause, source: Read) -> bool:
    """Whether the clause is of something that was: by its form, a word, or the day on which it was."""
    part = source.text[clause.start : clause.end]
    if what.isascii():
        return what in part
    has_day = any(f.family == "day" and clause.start <= f.start < clause.end for f in source.facts)
    return has_day or re.search("已|成功|完成|了", part) is not None


def _promises(promised: frozenset[str], source: Read) -> bool:
    """Whether a clause says it without a condition."""
    return any(
        promised <= c.meanings
        and not c.is_negative
        and not _CONDITION.search(source.text, c.start, c.end)
        for c in source.clauses
    )


def unheld_names(sentence: str, evidence: Evidence) -> Iterator[Finding]:
    """Names, by their capitals, that no source has. Inside a sentence English writes little else so."""
    for match in _NAME.finditer(sentence):
        name = match.group().casefold()
        if name in _NO_NAME or name in evidence.text or stem(name) in evidence.meanings:
            continue
        if name in _SHORT and _SHORT[name] in evidence.text:
            continue
        yield Reason.NAME, match.group()


def flipped(said: Read, evidence: Evidence) -> Iterator[Finding]:
    """Clauses that deny what a source says, or say what it denies, or put after what is before; denials where no source denies anything."""
    for clause in said.clauses:
        if not clause.words or (clause.is_conditional and not clause.sides):
            continue
        if _WHEN.fullmatch(said.text, clause.start, clause.end):
            continue
        if clause.is_negative and evidence.clauses and not evidence.denies:
            yield Reason.NEGATION, said.text[clause.start : clause.end].strip()
            continue
        alike = _alike(clause, evidence)
        if alike and not any(_agree(clause, source) for source in alike):
            yield Reason.NEGATION, said.text[clause.start : clause.end].strip()


def _alike(clause: Clause, evidence: Evidence) -> list[Clause]:
    """The clauses of the sources that speak of the same; a word that few of them have counts more."""
    clauses = evidence.clauses
    said = tuple(w for w in clause.words if not w & evidence.names) or clause.words
    weights = [1.0 / (1 + sum(bool(w & c.everything) for c in clauses)) for w in said]
    shared = [
        sum(weight for w, weight in zip(said, weights, strict=True) if w & c.everything)
        for c in clauses
    ]
    best = max(shared, default=0.0)
    if best < _ALIKE * sum(weights):
        return []
    return [c for c, score in zip(clauses, shared, strict=True) if score >= _AS_ALIKE * best]


def _agree(clause: Clause, source: Clause) -> bool:
    return (clause.is_negative != source.is_negative) == clause.is_beyond(source)

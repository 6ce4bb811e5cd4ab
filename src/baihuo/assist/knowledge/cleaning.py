"""Past answers that may be said again. Every one that is left out is counted, with the reason."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from baihuo.assist.knowledge.entries import (
    Dropped,
    KnowledgeEntry,
    Reading,
    entry_key,
    language_of,
    shown,
)
from baihuo.assist.knowledge.pair_terms import bare_text, is_word, pair_terms
from baihuo.assist.knowledge.past_files import PastFile, held_pairs
from baihuo.assist.turns import Author, PassageKind
from baihuo.core import has_han
from baihuo.privacy import PSEUDONYM, redact
from baihuo.quality import near_texts

DROP_REASONS = {
    "no_question": "what the shopper wrote is a greeting, a thank-you, a card or too short to be understood alone",
    "greeting": "the answer only greets, thanks or says goodbye",
    "boilerplate": "the same words follow questions of every kind",
    "one_order": "it names an order, a person, a date or something done, and fits nobody else",
    "of_a_moment": "it says whether something was in stock that day; what is in stock now is asked of the catalogue",
    "value_masked": "a number or amount in it was masked, so it cannot be said",
    "too_short": "the answer has fewer than six characters",
    "near_duplicate": "the same was answered to the same in nearly the same words; the latest is kept",
}
_GREETING = re.compile(
    r"(?:您?好|你好|在的?|在吗|亲+|亲爱的(?:客户|顾客)?|哈喽|嗨|早上好|下午好|晚上好|谢谢您?|多谢|感谢\w*|不客气|不用谢|客气了?|再见|拜拜|"
    r"嗯+|哦+|好的?|恩+|是的?|收到|辛苦了?|没事|稍等|请稍等|hi|hello|hey|(?:good )?(?:morning|afternoon|evening)|thanks?(?: you)?(?: (?:so|very) much)?|"
    r"you(?:'| a)?re welcome|welcome|bye|goodbye|(?:have a )?(?:nice|good|great) day|ok(?:ay)?|yes|no|sure|please wait|one moment(?: please)?|dear|sir|madam|there|"
    r"thank you for (?:contacting|reaching out)[\w ]*|how (?:can|may) i help you(?: today)?|请问有什么(?:可以)?(?:帮|能帮|为)\w*)"
)
_ONLY_GREETS = re.compile(rf"(?:{_GREETING.pattern}|呢|哈|啊|呀|哦|吧|了|的|您|你|~|\W|_)+", re.I)
_ONE_ORDER = re.compile(
    r"[⟨\[](?:order|ORDERID|tracking|phone|name|姓名|地址|电话|订单)|(?<![\d-])\d{8,}(?!\d)|\d{1,2}月\d{1,2}[日号]|\b20\d\d[-/.年]\d{1,2}[-/.月]\d{1,2}|"
    r"(?:我|已经?|这边|刚)[^，,。]{0,4}(?:为|帮|给)[您你](?!(?:退|换)?吗)[^，,。吗]{0,12}(?:了|好|完成|提交|登记|取消|修改|催|反馈|备注|查询)|您的(?:订单|包裹|快递|退款)[^，,。]{0,24}(?:\d|已|预计)|"
    r"\bI(?:'ve| have)(?: just| already)? (?:cancel|refund|chang|process|forward|escalat|updat|sent|submit|issu|note|check)|"
    r"\byour (?:order|parcel|package|refund|item)\b[^.?!]{0,40}(?:\b(?:was|has been|is on|arrived|shipped on)\b|#\s?\w*\d)",
    re.I,
)
_CARD = re.compile(  # of an order or product, that the chat itself sends
    r"(?:订单编?号|下单时间|订单金额|商品ID).{0,80}(?:订单金额|下单时间|商品ID)|^\W*(?:order|product) card\b",
    re.I,
)
_ONLY_AGREES = re.compile(
    r"(?:是的?|对的?|不是|可以|行|没有?|不用|知道|明白|了解|非常|谢谢|感谢|好|嗯|哦|那|就|这|样|算|了|啊|呢|吧|呀|的|yes|no|ok|okay|sure|great|thanks|thankyou|right|fine|it|that|is)+"
)
_FEWEST_HAN, _FEWEST_LATIN = 4, 6
# An id whatever its form: letters and at least three digits together, or a long number. A model's name has fewer digits, or is shorter.
_ID = re.compile(
    r"(?<![0-9A-Za-z])(?=[0-9]*[A-Za-z])(?=(?:[A-Za-z]*[0-9]){3})[0-9A-Za-z]{9,}(?![0-9A-Za-z])|(?<![\d-])\d{8,}(?!\d)"
)
_OF_A_MOMENT = re.compile(
    r"[有没无缺断现]货(?!到付款)|货源|库存|到货|补货|\b(?:in|out of|back in) stock\b|\bsold out\b|\brestock",
    re.I,
)
_LOST_VALUE = re.compile(r"\[[^\[\]\s]{1,12}x\]")
_PICTURE = re.compile(r"#E-s(?:\[[^\[\]]{0,12}\])?")
_FEWEST_CHARACTERS = 6
_FEWEST_REPEATS = 4  # pairs with a line, before it can be boilerplate …
_SHARE_REPEATS = 0.001  # … and of all pairs
_SPECIFIC_SHARE, _SPECIFIC_LIFT = (
    0.25,
    3.0,
)  # of its questions have a word, so many times as often as others
_EXAMPLES = 5


@dataclass(slots=True)
class _Counts:
    n: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: str, text: str) -> None:
        self.n[reason] += 1
        if len(self.examples[reason]) < _EXAMPLES:
            self.examples[reason].append(shown(text))

    def dropped(self) -> tuple[Dropped, ...]:
        return tuple(
            Dropped(r, self.n[r], tuple(self.examples[r])) for r in DROP_REASONS if self.n[r]
        )


def clean_pairs(file: PastFile, *, source: str) -> Reading:
    """Entries of past conversations, and what was left out, by reason.

    ``n_rows`` counts pairs and rows that could not be read: all are kept, dropped or a problem.
    Personal data is replaced by its kind first, so nothing that is stored can name a person.
    """
    boilerplate = _boilerplate(file)
    counts, masked = _Counts(), Counter[str]()
    entries: list[KnowledgeEntry] = []
    for pair, at_us in held_pairs(file):
        asked: list[str] = []
        for text, by_shop in reversed(pair.utterances):
            if by_shop:
                break
            asked.insert(0, text)
        question = redact(_without_noise(asked))
        lines = [_PICTURE.sub("", line).strip() for line in pair.answer.split("\n")]
        answer = redact("\n".join(line for line in lines if line))
        masked.update((*question.kinds, *answer.kinds))
        reason, kept = _judged(question.text, answer.text, boilerplate)
        if reason is not None:
            counts.add(reason, pair.answer)
            continue
        before = pair.utterances[: len(pair.utterances) - len(asked)]
        context = _ID.sub("", redact("\n".join(text for text, _ in before[-4:])).text)
        entries.append(_entry(question.text, kept, context, source, at_us))
    entries = _without_repeats(entries, counts)
    n_rows = len(file.pairs) + len(file.problems)
    return Reading(tuple(entries), n_rows, file.problems, counts.dropped(), dict(masked))


def _judged(question: str, answer: str, boilerplate: frozenset[str]) -> tuple[str | None, str]:
    """Why an answer is left out, or None, with what of it is kept."""
    if not _says_something(question):
        return "no_question", ""
    lines = [line for line in answer.split("\n") if bare_text(line)]
    said = [line for line in lines if not _ONLY_GREETS.fullmatch(line)]
    if not said:
        return "greeting", ""
    specific = [line for line in said if bare_text(line) not in boilerplate]
    if not specific:
        return "boilerplate", ""
    whole = " ".join(specific)
    if _ONE_ORDER.search(whole) or PSEUDONYM.search(whole) or _ID.search(f"{question} {whole}"):
        return "one_order", ""
    if _OF_A_MOMENT.search(whole):
        return "of_a_moment", ""
    if _LOST_VALUE.search(whole):
        return "value_masked", ""
    if len(bare_text(whole)) < _FEWEST_CHARACTERS:
        return "too_short", ""
    return None, "\n".join(specific)


def _says_something(question: str) -> bool:
    """Whether a question can be understood alone: four Chinese characters, or two words."""
    bare = bare_text(question)
    fewest = _FEWEST_HAN if has_han(bare) else _FEWEST_LATIN
    return len(bare) >= fewest and not _ONLY_AGREES.fullmatch(bare)


def _boilerplate(file: PastFile) -> frozenset[str]:
    """Lines that follow questions of every kind: frequent, and no word of their questions is frequent there alone."""
    words = [_topic_words(pair.utterances[-1][0]) for pair in file.pairs]
    followed: dict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(file.pairs):
        for key in {bare_text(line) for line in pair.answer.split("\n")}:
            if key:
                followed[key].append(at)
    n_with = Counter(word for found in words for word in found)
    total = max(len(words), 1)
    fewest = max(_FEWEST_REPEATS, round(_SHARE_REPEATS * total))
    found = []
    for key, rows in followed.items():
        if len(rows) < fewest:
            continue
        here = Counter(word for at in rows for word in words[at])
        is_specific = any(
            n / len(rows) >= _SPECIFIC_SHARE
            and n / len(rows) >= _SPECIFIC_LIFT * n_with[word] / total
            for word, n in here.items()
        )
        if not is_specific:
            found.append(key)
    return frozenset(found)


def _without_noise(lines: Sequence[str]) -> str:
    """What was asked, without greetings and repeated lines."""
    kept = [_PICTURE.sub("", line).strip() for line in dict.fromkeys(lines)]
    said = [
        line
        for line in kept
        if bare_text(line) and not _ONLY_GREETS.fullmatch(line) and not _CARD.search(line)
    ]
    return " ".join(said)


def _entry(question: str, answer: str, context: str, source: str, at_us: int) -> KnowledgeEntry:
    return KnowledgeEntry(
        source_id=f"answer:{source}/{entry_key(question + chr(10) + answer)}",
        kind=PassageKind.ANSWER,
        language=language_of(question + answer),
        question=question,
        answer=answer,
        said_by=Author.DESK,
        as_of_us=at_us,
        context=context,
    )


def _topic_words(line: str) -> frozenset[str]:
    """Words of a line that may say what it is about: no greeting, no thanks."""
    terms = (t for t in pair_terms(line) if is_word(t) and not t.startswith("⟦"))
    return frozenset(t for t in terms if not _ONLY_GREETS.fullmatch(t))


def _without_repeats(entries: list[KnowledgeEntry], counts: _Counts) -> list[KnowledgeEntry]:
    """Of entries with nearly the same question and answer, the latest."""
    texts = [f"{e.question}\n{e.answer}" for e in entries]
    gone: set[int] = set()
    latest: dict[str, int] = {}
    for at, text in enumerate(texts):
        key = bare_text(text)
        if key in latest:
            gone.add(min(latest[key], at, key=lambda i: (entries[i].as_of_us, i)))
            at = max(latest[key], at, key=lambda i: (entries[i].as_of_us, i))
        latest[key] = at
    for a, b in near_texts(texts).tolist():
        if a not in gone and b not in gone:
            gone.add(min(a, b, key=lambda i: (entries[i].as_of_us, i)))
    for at in sorted(gone):
        counts.add("near_duplicate", entries[at].answer)
    return [e for at, e in enumerate(entries) if at not in gone]

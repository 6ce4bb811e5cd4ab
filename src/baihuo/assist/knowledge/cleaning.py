"""Past answers that may be said again. Every one that is left out is counted, with the reason."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from baihuo.assist.knowledge.edges import Cut, Edges, Side, counted
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
_SENTENCE = re.compile(r"(?:[^.!?。！？；~～…]|\.(?=\w))*[.!?。！？；~～…]*\s*")
_ONLY_GREETS = re.compile(rf"(?:{_GREETING.pattern}|呢|哈|啊|呀|哦|吧|了|的|您|你|~|\W|_)+", re.I)
_SAYS_YES_OR_NO = re.compile(
    r"\b(?:yes|no|ok(?:ay)?|sure)\b|[是嗯恩没行]|(?<![您你])好(?!评)", re.I
)
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
    r"(?:是|对|不是|可以|行|没有?|不用|知道|明白|了解|非常|谢谢|感谢|好|嗯|哦|那|就|这|样|算|了|啊|呢|吧|呀|的|yes|no|ok|okay|sure|great|thanks|thankyou|right|fine|it|that|is)+"
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
_CHANCE = 1e-3
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
    said = _Asked.of(file)
    boilerplate, edges = _boilerplate(file, said), _edges(file, said)
    cuts: list[Cut] = []
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
        whole = [_cut(line, edges) for line in kept.split("\n") if not edges.has(line)]
        kept = "\n".join(cut.text for cut in whole)
        if reason is None and len(bare_text(kept)) < _FEWEST_CHARACTERS:
            reason = "too_short" if whole else "boilerplate"
        if reason is not None:
            counts.add(reason, pair.answer)
            continue
        cuts += whole
        before = pair.utterances[: len(pair.utterances) - len(asked)]
        context = _ID.sub("", redact("\n".join(text for text, _ in before[-4:])).text)
        entries.append(_entry(question.text, kept, context, source, at_us))
    entries = _without_repeats(entries, counts)
    n_rows = len(file.pairs) + len(file.problems)
    cut = tuple(
        Dropped(side, len(texts), tuple(shown(t) for t, _ in Counter(texts).most_common(_EXAMPLES)))
        for side, texts in counted(cuts).items()
        if texts
    )
    return Reading(tuple(entries), n_rows, file.problems, counts.dropped(), dict(masked), cut)


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


@dataclass(frozen=True, slots=True, eq=False)
class _Asked:
    """The words of each question, and how many questions of each language have a word: both languages may be in one file."""

    words: tuple[frozenset[str], ...]
    is_chinese: tuple[bool, ...]
    n_with: dict[bool, Counter[str]]
    n: Counter[bool]

    @staticmethod
    def of(file: PastFile) -> _Asked:
        words = tuple(_topic_words(pair.utterances[-1][0]) for pair in file.pairs)
        chinese = tuple(has_han(pair.utterances[-1][0]) for pair in file.pairs)
        n_with: dict[bool, Counter[str]] = {True: Counter(), False: Counter()}
        for found, is_chinese in zip(words, chinese, strict=True):
            n_with[is_chinese].update(found)
        return _Asked(words, chinese, n_with, Counter(chinese))

    @property
    def fewest(self) -> int:
        """Questions that something follows before it can be boilerplate."""
        return max(_FEWEST_REPEATS, round(_SHARE_REPEATS * max(len(self.words), 1)))

    def share_a_word(self, pairs: Iterable[int], *, by_chance: float = 1.0) -> bool:
        """Whether these questions have a word in common that others have not: what answers them says something.

        ``by_chance``: the probability, at most, that as many of them have it by chance.
        """
        pairs = list(pairs)
        for is_chinese in (True, False):
            rows = [at for at in pairs if self.is_chinese[at] is is_chinese]
            here = Counter(word for at in rows for word in self.words[at])
            total = max(self.n[is_chinese], 1)
            if any(
                n / len(rows) >= _SPECIFIC_SHARE
                and n / len(rows) >= _SPECIFIC_LIFT * self.n_with[is_chinese][word] / total
                and (
                    by_chance >= 1
                    or _by_chance(n, len(rows), self.n_with[is_chinese][word] / total) <= by_chance
                )
                for word, n in here.items()
            ):
                return True
        return False


def _by_chance(n: int, of: int, share: float) -> float:
    """The probability of at least ``n`` of ``of``, each with probability ``share``."""
    from scipy.stats import binom

    return float(binom.sf(n - 1, of, share))


def _boilerplate(file: PastFile, asked: _Asked) -> frozenset[str]:
    """Lines that follow questions of every kind: frequent, and no word of their questions is frequent there alone."""
    followed: dict[str, list[int]] = defaultdict(list)
    for at, pair in enumerate(file.pairs):
        for key in {bare_text(line) for line in pair.answer.split("\n")}:
            if key:
                followed[key].append(at)
    return frozenset(
        key
        for key, rows in followed.items()
        if len(rows) >= asked.fewest and not asked.share_a_word(rows)
    )


def _edges(file: PastFile, asked: _Asked) -> Edges:
    """What people put before and behind every answer."""
    lines = [
        (_without_greetings(line)[0], at)
        for at, pair in enumerate(file.pairs)
        for line in pair.answer.split("\n")
    ]
    return Edges.learn(
        [line for line, _ in lines],
        fewest=asked.fewest,
        is_specific=lambda rows: asked.share_a_word(
            {lines[row][1] for row in rows}, by_chance=_CHANCE
        ),
    )


def _without_greetings(line: str) -> tuple[str, list[tuple[Side, str]]]:
    """A line without the sentences at its begin and end that only greet, and these."""
    parts = [part for part in _SENTENCE.findall(line) if part.strip()]
    first, last = 0, len(parts)
    while first < last - 1 and _greets(parts[first]):
        first += 1
    while last - 1 > first and _greets(parts[last - 1]):
        last -= 1
    greetings: list[tuple[Side, str]] = []
    if first:
        greetings.append(("begin", "".join(parts[:first]).strip()))
    if last < len(parts):
        greetings.append(("end", "".join(parts[last:]).strip()))
    return "".join(parts[first:last]).strip(), greetings


def _greets(sentence: str) -> bool:
    """Whether a sentence only greets. A yes or a no is half of the answer."""
    return bool(_ONLY_GREETS.fullmatch(sentence)) and not _SAYS_YES_OR_NO.search(sentence)


def _cut(line: str, edges: Edges) -> Cut:
    """A line without sentences that only greet, and without the shop's own edges."""
    text, greetings = _without_greetings(line)
    cut = edges.cut(text)
    return Cut(cut.text, (*greetings, *cut.edges))


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

"""What the passages that a sentence cites hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from baihuo.assist.check.near import near_in, near_of
from baihuo.assist.check.quantities import Quantity
from baihuo.assist.check.reading import Clause, Fact, Read, read
from baihuo.assist.check.vocabulary import stem
from baihuo.assist.turns import Passage

_CUT = re.compile(r",(?!\d{3}(?!\d))|、|/|\(|\band\b|\bor\b|\bbut\b|和|与|及|\bunless\b|\bif\b")
_IT = re.compile(r"\s*(?:and |but )?(?:it|they|this|these|those|that)\b|\s*[它其]")
IMPLIED = {
    "money": frozenset(
        [*map(stem, ("cost", "pay", "total", "charge")), "费用", "收费", "付款", "运费", "合计"]
    ),
    "grams": frozenset([stem("weigh"), "重"]),
    "litres": frozenset([stem("hold"), "容量"]),
    "metres": frozenset(
        [
            *map(stem, ("long", "length", "wide", "width", "high", "height", "size", "measure")),
            "长",
            "宽",
            "高",
            "尺寸",
        ]
    ),
    "volts": frozenset([stem("voltage"), stem("volt"), "电压", "伏"]),
    "watts": frozenset([stem("power"), stem("watt"), "功率"]),
    "percent": frozenset([stem("percent"), "比例", "百分比"]),
    "duration": frozenset(
        [*map(stem, ("take", "last", "within", "long")), "时间", "期限", "需时", "时长"]
    ),
    "limit": frozenset([*map(stem, ("minimum", "reach", "least", "cost", "pay")), "费用", "付款"]),
    "day": frozenset([stem("day"), "日期"]),
    "time": frozenset([stem("time"), "时间"]),
    "code": frozenset(
        [
            *map(stem, ("number", "id", "code", "parcel")),
            "快递单号",
            "单号",
            "订单号",
            "号码",
            "编号",
        ]
    ),
}
"""Words that a fact of a family brings with it."""
_NOT_OF_PLACES = ("duration", "limit", "percent")  # their words tell facts of one family apart
GOES_WITHOUT_SAYING = frozenset().union(
    *(words for family, words in IMPLIED.items() if family not in _NOT_OF_PLACES)
)


_LONGEST = 4_000  # characters of a passage that are read: sentences are taken of its beginning
_IN_CHINESE = {
    "price": "价格",
    "total": "合计",
    "stock": "库存 现货",
    "status": "状态",
    "carrier": "快递 物流",
    "tracking": "快递单号",
    "order_id": "订单号",
    "brand": "品牌",
    "title": "商品",
}


@dataclass(frozen=True)
class Evidence:
    """What a sentence may rest on."""

    texts: tuple[Read, ...]  # of passages, their questions, and sentences of ours
    fields: tuple[Read, ...] = ()  # facts of passages: "price: 129.00 CNY"
    names: frozenset[str] = frozenset()  # what the words of titles mean
    questions: tuple[Read, ...] = ()  # "when is a sold-out product back?" denies nothing

    @property
    def reads(self) -> tuple[Read, ...]:
        """All of them."""
        return self.texts + self.fields + self.questions

    @staticmethod
    def of(passages: Iterable[Passage], *, more: Iterable[str] = ()) -> Evidence:
        """Everything that passages say, and texts of ours."""
        texts: list[str] = []
        facts: list[str] = []
        cited = tuple(passages)
        for passage in cited:
            texts.append(passage.text[:_LONGEST])
            facts += [_as_text(name, said) for name, said in passage.facts.items()]
        return Evidence(
            tuple(read(text) for text in dict.fromkeys((*texts, *more)) if text.strip()),
            tuple(read(text) for text in facts),
            frozenset().union(*(name_of(p) for p in cited)),
            tuple(read(p.question[:_LONGEST]) for p in cited if p.question.strip()),
        )

    @cached_property
    def facts(self) -> tuple[Fact, ...]:
        """All of them."""
        return tuple(f for r in self.reads for f in r.facts)

    @cached_property
    def meanings(self) -> frozenset[str]:
        """What its words mean, words that state nothing included, and what goes without saying: a price costs, a weight weighs."""
        said = frozenset(m for r in self.reads for w in r.words for m in w.meanings)
        implied = (IMPLIED.get(family, frozenset()) for family in {f.family for f in self.facts})
        return said.union(*implied, IMPLIED["code"] if self.codes else frozenset())

    @cached_property
    def near(self) -> frozenset[str]:
        """What its words may stand for, by the wider lists as well."""
        said = (names for r in self.reads for names in near_of(r.words))
        return self.meanings.union(near_in(self.text), *said)

    @cached_property
    def alone(self) -> frozenset[str]:
        """Its words of one character."""
        return frozenset(w.text for r in self.reads for w in r.words if len(set(w.text)) == 1)

    @cached_property
    def text(self) -> str:
        """All of it, folded."""
        return "\n".join(r.text for r in self.reads)

    @cached_property
    def contacts(self) -> frozenset[str]:
        """Addresses and telephone numbers."""
        return frozenset(c for r in self.reads for c in r.contacts)

    @cached_property
    def codes(self) -> frozenset[str]:
        """Ids, vouchers and model numbers."""
        return frozenset(c for r in self.reads for c in r.codes)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """All clauses of the texts: what is stated."""
        return tuple(c for r in self.texts for c in r.clauses)

    @cached_property
    def denies(self) -> bool:
        """Whether any text or field of it denies something."""
        return any(c.is_negative for r in self.reads for c in r.clauses)

    @cached_property
    def contexts(self) -> tuple[tuple[Fact, frozenset[str]], ...]:
        """Each fact with the meanings of the words that it goes with."""
        return tuple(
            (fact, frozenset().union(*words)) for r in self.reads for fact, words in contexts_of(r)
        )

    @cached_property
    def heads(self) -> frozenset[str]:
        """What the words mean that stand before all facts of a sentence: of "the desk is 140 cm wide and can be raised to 118 cm" the desk."""
        found: set[str] = set()
        for text in self.reads:
            for first, last in text.sentences:
                inside = [f.start for f in text.facts if first <= f.start < last]
                if len(inside) > 1:
                    found.update(*text.words_between(first, min(inside)))
        return frozenset(found)


Words = tuple[frozenset[str], ...]


def contexts_of(text: Read) -> Iterator[tuple[Fact, Words]]:
    """Each fact of a text with the meanings of each word around it, up to the next fact of its family."""
    subject: Words = ()
    for first, last in text.sentences:
        inside = [f for f in text.facts if first <= f.start < last]
        is_it = _IT.match(text.text, first) is not None
        for fact in inside:
            left, right = _around(text, fact, inside, first, last)
            words = text.words_between(left, fact.start) + text.words_between(fact.end, right)
            words += tuple(
                _as_word(f)
                for f in inside
                if f.family != fact.family and left <= f.start < right and not f.is_word
            )
            yield fact, words + subject if is_it else words
        head = inside[0].start if inside else last
        subject = subject if is_it else text.words_between(first, head)


def _as_word(fact: Fact) -> frozenset[str]:
    """A fact of another family, as what tells two facts apart: the price of the bag of 250 g."""
    value = fact.value
    if isinstance(value, Quantity):
        return frozenset({f"{fact.family} {value.low} {value.high}"})
    return frozenset({f"{fact.family} {value}"})


def _around(text: Read, fact: Fact, inside: list[Fact], first: int, last: int) -> tuple[int, int]:
    rivals = [f for f in inside if f.family == fact.family and f is not fact]
    left = max((f.end for f in rivals if f.end <= fact.start), default=first)
    right = min((f.start for f in rivals if f.start >= fact.end), default=last)
    if left > first:
        cuts = [m.end() for m in _CUT.finditer(text.text, left, fact.start)]
        left = cuts[0] if cuts else left
    if right < last:
        cuts = [m.start() for m in _CUT.finditer(text.text, fact.end, right)]
        right = cuts[-1] if cuts else right
    return left, right


def _as_text(name: str, said: str) -> str:
    plain = name.replace("_", " ")
    return f"{plain} {_IN_CHINESE.get(name, '')}: {said}"


def name_of(passage: Passage) -> frozenset[str]:
    """What the words of its title mean; of an order, its number."""
    title = passage.facts.get("title", "") or passage.facts.get("order_id", "")
    said = read(title) if title else None
    if said is None:
        return frozenset()
    numbers = {said.text[f.start : f.end].strip() for f in said.facts if f.family == "number"}
    words = {w.text for w in said.words} | {m for w in said.words for m in w.meanings}
    return frozenset(words | said.codes | numbers)

"""Passages of products. Their texts are sentences of ours around facts of the catalogue; descriptions are word for word."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from baihuo.assist.goods.attributes import is_asked_for, name_in
from baihuo.assist.goods.budget import at_most
from baihuo.assist.goods.opinions import asks_opinion, is_general, opinion_text
from baihuo.assist.goods.prices import price_text
from baihuo.assist.goods.shelf import Shelf
from baihuo.assist.goods.variants import asked_variant, rest_is_of, variant_text
from baihuo.assist.goods.words import (
    ASKED,
    ATTRIBUTE_NAMES,
    asks_of_goods,
    described,
    looks_for,
    names_any,
    share_held,
    unsaid,
)
from baihuo.assist.knowledge.reviews import ProductReviews
from baihuo.assist.policy.topics import names_nothing_else
from baihuo.assist.turns import Language, Passage, PassageKind, Turn, Understanding
from baihuo.assist.understand.lexicon import message_words
from baihuo.assist.understand.readable import readable
from baihuo.assist.understand.references import points_at
from baihuo.core import Product, fold, minor_unit_digits

_N_FOUND = 6
_N_PRICED = 60  # that are read where only those up to a price are wanted
_FINDS = ("find_product", "search_product", "product_search", "recommend_product")  # intents
_OF_PRODUCTS = ("product_question", "stock_question")
_LIKELY, _SURELY = 0.5, 0.9  # probability of an intent
_SURE, _PERHAPS = (
    0.9,
    0.3,
)  # of a rule, not of a model: the fact that the words ask for, and another one
_SAID = 0.75  # of the words that describe, a product must hold so many to be shown unasked for
_FEW = 4  # describing words that say alone what is looked for
_MOST_VALUES = 12
_MOST_ATTRIBUTES = 8
_MOST_DESCRIPTION = 300
_NAMES: dict[str, dict[Language, str]] = {
    "brand": {"en": "Brand", "zh": "品牌"},
    "colour": {"en": "Colour", "zh": "颜色"},
}


@dataclass(frozen=True, kw_only=True)
class GoodsPassages:
    """Finds products for the retriever.

    Args:
        clock: our clock, in microseconds.
        reviews: reviews of a product by its id, without any where there are none; None: the shop's reviews were not read yet.
    """

    shelf: Shelf
    clock: Callable[[], int]
    reviews: Callable[[str], ProductReviews | None] | None = None

    def find_products(self, turn: Turn, understanding: Understanding) -> Sequence[Passage]:
        """Products that a message describes, in the order of the search page; none where it describes none.

        A message that says that something is looked for, or that is nothing but a few describing words; a page is not made for any
        other. P(right) is the share of the describing words that the best product holds.
        """
        # who looks for something on a product's page does not mean that product: its title is in the query
        is_other = understanding.product_id is not None and looks_for(turn.text)
        most, text = at_most(turn.text if is_other else understanding.query or turn.text)
        words = described(text)
        is_few = 0 < len(words) <= _FEW and not _is_surely_other(understanding)
        is_wanted = looks_for(turn.text) or _finds(turn, understanding) or is_few
        if not words or not is_wanted or _asks_of_page(understanding, turn):
            return ()
        language = understanding.language
        found = self.shelf.search(
            " ".join(words),
            visitor_id=turn.identity.visitor_id,
            language=language,
            n=_N_FOUND if most is None else _N_PRICED,
        )
        found = [p for p in found if most is None or _costs_at_most(p, most)][:_N_FOUND]
        texts = [_all_texts(product) for product in found]
        shares = [share_held(words, text) for text in texts]
        best = max(shares, default=0.0)
        p = best if best >= _SAID else min(best, _PERHAPS)
        if best and _is_request(turn, understanding) and names_any(words, found):
            p = max(p, _SAID)  # what is looked for is sold; the search page has ordered it
        p, lacking = min(p, _SURE), unsaid(words, texts)
        return [
            self._offer(
                product, language, p_right=p * (1 if share == best else 0.9), lacking=lacking
            )
            for product, share in zip(found, shares, strict=True)
        ]

    def of_product(self, product_id: str, language: Language, text: str = "") -> Sequence[Passage]:
        """Facts of one product: price and stock, variants and attributes, description. What ``text`` asks for is surest."""
        product = self.shelf.product(product_id)
        if product is None:
            return ()
        asked = {name for name, words in ASKED.items() if words.search(fold(text))}
        named = self._variant(product, language, text)
        if named is not None:
            asked = set()  # it says what is asked for, of the variant that is meant
        passages = [self._offer(product, language, p_right=_p(asked & {"price", "stock"}))]
        passages += self._values(product, language, asked, "" if named is not None else text)
        passages += [] if named is None else [named]
        passages += self._opinions(product, language, text)
        description = product.description_zh if language == "zh" else product.description_en
        if description:
            passages.append(
                self._passage(
                    product, "description", description[:_MOST_DESCRIPTION], language, _PERHAPS
                )
            )
        return sorted(passages, key=lambda p: -(p.p_right or 0.0))

    def spoken_of(self, turn: Turn, understanding: Understanding) -> Product | None:
        """The product that a message is about: the one that it refers to, else that of the page where it names no other goods."""
        product_id = understanding.product_id
        if product_id is None and names_nothing_else(turn.text):
            product_id = turn.conversation.page_product_id
        return None if product_id is None else self.shelf.product(product_id)

    def page_is_meant(self, turn: Turn) -> bool:
        """Whether a message that refers to nothing asks for a variant or for reviews of the page's product.

        What describes anything else than that product looks for another one.
        """
        page = turn.conversation.page_product_id
        product = None if page is None else self.shelf.product(page)
        if product is None:
            return False
        if asks_opinion(turn.text):
            words = [w for w in described(turn.text) if not asks_opinion(w) and w.isascii()]
            return len(words) < _FEW
        if not asks_of_goods(turn.text):
            return False
        if asked_variant(product, turn.text) is None:
            return False
        return rest_is_of(product, turn.text)

    def _variant(self, product: Product, language: Language, text: str) -> Passage | None:
        if not asks_of_goods(text):
            return None
        found = asked_variant(product, text)
        if found is None:
            return None
        said = variant_text(product, found, title_of(product, language), language)
        return self._passage(product, "variant", said, language, _SURE)

    def _opinions(self, product: Product, language: Language, text: str) -> list[Passage]:
        """Nothing where nobody speaks of what is asked for: stars alone are no answer to it."""
        if self.reviews is None or not asks_opinion(text):
            return []
        found = self.reviews(product.product_id)
        title = title_of(product, language)
        if found is None:
            if not is_general(text):
                return []
            none = {"en": "No shopper has reviewed {} yet.", "zh": "{}还没有买家评价。"}[language]
            said, n_about, as_of_us = none.format(title), 1, self.clock()
        else:
            (said, n_about), as_of_us = (
                opinion_text(title, found, text, language),
                found.latest_us,
            )
        p_right = _SURE if n_about else _PERHAPS
        return [
            Passage(
                source_id=f"review:{product.product_id}",
                kind=PassageKind.REVIEW,
                text=said,
                language=language,
                as_of_us=as_of_us,
                score=p_right,
                p_right=p_right,
                product_id=product.product_id,
            )
        ]

    def _offer(
        self, product: Product, language: Language, *, p_right: float, lacking: Sequence[str] = ()
    ) -> Passage:
        facts = {"title": title_of(product, language)}
        if price := price_text(product.price_minor, product.currency):
            facts["price"] = price
        units = product.stock_units
        facts["stock"] = "in_stock" if units is None or units > 0 else "out_of_stock"
        return Passage(
            source_id=f"product:{product.product_id}",
            kind=PassageKind.PRODUCT,
            text=_offer_text(facts, language),
            language=language,
            as_of_us=self.clock(),
            score=p_right,
            p_right=p_right,
            product_id=product.product_id,
            facts=facts,
            lacks=tuple(lacking),
        )

    def _values(
        self, product: Product, language: Language, asked: set[str], text: str
    ) -> list[Passage]:
        """A passage for each attribute: what the product has, and what its variants have."""
        values: dict[str, list[str]] = {}
        if product.brand:
            values[_NAMES["brand"][language]] = [product.brand]
        for attributes in (product.attributes, *(v.attributes for v in product.variants)):
            for name, value in attributes.items():
                values.setdefault(name, []).append(_text_of(value, language))
        made = []
        for name, all_of in list(values.items())[:_MOST_ATTRIBUTES]:
            distinct = list(dict.fromkeys(all_of))[:_MOST_VALUES]
            is_asked = any(_holds(name, fact) for fact in asked) or is_asked_for(name, text)
            shown = ", ".join(distinct) if language == "en" else "、".join(distinct)
            title = title_of(product, language)
            called = name_in(name, language)
            says = (
                f"{title}: {called} {shown}."
                if language == "en"
                else f"{title}：{called} {shown}。"
            )
            made.append(
                self._passage(product, name, says, language, _SURE if is_asked else _PERHAPS)
            )
        return made

    def _passage(
        self, product: Product, part: str, text: str, language: Language, p_right: float
    ) -> Passage:
        return Passage(
            source_id=f"product:{product.product_id}#{part}",
            kind=PassageKind.PRODUCT,
            text=text,
            language=language,
            as_of_us=self.clock(),
            score=p_right,
            p_right=p_right,
            product_id=product.product_id,
            facts={"title": title_of(product, language)},
        )


def title_of(product: Product, language: Language) -> str:
    """The title in a language, else in the other."""
    return (product.title_zh if language == "zh" else product.title_en) or product.title


def _offer_text(facts: dict[str, str], language: Language) -> str:
    is_english = language == "en"
    stock = {"in_stock": ("in stock", "有货"), "out_of_stock": ("out of stock", "缺货")}
    parts = [facts["price"]] if "price" in facts else []
    parts.append(stock[facts["stock"]][0 if is_english else 1])
    told = ", ".join(parts) if is_english else "，".join(parts)
    return f"{facts['title']}: {told}." if is_english else f"{facts['title']}：{told}。"


def _finds(turn: Turn, understanding: Understanding) -> bool:
    """Whether products are asked for. A question of a product, where none is before the shopper, asks for one that is so."""
    intents = _FINDS if _has_product(turn, understanding) else (*_FINDS, *_OF_PRODUCTS)
    return understanding.intent in intents and understanding.p_intent >= _LIKELY


def _has_product(turn: Turn, understanding: Understanding) -> bool:
    """Whether a product is before the shopper, or they speak as if one were ("is it waterproof")."""
    is_there = understanding.product_id or turn.conversation.page_product_id
    return is_there is not None or points_at(message_words(readable(turn.text)))


def _is_surely_other(understanding: Understanding) -> bool:
    """Whether a message surely asks for something that is no product: "warranty" stands in many titles."""
    return (
        understanding.intent not in ("", *_FINDS, *_OF_PRODUCTS)
        and understanding.p_intent >= _SURELY
    )


def _is_request(turn: Turn, understanding: Understanding) -> bool:
    """Whether products are asked for, and nothing else is likelier."""
    is_other = understanding.intent not in ("", *_FINDS) and understanding.p_intent >= _LIKELY
    return _finds(turn, understanding) or (looks_for(turn.text) and not is_other)


def _costs_at_most(product: Product, most: float) -> bool:
    minor = product.price_minor
    return minor is not None and minor <= most * 10 ** minor_unit_digits(product.currency)


def _asks_of_page(understanding: Understanding, turn: Turn) -> bool:
    """Whether the product of the page is asked about, rather than another looked for."""
    has_fact = any(words.search(fold(turn.text)) for words in ASKED.values())
    return understanding.product_id is not None and has_fact and not looks_for(turn.text)


def _holds(name: str, fact: str) -> bool:
    folded = fold(name)
    names = ATTRIBUTE_NAMES.get(fact)
    if names is not None:
        return bool(names.search(folded))
    return folded in {fold(text) for text in _NAMES.get(fact, {}).values()}


def _p(asked: set[str]) -> float:
    return _SURE if asked else _PERHAPS


def _text_of(value: str | float | bool, language: Language) -> str:
    if isinstance(value, bool):
        return {"en": ("no", "yes"), "zh": ("否", "是")}[language][int(value)]
    return f"{value:g}" if isinstance(value, float) else str(value)


def _all_texts(product: Product) -> str:
    values = [
        str(v)
        for a in (product.attributes, *(x.attributes for x in product.variants))
        for v in a.values()
    ]
    texts = [
        product.title_en,
        product.title_zh,
        product.brand,
        product.model,
        *product.category,
        *values,
    ]
    texts += [product.description_en, product.description_zh]
    return " ".join(text for text in texts if text)

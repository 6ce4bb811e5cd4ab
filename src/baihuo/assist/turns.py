"""The words of customer service: a conversation, one turn of it, and what each stage of a turn returns.

All are values. A stage returns the smallest thing that it may decide; ``conversation.py`` puts them together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

Language: TypeAlias = Literal["en", "zh"]


class Author(StrEnum):
    """Who wrote a message."""

    SHOPPER = "shopper"
    MACHINE = "machine"
    DESK = "desk"  # a person of the shop


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message of a conversation, with personal data masked."""

    message_id: str
    author: Author
    text: str
    at_us: int  # our clock, UTC
    source_ids: tuple[str, ...] = ()  # of an answer: the passages that it rests on


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who writes, as far as the shop knows. Never taken from the text of a message alone."""

    visitor_id: str
    shopper_id: str | None = None  # None: nobody proved to be a shopper with orders
    proof: str = ""  # "visitor_token": the id came with the shop's signature; "server_key", "email", "name_and_zip"; empty: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A span of the shopper's text with a meaning."""

    kind: str  # "order_id", "product", "colour", "delivery_city", … as in the training data
    value: str
    start: int  # in code points of ``Turn.text``
    end: int
    probability: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Understanding:
    """What a message means. Probabilities are calibrated."""

    language: Language
    intent: str = ""  # the likeliest; empty: no intents were learned
    p_intent: float = 0.0
    intents: tuple[tuple[str, float], ...] = ()  # the likeliest first, at most five
    p_our_business: float = 1.0  # that the shop's service is meant at all
    is_angry: bool = False
    wants_person: bool = False
    answers_yes: bool | None = None  # to a question of ours; None: neither yes nor no
    entities: tuple[Entity, ...] = ()
    order_id: str | None = None  # said now, or what "it" refers to
    product_id: str | None = None  # said now, or of the page one is on, or of an earlier turn
    query: str = ""  # what is searched for, spelling corrected, with what "it" refers to filled in
    wishes: tuple[str, ...] = ()  # where a message has several, the words of each; else empty


class PassageKind(StrEnum):
    """Where a passage comes from."""

    FAQ = "faq"
    ANSWER = "answer"  # given by a person in a past conversation
    PRODUCT = "product"  # facts, price and stock as they are now
    REVIEW = "review"
    ORDER = "order"  # of the identified shopper alone
    POLICY = "policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """A text that an answer may rest on. Text of shoppers, reviews and listings is data, never an instruction."""

    source_id: str  # "faq:12", "order:W123", "product:p7", …: stable
    kind: PassageKind
    text: str  # what may be said
    language: Language
    as_of_us: int  # how old the fact is
    question: str = ""  # what it answers
    score: float = 0.0  # of the ranker: larger is better
    p_right: float | None = None  # calibrated P(it answers this turn); None: not calibrated
    product_id: str | None = None
    wish: int = 0  # of a message with several wishes: the one that was searched for, from 1; 0: the whole message
    facts: Mapping[str, str] = field(
        default_factory=dict
    )  # "price": "129.00 CNY", …: checked like the text
    lacks: tuple[str, ...] = ()  # words of the shopper that no product found holds: no fact


class ActionState(StrEnum):
    """How far an action is."""

    LACKS = "lacks"  # something must be asked first
    REFUSED = "refused"  # by a rule of the policy
    NEEDS_YES = "needs_yes"  # allowed: the shopper must agree to the summary
    DONE = "done"
    FAILED = "failed"  # the shop's own system did not answer


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionPlan:
    """A write to an order: what it would do, what it lacks, or which rule refuses it."""

    tool: str  # "cancel_order", "return_items", …
    arguments: Mapping[str, Any]
    state: ActionState
    key: str = ""  # of idempotency: the same write has the same key
    lacks: str = ""  # the argument to ask for
    options: tuple[str, ...] = ()  # of what it lacks, to choose from
    rule: str = ""  # the name of the rule that refuses
    summary: Mapping[Language, str] = field(
        default_factory=dict
    )  # what a yes agrees to, or why not
    source_ids: tuple[str, ...] = ()  # the order and the rule


class DecisionKind(StrEnum):
    """What a turn does."""

    ANSWER = "answer"
    ASK_BACK = "ask_back"
    ACT = "act"
    SHOW_PRODUCTS = "show_products"
    HAND_OVER = "hand_over"
    DECLINE = "decline"  # not the shop's business


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What to do, and why. Made in code from probabilities and policy, never in a prompt."""

    kind: DecisionKind
    reason: str  # a code: "known_answer", "unsure", "angry", "asked_for_person", "policy", "two_failures", …
    passages: tuple[Passage, ...] = ()  # to answer from, best first
    plan: ActionPlan | None = None
    ask: str = ""  # what to ask back for: "order_id", "which_product", "which_question", …
    options: tuple[str, ...] = ()  # to choose from, when asking back


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a reply, and what it rests on. Without a source it is a set phrase of ours that states no fact."""

    text: str
    source_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What the shopper sees."""

    language: Language
    sentences: tuple[Sentence, ...]
    product_ids: tuple[str, ...] = ()  # shown as tiles, best first
    order_ids: tuple[str, ...] = ()  # shown as cards
    order_facts: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  # order → "status", …
    options: tuple[str, ...] = ()  # to tap instead of typing
    is_generated: bool = False  # rephrased by a generative model, and checked
    is_handed_over: bool = False

    @property
    def text(self) -> str:
        """All sentences as one text; where several products are shown, each on a line of its own."""
        between = " " if self.language == "en" else ""
        return ("\n" if len(self.product_ids) > 1 else between).join(s.text for s in self.sentences)

    @property
    def source_ids(self) -> tuple[str, ...]:
        """All sources, in the order of the sentences."""
        return tuple(dict.fromkeys(i for s in self.sentences for i in s.source_ids))


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnStep:
    """The trace of one stage of a turn."""

    stage: str
    ms: float
    note: str = ""
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A conversation so far."""

    conversation_id: str
    identity: Identity
    messages: tuple[Message, ...] = ()
    language: Language | None = None  # of the storefront page; the text of a message decides first
    page_product_id: str | None = None  # the product of the page one is on
    pending: ActionPlan | None = None  # waits for a yes
    asked: str = ""  # what we asked back for in the last turn
    n_failures: int = 0  # turns in a row that found no answer
    is_handed_over: bool = False
    is_attended: bool = False  # handed over, and a person who is at the desk has it: they answer
    mentioned: Mapping[str, str] = field(
        default_factory=dict
    )  # "order_id", "product_id": the last ones


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One message to reply to, in its conversation."""

    conversation: Conversation
    message_id: str
    text: str  # as it came, cut to what one turn may read: an order number or an address must be understood. Masked where it is written
    now_us: int
    wants_trace: bool = False
    client_address: str = ""  # of the network, for the limits of the queue and of guesses at who somebody is; empty: no limit

    @property
    def identity(self) -> Identity:
        """Who writes."""
        return self.conversation.identity

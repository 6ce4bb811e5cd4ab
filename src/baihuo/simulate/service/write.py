"""Writes the service folder of a sample shop: FAQ, policy, orders, conversations, labelled utterances, and the truth."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from baihuo.core import BadInput
from baihuo.simulate.service.conversations import month, rng_of
from baihuo.simulate.service.faq_pages import write_faq
from baihuo.simulate.service.labelled import pairs, write_messages, write_utterances
from baihuo.simulate.service.order_book import OrderBook
from baihuo.simulate.service.wishes import Wishes
from baihuo.simulate.service.word_lists import policy_text

N_CONVERSATIONS = 900
N_UTTERANCES = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleService:
    """Where the files of the service desk lie."""

    folder: Path
    faq: tuple[Path, Path]  # English, Chinese; Markdown
    policy: Path
    users: Path  # with orders and products: the form of tau-bench
    orders: Path
    products: Path
    conversations: Path  # JSON lines: one conversation each, with who wrote and on which page
    messages: Path  # CSV: the same, a message a line
    pairs: Path  # JSON lines: question, answer, context
    utterances: Path  # CSV: labelled
    truth: Path  # JSON lines: a message of a shopper each, and what was meant
    n_orders: int
    n_conversations: int
    n_messages: int  # of shoppers


def write_service(
    shop: Path,
    *,
    seed: int = 7,
    until_us: int,
    n_conversations: int = N_CONVERSATIONS,
    n_utterances: int = N_UTTERANCES,
    purpose: str = "month",
    out: Path | None = None,
) -> SampleService | None:
    """Write ``service/`` into the folder of a sample shop, from its products and purchases.

    The same arguments give the same bytes.

    Args:
        shop: The folder that ``make_shop`` wrote.
        seed: Another seed is another month.
        until_us: When the month ends.
        n_conversations: How many, over 30 days.
        n_utterances: How many labelled utterances, of both languages together.
        purpose: ``"month"``, or ``"reporting"``: another month, for figures that nothing was chosen on.
        out: Another folder for the files; the truth lies in it, too.

    Returns:
        None where nothing was bought: no file is written.

    Raises:
        BadInput: a number is out of range.
    """
    if n_conversations < 1 or n_utterances < 0:
        raise BadInput(
            f"{n_conversations} conversations and {n_utterances} utterances cannot be made",
            fix="take at least one conversation",
        )
    folder, truth = out or shop / "service", (out or shop / "truth") / "service.jsonl"
    book = OrderBook.of(shop, seed=seed, until_us=until_us)
    if not book.orders:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    words = orjson.loads((shop / "words" / "zh.json").read_bytes())["categories"]
    write_faq(folder)
    (folder / "policy.yaml").write_text(policy_text(), encoding="utf-8", newline="\n")
    book.write(folder)
    wishes = Wishes(book, rng_of(seed, purpose), words)
    talks = list(month(book, wishes, until_us=until_us, n=n_conversations))
    conversations = [talk.conversation for talk in talks]
    _write_lines(folder / "conversations.jsonl", conversations)
    write_messages(folder / "conversations.csv", conversations)
    _write_lines(folder / "pairs.jsonl", list(pairs(conversations)))
    _write_lines(truth, [line for talk in talks for line in talk.truth])
    labelled = Wishes(book, rng_of(seed, f"labelled:{purpose}"), words)
    write_utterances(folder / "utterances.csv", labelled, n=n_utterances)
    return SampleService(
        folder=folder,
        faq=(folder / "faq.en.md", folder / "faq.zh.md"),
        policy=folder / "policy.yaml",
        users=folder / "users.json",
        orders=folder / "orders.json",
        products=folder / "products.json",
        conversations=folder / "conversations.jsonl",
        messages=folder / "conversations.csv",
        pairs=folder / "pairs.jsonl",
        utterances=folder / "utterances.csv",
        truth=truth,
        n_orders=len(book.orders),
        n_conversations=len(talks),
        n_messages=sum(len(talk.truth) for talk in talks),
    )


def _write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in rows))

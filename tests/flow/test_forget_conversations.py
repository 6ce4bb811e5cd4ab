"""Conversations with customer service are exported, erased and run out as everything else of a visitor does."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
from tests.privacy_scan import files_with
from tests.small_events_shop import LEAVES, STAYS, TEXT, made

from baihuo import flow
from baihuo.settings import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return made(tmp_path / "shop")


def visitors(shop: Shop) -> list[str]:
    db = sqlite3.connect(shop.conversations_file)
    try:
        return [row[0] for row in db.execute("SELECT visitor_id FROM conversations")]
    finally:
        db.close()


def test_a_conversation_is_exported_and_then_erased_to_the_last_byte(shop: Shop) -> None:
    exported = json.loads(b"".join(flow.export_visitor(shop, LEAVES, is_lines=False)))
    (conversation,) = exported["conversations"]
    assert conversation["messages"][0]["text"] == TEXT
    assert conversation["feedback"][0]["kind"] == "thumbs_up"
    (receipt,) = flow.forget(shop, [LEAVES])
    assert receipt.removed["8-assist/conversations.sqlite"] == 3  # with two messages
    assert files_with(shop.assist, [LEAVES, TEXT]) == {}
    assert visitors(shop) == [STAYS]


def test_a_conversation_runs_out_by_its_last_message(shop: Shop) -> None:
    receipt = flow.forget_expired(shop)
    assert receipt is not None
    assert receipt.removed["8-assist/conversations.sqlite"] == 3
    assert visitors(shop) == [STAYS]

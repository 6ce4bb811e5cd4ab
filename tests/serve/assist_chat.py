"""Conversations with the API of customer service."""

from __future__ import annotations

from typing import Any

from fastapi.testclient import TestClient

API = "/v1/assist/conversations"


class Chat:
    """A conversation. Every sentence with a digit has a source."""

    def __init__(self, client: TestClient, headers: dict[str, str], **given: str) -> None:
        self.client = client
        made = client.post(API, json=given, headers=headers)
        assert made.status_code == 201, made.text
        self.id, self.headers = made.json()["conversation_id"], headers

    def say(self, text: str, **given: object) -> dict[str, Any]:
        answer = self.client.post(
            f"{API}/{self.id}/messages",
            json={"text": text, "trace": True, **given},
            headers=self.headers,
        )
        assert answer.status_code == 200, answer.text
        reply: dict[str, Any] = answer.json()
        for sentence in reply["sentences"]:
            states_a_fact = any(c.isdigit() for c in sentence["text"])
            assert sentence["source_ids"] or not states_a_fact, sentence
        return reply

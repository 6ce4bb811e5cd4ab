"""What every problem document has."""

from __future__ import annotations

from typing import Any


def problem_of(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert set(document) == {
        "type",
        "title",
        "status",
        "detail",
        "fix",
        "instance",
        "errors",
        "n_not_listed",
    }
    assert document["status"] == status
    assert document["type"].startswith("https://baihuo.dev/problems/")
    assert document["fix"]
    return document

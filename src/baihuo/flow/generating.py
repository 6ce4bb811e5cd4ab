"""What a generative model is asked for a shop, offline, and where its answers are. Nothing it says changes a page by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from baihuo.core import NotFound, Progress
from baihuo.engine import written_whole
from baihuo.llm import (
    AnswerCache,
    Asked,
    Budget,
    ChatModel,
    ModelAddress,
    Task,
    ask_all,
    local_model,
)
from baihuo.settings import Shop, llm_key

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Generated:
    """What a command brought: rows for a file, and counts in which every item is once."""

    rows: list[dict[str, Any]]
    counts: dict[str, Any]


@contextmanager
def _open_model(shop: Shop) -> Iterator[tuple[ChatModel, int]]:
    settings = shop.settings().llm
    if settings.address is not None:
        identity = f"{settings.address} {settings.model}"
        where = ModelAddress(settings.address, settings.model, identity, key=llm_key())
        yield ChatModel(where), settings.parallel
    elif settings.gguf is not None:
        with local_model(settings.gguf, sha256=settings.sha256, threads=settings.threads) as where:
            yield ChatModel(where), 1
    else:
        raise NotFound(
            "no generative model is set",
            fix="write llm.gguf (a file) or llm.address (a server) into shop.yaml; it is optional",
        )


def ask_model(
    shop: Shop, task: Task[T, R], items: Sequence[T], *, progress: Progress
) -> tuple[Asked[T, R], str]:
    """Ask the model that ``shop.yaml`` names, within its budget; also which model that is.

    Raises:
        NotFound: no model is named, or there is no such file.
        BadInput: the file is another one than the settings say.
        Unsupported: a local file without the extra ``llm``.
        ShopError: it does not answer.
    """
    budget = Budget(minutes=shop.settings().llm.minutes)
    with _open_model(shop) as (model, parallel):
        cache = AnswerCache(shop.llm / "answers.sqlite")
        try:
            asked = ask_all(
                task, items, model, cache, budget=budget, parallel=parallel, progress=progress
            )
        finally:
            cache.close()
        return asked, model.where.identity


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """One JSON object a line; the file appears whole."""
    with written_whole(path) as part:
        lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        part.write_text("".join(lines), "utf-8")

"""Many questions: from the cache first, within a budget, answers checked, resumable at any point."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Generic, Protocol, TypeVar

from baihuo.core import Progress, no_progress
from baihuo.llm.answer_cache import AnswerCache
from baihuo.llm.chat import Answer, ChatModel, Prompt, QuestionRefused

Item = TypeVar("Item", contravariant=True)
Result = TypeVar("Result", covariant=True)
T = TypeVar("T")
R = TypeVar("R")


class Task(Protocol[Item, Result]):
    """Instructions, and the check that an answer must pass."""

    def prompt(self, item: Item, /) -> Prompt:
        """What is asked of an item."""
        ...

    def check(self, item: Item, answer: Answer, /) -> Result:
        """The answer as a result.

        Raises:
            ValueError: no usable answer; the message says why.
        """
        ...


@dataclass(frozen=True, slots=True)
class Budget:
    """Most that a run may spend. What was answered before is free."""

    minutes: float = 20.0
    questions: int = 1_000_000
    tokens: int = 1_000_000_000


@dataclass(slots=True)
class Asked(Generic[T, R]):
    """What a run brought."""

    results: list[tuple[T, R]] = field(default_factory=list)  # in the order of the items
    n_cached: int = 0
    n_asked: int = 0
    n_tokens: int = 0  # of questions asked now
    invalid: dict[str, int] = field(default_factory=dict)  # why → how many answers
    n_left: int = 0  # items that the budget did not reach

    def count_invalid(self, why: str) -> None:
        """Count an item without a usable answer."""
        self.invalid[why] = self.invalid.get(why, 0) + 1

    def counts(self) -> dict[str, int | dict[str, int]]:
        """Every item once: with a result, invalid, or left."""
        return {
            "results": len(self.results),
            "invalid": dict(self.invalid),
            "left": self.n_left,
            "from_cache": self.n_cached,
            "asked": self.n_asked,
            "tokens": self.n_tokens,
        }


def ask_all(
    task: Task[T, R],
    items: Sequence[T],
    model: ChatModel,
    cache: AnswerCache,
    *,
    budget: Budget,
    parallel: int = 1,
    progress: Progress = no_progress,
    clock: Callable[[], float] = time.monotonic,
) -> Asked[T, R]:
    """Ask ``task`` about every item, in order, until the budget is spent.

    An answer is kept before it is checked: what fails the check is counted with its reason and not asked again. A question that the
    server refuses is counted, too; the next run asks it again.

    Args:
        parallel: Questions under way at once; one for a model on this machine.

    Raises:
        ShopError: the model does not answer; what it answered before is kept.
    """
    asked: Asked[T, R] = Asked()
    ends = clock() + budget.minutes * 60
    with ThreadPoolExecutor(parallel) as pool:
        for n_done, group in enumerate(_groups(items, parallel)):
            progress("ask", n_done * parallel, len(items))
            prompts = [task.prompt(item) for item in group]
            answers = [cache.get(model.where.identity, prompt) for prompt in prompts]
            is_spent = (
                clock() >= ends
                or asked.n_asked >= budget.questions
                or asked.n_tokens >= budget.tokens
            )
            new = [] if is_spent else [at for at, answer in enumerate(answers) if answer is None]
            asked.n_cached += sum(answer is not None for answer in answers)
            replies = pool.map(partial(_reply, model), [prompts[at] for at in new])
            refused: dict[int, str] = {}
            for at, reply in zip(new, replies, strict=True):
                asked.n_asked += 1
                if isinstance(reply, QuestionRefused):
                    refused[at] = str(reply)
                    continue
                cache.put(model.where.identity, prompts[at], reply)
                answers[at] = reply
                asked.n_tokens += reply.n_tokens
            for at, (item, known) in enumerate(zip(group, answers, strict=True)):
                if at in refused:
                    asked.count_invalid(refused[at])
                else:
                    _take(task, item, known, asked)
    progress("ask", len(items), len(items))
    return asked


def _reply(model: ChatModel, prompt: Prompt) -> Answer | QuestionRefused:
    try:
        return model.ask(prompt)
    except QuestionRefused as refused:
        return refused


def _take(task: Task[T, R], item: T, answer: Answer | None, asked: Asked[T, R]) -> None:
    if answer is None:
        asked.n_left += 1
        return
    try:
        asked.results.append((item, task.check(item, answer)))
    except ValueError as why:
        asked.count_invalid(str(why))


def _groups(items: Sequence[T], size: int) -> Iterator[list[T]]:
    rest = iter(items)
    while group := list(islice(rest, size)):
        yield group

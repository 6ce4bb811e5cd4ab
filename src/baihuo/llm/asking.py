"""Many questions: from the cache first, within a budget, answers checked, resumable at any point."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Generic, Protocol, TypeVar

from baihuo.core import BrokenFile, Progress, ShopError, no_progress, open_sqlite
from baihuo.engine import written_whole
from baihuo.llm.chat import Answer, ChatModel, Prompt, QuestionRefused

# Searches of visitors taken out of what a generative model was asked, and of what was made of its answers.


_OF_SEARCHES = ("rewrites", "grades")  # tasks whose prompts hold what visitors typed


def forget_searches(
    folder: Path,
    holds_their_text: Callable[[str], bool],
    note: Callable[[str, int], None],
    *,
    others: Collection[str] = (),
) -> None:
    """Take searches that only erased visitors typed out of the files of ``4-train/llm``.

    Answers are kept by a hash of what was asked, so which of them rest on such a search is not known: all answers about
    searches go, and are asked again when somebody wants them.

    Args:
        note: called before lines or answers go: the file's name, and how many.
        others: names of files that somebody else takes care of.
    """
    for file in sorted(folder.glob("*")) if folder.is_dir() else ():
        if file.suffix in (".jsonl", ".txt") and file.name not in others:
            lines = file.read_text("utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not holds_their_text(line)]
            if len(kept) < len(lines):
                note(file.name, len(lines) - len(kept))
                with written_whole(file) as part:
                    part.write_text("".join(kept), "utf-8")
    answers = folder / "answers.sqlite"
    if answers.exists():
        _forget_answers(answers, note)


def _forget_answers(file: Path, note: Callable[[str, int], None]) -> None:
    connection = open_sqlite(file, "", version=1, durability="NORMAL")
    try:
        connection.execute("PRAGMA secure_delete = ON")
        is_of_searches = " OR ".join("task GLOB ? || '/*'" for _ in _OF_SEARCHES)
        (n,) = connection.execute(
            f"SELECT count(*) FROM answers WHERE {is_of_searches}", _OF_SEARCHES
        ).fetchone()
        if n:
            note(file.name, n)
            connection.execute(f"DELETE FROM answers WHERE {is_of_searches}", _OF_SEARCHES)
        connection.execute("VACUUM")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


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


# Answers of a model, kept by the hash of what was asked of which weights.


_SCHEMA = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, task TEXT NOT NULL, answer TEXT NOT NULL) WITHOUT ROWID;"


class AnswerCache:
    """A SQLite file of answers. A change of weights, instructions, text or schema is another key.

    Raises:
        ShopError: the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        try:
            self._connection = open_sqlite(path, _SCHEMA, version=1, durability="NORMAL")
        except (sqlite3.DatabaseError, BrokenFile) as error:
            raise ShopError(
                f"the kept answers at {path} cannot be read: {error}",
                fix="delete the file if it is damaged; what it held is asked again",
            ) from error
        self._lock = threading.Lock()

    def get(self, identity: str, prompt: Prompt) -> Answer | None:
        """The kept answer of the model ``identity``, or None."""
        with self._lock:
            row = self._connection.execute(
                "SELECT answer FROM answers WHERE key = ?", (key_of(identity, prompt),)
            ).fetchone()
        return None if row is None else Answer(**json.loads(row[0]))

    def put(self, identity: str, prompt: Prompt, answer: Answer) -> None:
        """Keep an answer; it is on disk when this returns."""
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)",
                (key_of(identity, prompt), prompt.task, json.dumps(answer.to_json())),
            )

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def key_of(identity: str, prompt: Prompt) -> str:
    """SHA-256 of the weights and all that is asked."""
    asked = (
        identity,
        prompt.task,
        prompt.instructions,
        prompt.text,
        prompt.max_tokens,
        prompt.schema,
        prompt.options,
    )
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()

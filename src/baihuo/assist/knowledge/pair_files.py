"""Past pairs as JSON lines, masked: what the re-ranker is trained on."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from baihuo.assist.knowledge.entries import entry_key
from baihuo.assist.knowledge.past_pairs import PastPair
from baihuo.core import BrokenFile
from baihuo.privacy import redact


def write_pairs(path: Path, pairs: Sequence[PastPair]) -> None:
    """Write pairs with personal data replaced by its kind; the file is its owner's alone, and replaced as a whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    handle = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600)
    known: dict[str, str] = {}

    def masked(text: str) -> str:
        if text not in known:
            known[text] = redact(text).text
        return known[text]

    with os.fdopen(handle, "w", encoding="utf-8") as file:
        for pair in pairs:
            said = [[masked(text), int(by_shop)] for text, by_shop in pair.utterances]
            row = {"said": said, "answer": masked(pair.answer), "in": entry_key(pair.conversation)}
            file.write(json.dumps(row, ensure_ascii=False) + "\n")
    part.replace(path)


def read_pairs(folder: Path) -> Iterator[PastPair]:
    """All pairs of the files in a folder, in the order of their names; none where there is no folder.

    Raises:
        BrokenFile: a line is no pair.
    """
    for path in sorted(folder.glob("*.jsonl")):
        with path.open(encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                try:
                    row = json.loads(line)
                    said = tuple((str(text), bool(by)) for text, by in row["said"])
                    # of one file: two files may name conversations alike
                    conversation = f"{path.stem}/{row['in']}"
                    yield PastPair(utterances=said, answer=row["answer"], conversation=conversation)
                except (ValueError, KeyError, TypeError) as error:
                    raise BrokenFile(
                        f"{path}, line {number} is no past pair: {error}",
                        fix="import the conversations again: baihuo assist import",
                    ) from error

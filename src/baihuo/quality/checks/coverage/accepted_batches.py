"""``profile.json``: the last batch that was accepted, and the one before it.

Both are kept so that checking one batch twice gives the same findings: it is compared with the one before.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from baihuo.engine import written_whole

SCHEMA_VERSION = 2

Batch = dict[str, Any]
"""``from_us``, ``until_us`` (when we received it), ``rows``, ``visitors`` (of the sample), ``words``, ``numbers``."""


@dataclass(frozen=True, slots=True)
class AcceptedBatches:
    """The last accepted batch, and the one it was compared with."""

    last: Batch
    before: Batch | None = None

    @classmethod
    def load(cls, path: Path) -> AcceptedBatches | None:
        """The file's batches; None where there is no file, or one of another version."""
        try:
            body = json.loads(path.read_bytes())
            if body["schema_version"] != SCHEMA_VERSION:
                return None
            return cls(body["last"], body["before"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def save(self, path: Path) -> None:
        body = {"schema_version": SCHEMA_VERSION, "last": self.last, "before": self.before}
        with written_whole(path) as part:
            part.write_text(json.dumps(body, ensure_ascii=False) + "\n", encoding="utf-8")

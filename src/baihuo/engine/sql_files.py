"""SQL in files next to the code that runs them.

A file begins with comments: what its rows are, then one line for each parameter with its meaning.

    -- Sessions that lasted too long.
    -- {rows}    the events, with session_id and occurred_at_us
    -- {idle_us} a pause that ends a session, µs
    select session_id from {rows} where ...
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

__all__ = ["SqlFile", "sql_file"]

_PARAMETER = re.compile(r"\{([a-z_][a-z0-9_]*)\}")
_DECLARED = re.compile(r"--\s+\{([a-z_][a-z0-9_]*)\}\s*(.*)")


@dataclass(frozen=True)
class SqlFile:
    """A statement, or a part of one, with named parameters. The file is read at the first use.

    Values are inserted as text, not bound by the database: they are SQL from our code or numbers
    from settings, never user input.
    """

    path: Path
    values: Mapping[str, object] = field(default_factory=dict)

    @cached_property
    def parameters(self) -> dict[str, str]:
        """Parameters declared in the head: name → meaning."""
        lines = self._head_and_body[0]
        return {m[1]: m[2] for m in map(_DECLARED.match, lines) if m is not None}

    @cached_property
    def used(self) -> frozenset[str]:
        """Names of the parameters that the statement uses."""
        return frozenset(_PARAMETER.findall(self._head_and_body[1]))

    def bind(self, **values: object) -> SqlFile:
        """Return the statement with some parameters set, to text, numbers or other files."""
        return SqlFile(self.path, {**self.values, **values})

    def __call__(self, **values: object) -> str:
        """The statement as text.

        Values without a parameter are ignored: the statements of one check share their values.

        Raises:
            TypeError: a parameter without a value.
        """
        given = {**self.values, **values}
        if missing := sorted(self.used - given.keys()):
            raise TypeError(f"{self.path.name}: no value for {', '.join(missing)}")

        def value(match: re.Match[str]) -> str:
            bound = given.get(match[1], match[0])
            return bound(**given) if isinstance(bound, SqlFile) else str(bound)

        # twice, since a bound value may have parameters, too
        return _PARAMETER.sub(value, _PARAMETER.sub(value, self._head_and_body[1]))

    def __str__(self) -> str:
        raise TypeError(f"{self.path.name} is not text until it is called")

    @cached_property
    def _head_and_body(self) -> tuple[list[str], str]:
        lines = self.path.read_text(encoding="utf-8").splitlines()
        n_head = next((i for i, line in enumerate(lines) if not line.startswith("--")), len(lines))
        return lines[:n_head], "\n".join([*lines[n_head:], ""])


def sql_file(module_file: str, name: str) -> SqlFile:
    """Open ``name.sql`` next to a module, which passes its ``__file__``."""
    return SqlFile(Path(module_file).with_name(f"{name}.sql"))


def sql_text(value: str) -> str:
    """A text as an SQL literal.

    >>> sql_text("it's")
    "'it''s'"
    """
    return "'" + value.replace("'", "''") + "'"

"""Types of single values in requests, with the limits that the OpenAPI document shows."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

# The largest integer that every JSON parser keeps exact; so does the OpenAPI document.
MAX_INTEGER = 2**53 - 1

Id = Annotated[str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")]
Count = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
Minor = Annotated[int, Field(ge=0, le=MAX_INTEGER)]
"""Money in the smallest unit of its currency."""
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
LongText = Annotated[str, StringConstraints(max_length=10_000)]
ShortText = Annotated[str, StringConstraints(min_length=1, max_length=64)]

"""What goes with what: some take an accessory along with what they buy."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.simulate.policy import LoggingPolicy
from baihuo.simulate.shelf import Shelf
from baihuo.simulate.vocabulary import Vocabulary

P_ALONG = 0.15  # of each type that goes with a thing of the cart
N_NEAR = 6  # what sells best of that type is placed next to the till

GOES_WITH = pa.schema(
    [
        pa.field("type", pa.string(), nullable=False),
        pa.field("goes_with", pa.string(), nullable=False),  # what is taken along with it
    ]
)


@dataclass(eq=False)
class Along:
    """Draws what is taken along, with dice of its own: views and clicks do not change with it."""

    shelf: Shelf
    shop: LoggingPolicy
    dice: random.Random = field(default_factory=lambda: random.Random("along"))

    def taken(self, cart: list[int], at_us: int) -> list[int]:
        """Rows that go into the order in addition to those of the cart, each once."""
        found: list[int] = []
        for row in cart:
            for type_index in self._goes_with[int(self.shelf.type_index[row])]:
                if self.dice.random() >= P_ALONG:
                    continue
                near = self.shop.popular(type_index, at_us)[:N_NEAR].tolist()
                near = [r for r in near if r not in cart and r not in found]
                if near:
                    found.append(self.dice.choice(near))
        return found

    @cached_property
    def _goes_with(self) -> list[list[int]]:
        types = self.shelf.vocabulary.types
        number = {t.code: i for i, t in enumerate(types)}
        return [[number[code] for code in t.goes_with] for t in types]


def write_goes_with(out: Path, vocabulary: Vocabulary) -> None:
    """``truth/goes_with.parquet``: pairs of types, the thing and what is taken along with it."""
    pairs = [(t.code, code) for t in vocabulary.types for code in t.goes_with]
    columns = [list(column) for column in zip(*pairs, strict=True)]
    pq.write_table(pa.table(columns, GOES_WITH), out / "truth" / "goes_with.parquet")

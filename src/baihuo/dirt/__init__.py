"""Dirt for clean rows: a dozen sorts of mutators, and kinds of dirt as rows of data.

    kinds = read_kinds(Path("bench/dirt"), {})
    dataset = Dataset(shop, "seed")
    plant(dataset, kinds["zero_width"])
    dataset.cases  # where the dirt is, and what would be right

A row says which rows of which table fit, which cells change and how, which rows share the case, and what a user, an action
and a check call it; docs/decisions/0039-dirt-as-rows-of-data.md describes it. No row is evaluated as code, and nothing here
knows how a check works.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

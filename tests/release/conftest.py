"""The small shop of the ranking tests, whose right answers are plain."""

from tests.rank.conftest import encoders, generation, index, products, quiet_state

__all__ = ["encoders", "generation", "index", "products", "quiet_state"]

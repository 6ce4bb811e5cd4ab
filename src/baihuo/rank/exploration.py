"""Exploration: randomness in the order, with the exact propensity of every placement.

A fixed ranker gives no data on other orders. Two random changes, drawn once for each order from a seed and the ``query_id``:

- adjacent swaps: the first page is divided into pairs of neighbours, starting at position 1 or 2 by a
  fair coin; each pair is swapped with ``swap_probability``, unless the two are ``kept_apart``.
- a random slot: with ``slot_probability`` one product from further down (one of ``reach`` products
  after the first page) is put at a random position of the first page, after the ``n_fixed`` first; the
  products from there to its old position move down by one.

The propensity of a placement is its probability over both changes, before the draw.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from baihuo.core import SLOT_PROBABILITY, SWAP_PROBABILITY


@dataclass(frozen=True, slots=True)
class ExploredOrder:
    """An order after exploration."""

    order: NDArray[np.intp]  # [n]: index of the product at each position
    propensity: NDArray[np.float64]  # [n]: P(this product at this position)
    random_position: int  # 1-based position of the random slot; 0: none


@dataclass(frozen=True, slots=True, kw_only=True)
class Exploration:
    """The amount of exploration. The defaults change the top of about one page in four."""

    swap_probability: float = SWAP_PROBABILITY
    slot_probability: float = SLOT_PROBABILITY
    reach: int = 176  # with pages of 24: the 200 ranked products; 0: no random slot
    n_fixed: int = 0  # first positions without a random slot
    kept_apart: tuple[int, ...] = ()  # 0-based ranks that do not swap with the next one

    def __post_init__(self) -> None:
        if not (0 <= self.swap_probability < 1 and 0 <= self.slot_probability < 1):
            raise ValueError("probabilities of exploration must be in [0, 1)")
        if self.reach < 0:
            raise ValueError(f"reach is {self.reach}, must be at least 0")
        if self.n_fixed < 0:
            raise ValueError(f"n_fixed is {self.n_fixed}, must be at least 0")

    def explore(self, n: int, *, page_size: int, seed: int, query_id: str) -> ExploredOrder:
        """Draw an order of ``n`` ranked products. Equal arguments give an equal draw.

        Args:
            n: Number of products, ranked best first.
            page_size: Positions of the first page.
            seed: Seed of the shop.
            query_id: Id of the page: draws of different pages are independent.
        """
        k = min(page_size, n)
        n_slots = max(0, k - self.n_fixed)
        tail = min(self.reach, n - k) if n_slots else 0
        rng = np.random.default_rng(_key(seed, query_id))
        offset = int(rng.integers(2))
        swaps = rng.random(k) < self.swap_probability
        has_slot = tail > 0 and k > 0 and rng.random() < self.slot_probability
        slot = k - n_slots + int(rng.integers(max(1, n_slots)))
        drawn = k + int(rng.integers(max(1, tail)))

        order = np.arange(n)
        for left in range(offset, k - 1, 2):
            if swaps[left] and left not in self.kept_apart:
                order[left], order[left + 1] = order[left + 1], order[left]
        if has_slot:
            order = np.concatenate([order[:slot], [drawn], np.delete(order[slot:], drawn - slot)])
        return ExploredOrder(order, self._propensity(order, k, tail), slot + 1 if has_slot else 0)

    def _propensity(self, order: NDArray[np.intp], k: int, tail: int) -> NDArray[np.float64]:
        """Return P(product ``order[p]`` at position ``p``), for all 0-based positions."""
        n, p = len(order), np.arange(len(order))
        p_slot = self.slot_probability if tail > 0 and k > 0 else 0.0
        n_fixed = min(self.n_fixed, k)
        n_slots = max(k - n_fixed, 1)
        # A product of the first page is at p either unmoved by the slot (which is below p), or moved down
        # from p - 1 by a slot at p - 1 or above.
        at_or_above = (
            np.minimum(np.maximum(p + 1, n_fixed), k) - n_fixed
        ) / n_slots  # P(slot <= p | there is one)
        above = (np.minimum(np.maximum(p, n_fixed), k) - n_fixed) / n_slots
        swapped_to, swapped_above = self._swapped(order, p, k)
        stays = swapped_to * (1 - p_slot * at_or_above)
        pushed = swapped_above * p_slot * above
        of_first = np.where(
            order < k, np.where(p < k, stays, 0.0) + np.where(p > 0, pushed, 0.0), 0
        )
        # A product of the tail: drawn to position p of the first page, or at its own position, or one
        # below, because a product after it was drawn.
        rank = order - k
        to_first = p_slot / n_slots / max(tail, 1)
        before, behind = rank / max(tail, 1), (tail - 1 - rank) / max(tail, 1)
        in_place = (1 - p_slot) + p_slot * before
        of_tail = np.where(
            p < k,
            to_first,
            np.where(p == order, in_place, np.where(p == order + 1, p_slot * behind, 0.0)),
        )
        of_rest = np.ones(n)  # beyond the reach: never moved
        return np.where(order < k, of_first, np.where(rank < tail, of_tail, of_rest))

    def _swapped(
        self, order: NDArray[np.intp], p: NDArray[np.intp], k: int
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return P(product of rank ``order`` at position ``p`` after swaps alone), ``p`` < ``k``, and at ``p - 1``."""
        # A rank is paired with the one before it under one result of the coin, with the one after it under
        # the other; at the ends one of the two does not exist.
        swaps_down = np.ones(len(order), np.bool_)  # by rank: may it swap with the next one?
        swaps_down[[rank for rank in self.kept_apart if rank < len(order)]] = False
        up = np.where((order > 0) & swaps_down[order - 1], 0.5, 0.0)
        down = np.where((order < k - 1) & swaps_down[order], 0.5, 0.0)
        moved = self.swap_probability
        stays, moves_up, moves_down = 1.0 - moved * (up + down), moved * up, moved * down
        moves = p - order
        is_in_place, is_one_up, is_one_down = moves == 0, moves == -1, moves == 1
        to = np.where(is_in_place, stays, 0.0)
        to += np.where(is_one_up, moves_up, np.where(is_one_down, moves_down, 0.0))
        above = np.where(is_one_down, stays, 0.0)
        above += np.where(is_in_place, moves_up, np.where(moves == 2, moves_down, 0.0))
        return to, above


NO_EXPLORATION = Exploration(swap_probability=0, slot_probability=0)
"""The ranked order without changes; every propensity is 1."""


def _key(seed: int, query_id: str) -> int:
    digest = hashlib.blake2b(f"{seed}:{query_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big")

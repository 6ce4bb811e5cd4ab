"""Our bidder as one of 48 in AuctionNet's auctions, beside bidders of its authors.

    python bench/auctionnet.py --auctionnet DIR --seed 101

DIR is a copy of github.com/alimama-tech/AuctionNet (arXiv 2412.10798), read in place: its generator of page views, its auction of three places
(second price, paid when looked at), its PID and abid bidders and its 48 budgets and targets of cost per conversion. Bidders that need trained networks are
not asked; the other 47 are PID, abid and constant bidders in turn. Budgets are cut with the number of page views. A bidder learns what AuctionNet tells
it: its own wins and costs, and the price of the last place; traffic by tick is forecast from episodes 0 to 6.

An episode a line and a mean at the end; in each, four bidders take the same seat in turn: ``conversions`` expected (the sum of P(conversion) of what was looked at), ``cost_to_target``
(cost per conversion over the target), ``score`` of the NeurIPS contest (conversions, times the square of target over cost where it is missed).
``hindsight_share``: conversions over the most that any choice of places at the others' bids could have had within budget and target (dual bound).
"""

from __future__ import annotations

import argparse
import sys
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from baihuo.ads.pacing import Batch, Pacer, TrafficForecast
from suites.shared.measure import Clock, emit

Floats = NDArray[np.float64]

_PLACES = np.array([1.0, 0.8, 0.48])  # looked at; the third only if the second is
_TICKS = 48
_FULL = 500_000  # page views for which the budgets are meant
_RESERVE = 1e-4


class Constant:
    """Bids the target."""

    def __init__(self, budget: float, cpa: float) -> None:
        self.budget = self.remaining_budget = budget
        self.cpa = cpa

    def bidding(self, tick: int, p: Floats, *history: Any) -> Floats:
        bids: Floats = self.cpa * p
        return bids


class Ours:
    """The pacer with one campaign. The price of the last place stands for the rivals; how much more is spent and won than by it is learned."""

    def __init__(self, budget: float, cpa: float, traffic: TrafficForecast) -> None:
        self.budget = self.remaining_budget = budget
        self.cpa, self.traffic = cpa, traffic
        self.pacer = Pacer(np.array([4.0, 1.0]), memory=1e5, speed=0.7)
        self.spent = self.worth = 0.0
        self.expected = np.ones(
            2
        )  # spend and worth that the curves said of past ticks, and what came
        self.came = np.ones(2)

    def bidding(
        self,
        tick: int,
        p: Floats,
        sigma: Floats,
        values: list[Floats],
        bids: list[Floats],
        auctions: list[Floats],
        impressions: list[Floats],
        prices: list[Floats],
    ) -> Floats:
        if tick:
            self._learn(tick, values[-1][:, 0], auctions[-1], impressions[-1][:, 0], prices[-1])
        bids_now: Floats = self.cpa * self.pacer.multipliers[0] * p
        return bids_now

    def _learn(self, tick: int, p: Floats, won: Floats, seen: Floats, price: Floats) -> None:
        one, n = np.ones((len(p), 2)), len(p)
        at_one = np.column_stack([self.cpa * p, np.maximum(price, _RESERVE)])
        m = self.pacer.multipliers[0]
        taken = at_one[:, 0] * m >= at_one[:, 1]
        spent, worth = float((won[:, 2] * seen).sum()), self.cpa * float((p * seen).sum())
        self.spent, self.worth = self.spent + spent, self.worth + worth
        said = [at_one[taken, 1].sum(), at_one[taken, 0].sum()]
        self.expected = 0.8 * self.expected + np.array(said)
        self.came = 0.8 * self.came + np.array([spent, worth])
        scale = np.maximum(self.came / self.expected, 0.05)
        start, end = (tick - 1) / 2, tick / 2
        self.traffic.observe(start, end, n)
        self.pacer.multipliers[1] = 1.0
        self.pacer.observe(Batch(np.tile([0, 1], (n, 1)), at_one, one, one, np.ones(1)), n)
        left = self.traffic.left(end)
        # Curves are in their own money: budget by the scale of spend; the target by that of both.
        a = self.pacer._arrays
        a["value"][0] *= scale[1] / scale[0]
        self.pacer.tick(
            np.array([self.remaining_budget / scale[0], np.inf]),
            left,
            surplus=np.array([(self.worth - self.spent) / scale[0], np.inf]),
            horizon=float(left),
        )
        a["value"][0] /= scale[1] / scale[0]
        # The price of the last place tells little of those above it: bids rise a step at a time.
        self.pacer.multipliers[0] = min(self.pacer.multipliers[0], max(m, 0.8) * 1.1)


def main() -> None:
    ask = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    ask.add_argument("--auctionnet", type=Path, help="a copy of the repository")
    ask.add_argument("--seed", type=int, default=1, help="the first episode is seed x 1000")
    ask.add_argument("--episodes", type=int, default=10, help="each in a seat of its own")
    ask.add_argument("--page-views", type=int, default=50_000)
    given = ask.parse_args()
    folder = given.auctionnet
    if folder is None or not (folder / "simul_bidding_env").is_dir():
        emit(
            skipped=f"AuctionNet is not in {folder}: give a copy of alimama-tech/AuctionNet with --auctionnet"
        )
        return
    theirs = _Theirs(folder)
    usual = np.mean([theirs.traffic(e, given.page_views) for e in range(7)], axis=0)
    by_hour = np.tile(usual.reshape(24, 2).sum(axis=1), 7)
    rng = np.random.default_rng(given.seed)
    lines: dict[str, list[dict[str, float]]] = {}
    for number, seat in enumerate(rng.choice(48, given.episodes, replace=False)):
        episode = given.seed * 1000 + number
        views = theirs.generator(episode=episode, pv_num=given.page_views)
        for name in ("baihuo", "pid", "abid", "constant"):
            with Clock() as clock:
                found = _play(theirs, views, episode, int(seat), name, by_hour)
            emit(episode=episode, seat=int(seat), bidder=name, **found, cpu_s=clock.cpu_s)
            lines.setdefault(name, []).append(found)
    for name, all_of in lines.items():
        means = {key: float(np.mean([one[key] for one in all_of])) for key in all_of[0]}
        over = np.array([one["cost_to_target"] for one in all_of])
        emit(bidder=name, **means, target_kept=(over <= 1).mean(), within_5=(over <= 1.05).mean())


class _Theirs:
    """What is used of the folder."""

    def __init__(self, folder: Path) -> None:
        gin = types.ModuleType("gin")  # reads settings from files; the arguments are given here
        gin.configurable = lambda made: made  # type: ignore[attr-defined]
        sys.modules.setdefault("gin", gin)
        sys.path.insert(0, str(folder.resolve()))
        from importlib import import_module as load

        self.generator: Any = load("simul_bidding_env.PvGenerator.NeurIPSPvGen").NeurIPSPvGen
        self.auction = load("simul_bidding_env.Environment.BiddingEnv").BiddingEnv(_RESERVE)
        # Conversions are counted by their probability: no bidder here looks at those drawn.
        self.auction._generate_values_matrix = lambda p, sigma: p
        strategies = "simul_bidding_env.strategy"
        self.pid = load(f"{strategies}.pid_bidding_strategy").PidBiddingStrategy
        self.abid = load(f"{strategies}.abid_bidding_strategy").AbidBiddingStrategy
        source = (folder / "simul_bidding_env/Controller/Controller.py").read_text("utf-8")
        self.targets = _numbers(source, "def get_cpa_constraints")
        self.budgets = _numbers(source, "budget = np.array([")

    def traffic(self, episode: int, n: int) -> Floats:
        """Page views by tick, of a smaller episode with the same shares."""
        views = self.generator(episode=episode, pv_num=n // 10).pv_values
        return 10.0 * np.array([len(p) for p in views])


def _numbers(source: str, after: str) -> Floats:
    """Return the 48 numbers of the first list after some words of a source file."""
    rest = source[source.index(after) :]
    inside = rest[rest.index("np.array([") + len("np.array([") :]
    cells = inside[: inside.index("]")].split(",")
    return np.array([float(cell) for cell in cells if cell.strip()])


def _play(
    theirs: _Theirs, views: Any, episode: int, seat: int, name: str, by_hour: Floats
) -> dict[str, float]:
    """One episode with bidder ``name`` in the seat."""
    scale = sum(len(p) for p in views.pv_values) / _FULL
    made: dict[str, Callable[[float, float], Any]] = {
        "pid": lambda budget, cpa: theirs.pid(budget=budget, cpa=cpa),
        "abid": lambda budget, cpa: theirs.abid(budget=budget, cpa=cpa),
        "constant": Constant,
        "baihuo": lambda budget, cpa: Ours(budget, cpa, TrafficForecast(by_hour)),
    }
    names = [("pid", "abid", "constant")[i % 3] for i in range(48)]
    names[seat] = name
    budgets = theirs.budgets * scale
    agents = [made[n](b, t) for n, b, t in zip(names, budgets, theirs.targets, strict=True)]
    history: tuple[list[Any], ...] = ([], [], [], [], [])
    theirs.auction.reset(episode)
    value = cost = 0.0
    offers: list[
        tuple[Floats, Floats]
    ] = []  # of hindsight: P(conversion), the three best bids of others
    for tick in range(_TICKS):
        p, sigma = views.pv_values[tick], views.pValueSigmas[tick]
        bids = np.zeros_like(p)
        for i, agent in enumerate(agents):
            if agent.remaining_budget >= 0.1 * scale:
                own = [[x[i] for x in kept] for kept in history[:4]]
                bids[:, i] = np.maximum(
                    agent.bidding(tick, p[:, i], sigma[:, i], *own, history[4]), 0
                )
        left = np.array([agent.remaining_budget for agent in agents])
        while True:
            won, slot, paid, seen, converted, last, _ = theirs.auction.simulate_ad_bidding(
                p, sigma, bids
            )
            spent = (paid * seen).sum(axis=1)
            over = np.maximum((spent - left) / (spent + 1e-4), 0)
            if not (over > 0).any():
                break
            rng = np.random.default_rng(1)
            for i in np.flatnonzero(over > 0).tolist():  # as AuctionNet: random bids are withdrawn
                for place in (1, 2, 3):
                    at = np.flatnonzero(slot[i] == place)
                    n = int(np.ceil(len(at) * over[i]))
                    bids[rng.choice(at, n, replace=False), i] = 0
        for agent, amount in zip(agents, spent, strict=True):
            agent.remaining_budget -= amount
        value += float((p[:, seat] * seen[seat]).sum())
        cost += float(spent[seat])
        others = np.delete(bids, seat, axis=1)
        offers.append((p[:, seat], -np.sort(-others, axis=1)[:, :3]))
        for kept, new in zip(
            history,
            (
                np.stack((p.T, sigma.T), axis=-1),
                bids.T,
                np.stack((won, slot, paid), axis=-1),
                np.stack((seen, converted), axis=-1),
                last,
            ),
            strict=True,
        ):
            kept.append(new)
            if len(kept) > 1 and kept is not history[4]:
                kept[-2] = np.zeros((48, 0, 3))  # no bidder here looks further back
    best = _hindsight(offers, budgets[seat], theirs.targets[seat])
    over = cost / max(value, 1e-9) / theirs.targets[seat]
    return {
        "conversions": value,
        "spend_share": cost / budgets[seat],
        "cost_to_target": over,
        "score": value * min(1.0, over**-2) if over > 0 else 0.0,
        "hindsight_share": value / best,
    }


def _hindsight(offers: list[tuple[Floats, Floats]], budget: float, target: float) -> float:
    """An upper bound of conversions within budget and target, by weak duality."""
    p = np.concatenate([p for p, _ in offers])[:, None] * _PLACES
    price = np.maximum(np.concatenate([o for _, o in offers]), _RESERVE) * _PLACES

    def bound(logs: Floats) -> float:
        money, ratio = np.exp(logs)
        gain = p * (1 + ratio * target) - price * (money + ratio)
        return float(budget * money + np.maximum(gain.max(axis=1), 0).sum())

    starts = [np.log([1 / target, r / target]) for r in (1e-4, 0.1, 1.0)]
    return min(float(minimize(bound, s, method="Nelder-Mead").fun) for s in starts)


if __name__ == "__main__":
    main()

"""What a worker does about ads: it follows campaigns and budgets, sells the places of its pages, and charges clicks."""

from __future__ import annotations

import secrets
import threading
from collections import Counter, OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from baihuo.ads.ad_context import AdContext, CampaignState
from baihuo.ads.ad_table import AdTable
from baihuo.ads.auction import Auction, AuctionParts, SoldPlace, examination
from baihuo.ads.auction_log import SLOTS, AuctionLog, LoggedAd, LoggedAuction, OutcomeCount
from baihuo.ads.bidding import Bids
from baihuo.ads.campaign import HOUR_US, Campaign
from baihuo.ads.click_tokens import ClickTokens, ServedAd
from baihuo.ads.forecast import Forecast, forecast
from baihuo.ads.incrementality import ALL_CAMPAIGNS, is_held_out
from baihuo.ads.ledger import CampaignDay, ImpressionCharge, Ledger, Receipt
from baihuo.ads.outcomes import Outcome, outcomes
from baihuo.ads.pacing import WEEK_HOURS, Batch, Pacer, TrafficForecast
from baihuo.ads.reservations import Reservations
from baihuo.ads.settings import AdsSettings
from baihuo.ads.shown import AdReason, ShownAd
from baihuo.ads.store import CampaignStore
from baihuo.ads.target_results import TargetGuard
from baihuo.core import Conflict, Served, ShopPaths, Surface, secret_file
from baihuo.events import FailureCallback
from baihuo.rank import Beside, PipelineResult, Ranker, RequestContext

_TICK_S = 5.0  # between two changes of multipliers
_SAMPLE = 512  # auctions of a tick that pacing learns from
_MOST_VISITORS = 100_000  # whose impressions of capped campaigns are counted
_WEEKS = 4
_WIDTH = 16  # candidates of an auction that pacing reads


@dataclass(slots=True, eq=False)
class _Pending:
    """What pages noted since the follower last looked. It counts by rows of its board, which another board has not."""

    sample: list[tuple[Surface, NDArray[np.float64]]] = field(default_factory=list)
    n_auctions: int = 0
    promised: list[SoldPlace] = field(default_factory=list)
    ends: list[tuple[int, Surface, NDArray[np.intp], NDArray[np.int8]]] = field(
        default_factory=list
    )


@dataclass(slots=True, eq=False)
class _Board:
    """Campaigns as they are sold now. Replaced as a whole, once its budgets are known: a page reads one board to its end."""

    campaigns: tuple[Campaign, ...]
    names: tuple[str, ...]  # of their advertisers
    table: AdTable
    bids: Bids
    auction: Auction
    pacer: Pacer
    capped: NDArray[np.int64]  # rows of campaigns with a frequency cap
    ranker: Ranker
    is_open: NDArray[np.bool_]  # can pay for another click; of the last look at budgets
    corrections: NDArray[np.float64]  # of P(purchase | click)
    pending: _Pending = field(default_factory=_Pending)

    @property
    def n(self) -> int:
        return len(self.campaigns)


@dataclass(slots=True, eq=False)
class AdPage:
    """A page that may have ads, from before it is made. It is sold on one board, whatever changes meanwhile."""

    board: _Board
    page: RequestContext
    now: datetime  # of the page, in the time zone of the shop
    visitor_id: str
    context: AdContext = field(init=False)
    begun: PipelineResult | None = None  # None: the page's stages asked for no predictions

    def begin(self) -> NDArray[np.int32]:
        """Run the auction until its predictions, and return the rows that it wants them of."""
        self.begun = self.board.auction.begin(self.context)
        return self.begun.candidates.rows


class AdSeller:
    """Sells places and charges clicks, in one worker of several. It does nothing until a campaign is approved.

    :meth:`sell` reads what :meth:`follow` prepared and writes nothing but the log, in the background. Thread-safe; one thread follows.
    """

    def __init__(
        self,
        paths: ShopPaths,
        settings: AdsSettings,
        *,
        seed: int,
        n_workers: int = 1,
        reserve_bytes: int = 0,
        when_failed: FailureCallback = lambda n, error: None,
    ) -> None:
        """
        Args:
            seed: Of ties.
            n_workers: That serve the shop.
            reserve_bytes: Free disk space below which auctions are not logged.
            when_failed: Called with the number of auctions that were not logged, and why.
        """
        self._paths, self._settings, self._seed = paths, settings, seed
        self._n_workers, self._reserve_bytes = n_workers, reserve_bytes
        self._when_failed = when_failed
        self._zone = settings.zone()
        self._board: _Board | None = None
        self._store: CampaignStore | None = None
        self._lock = threading.Lock()  # of what is sampled and counted
        self._seen: OrderedDict[str, tuple[str, Counter[str]]] = (
            OrderedDict()
        )  # visitor: day, campaigns
        self._own: set[str] = set()  # auctions of this worker that were not read back yet
        self._stamp = self._after_seq = -1
        self._ticked_at_s = 0.0
        self._unticked = _Pending()  # auctions since the multipliers were set

    @property
    def is_active(self) -> bool:
        """Whether a campaign can be shown."""
        return self._board is not None

    # Pages

    def begin(
        self, page: RequestContext, ranker: Ranker, *, visitor_id: str, has_consent: bool
    ) -> AdPage | None:
        """Prepare the auction of a page that is about to be made with this context; None: no ads there.

        Args:
            visitor_id: As logs have it.
            has_consent: Without it, nothing known of the visitor takes part, and campaigns for audiences do not.
        """
        board, query = self._board, page.query
        if (
            board is None
            or board.ranker is not ranker
            or query.complements
            or not board.auction.sells(query.surface)
        ):
            return None
        now = self._local(query.at_us)
        ad_page = AdPage(board, page, now, visitor_id)
        page.beside = Beside(ad_page.begin)
        ad_page.context = AdContext(
            page,
            CampaignState(
                multipliers=board.pacer.multipliers,
                corrections=board.corrections,
                is_open=board.is_open,
                is_capped=self._capped(
                    board, visitor_id, now.date().isoformat(), np.arange(board.n)
                ),
            ),
            page.beside,
            hour=now.hour,
            is_contextual=not has_consent,
        )
        return ad_page

    def sell(self, ad_page: AdPage, served: Served) -> tuple[ShownAd, ...]:
        """Sell the places of a page that was made."""
        if not served.page.placed:
            return ()
        board, context, now = ad_page.board, ad_page.context, ad_page.now
        context.follow(ad_page.page, served)
        visitor_id = ad_page.visitor_id
        run = board.auction.run(context, ad_page.begun)
        sold = board.auction.sold(context, run)
        is_holdout = is_held_out(visitor_id, ALL_CAMPAIGNS, share=self._settings.holdout_share)
        self._observe(board, context, run)
        if not sold:
            return ()
        ads = tuple(self._signed(board, context, place, now) for place in sold)
        self._log_auction(board, context, run, sold, ads, visitor_id, is_holdout=is_holdout)
        if is_holdout:
            return ()
        with self._lock:
            board.pending.promised.extend(sold)
        return tuple(
            ShownAd(
                product_id=place.product_id,
                before=place.before,
                slot=place.slot,
                token=self._tokens.sign(ad),
                advertiser=board.names[place.campaign],
                reason=_reason(context),
            )
            for place, ad in zip(sold, ads, strict=True)
        )

    def forecast(self, campaign_id: str, pages: Sequence[Served], ranker: Ranker) -> Forecast:
        """What a campaign could get, by the latest of its versions, whether it runs or not. See :func:`baihuo.ads.forecast.forecast`.

        Raises:
            NotFound: there is no such campaign, or too few pages were served.
            Conflict: the shop has no ads.
        """
        store, board = self._require_open(), self._board
        changes = store.changes()
        paced = board.pacer.multipliers.tolist() if board else ()
        ids = [c.campaign_id for c in board.campaigns] if board else ()
        return forecast(
            store.find(campaign_id).campaign,
            {c.campaign_id: c for c in changes.campaigns.values() if c is not None},
            pages,
            ranker,
            settings=self._settings,
            safety=changes.safety,
            multipliers=dict(zip(ids, paced, strict=True)),
            seed=self._seed,
        )

    def verified(self, token: str, *, at_us: int, was_served: Callable[[str], bool]) -> ServedAd:
        """Return the ad of a token; see :meth:`ClickTokens.verify`.

        Raises:
            ClickRefused: it is forged, too old, or of a page that was never served.
            Conflict: the shop has no ads.
        """
        self._require_open()
        return self._tokens.verify(token, at_us=at_us, was_served=was_served)

    def click(self, ad: ServedAd, *, at_us: int) -> Receipt:
        """Charge a click, once; on disk when it returns.

        Raises:
            NotFound: its campaign does not exist.
        """
        store = self._require_open()
        if ad.is_per_thousand:
            return Receipt(click_id=ad.click_id, price_minor=0, charged_minor=0, limited_by=None)
        campaign = store.find(ad.campaign_id).campaign
        return self._ledger.charge_click(ad.charge(campaign), at_us=at_us)

    def seen(self, ads: Sequence[ServedAd], *, at_us: int) -> None:
        """Charge viewable impressions of campaigns that bid by thousand.

        Raises:
            NotFound: a campaign does not exist.
        """
        store = self._require_open()
        charges = [
            ImpressionCharge(
                auction_id=ad.query_id,
                slot=ad.slot,
                on=CampaignDay.of(store.find(ad.campaign_id).campaign, ad.day),
                price_thousandths=ad.price_minor,
            )
            for ad in ads
            if ad.is_per_thousand
        ]
        if charges:
            self._ledger.charge_impressions(charges, at_us=at_us)

    def forget(self, visitor_id: str) -> None:
        """Forget how often a visitor saw campaigns today."""
        with self._lock:
            self._seen.pop(visitor_id, None)

    # Following

    def follow(self, ranker: Ranker, *, at_us: int) -> None:
        """Take over campaigns, budgets, what other workers sold, and a new release."""
        if self._store is None:
            if not self._paths.ads_file.is_file():
                return
            self._open()
        board, store = self._board, self._require_open()
        if (stamp := store.stamp()) != self._stamp or (board and board.ranker is not ranker):
            if board is not None:
                self._write_ends(board, self._taken(board))
            board = self._new_board(ranker, board)
            self._stamp = stamp
        if board is None:
            self._board = None
            return
        if board.table.is_behind():
            board.table.follow()
        pending, day = self._taken(board), self._local(at_us).date().isoformat()
        self._reservations.follow([CampaignDay.of(c, day) for c in board.campaigns])
        self._promise(pending.promised, at_us)
        self._reservations.renew(at_us)
        board.is_open = self._reservations.left(at_us) >= 1
        self._follow_auctions(at_us)
        self._unticked.sample += pending.sample
        self._unticked.n_auctions += pending.n_auctions
        if board is not self._board:
            self._unticked = _Pending()  # of rows of the board before
        if at_us / 1e6 - self._ticked_at_s >= _TICK_S:
            self._tick(board, at_us)
        self._write_ends(board, pending)
        self._board = board

    def _taken(self, board: _Board) -> _Pending:
        with self._lock:
            pending, board.pending = board.pending, _Pending()
        return pending

    def close(self) -> None:
        """Give leases back and close the files."""
        if self._store is None:
            return
        if self._board is not None:
            self._write_ends(self._board, self._taken(self._board))
        self._reservations.close()
        self._log.close()
        self._ledger.close()
        self._store.close()

    def _open(self) -> None:
        paths = self._paths
        self._ledger = Ledger(paths.ads_ledger_file)
        self._log = AuctionLog(
            paths.auctions_file,
            reserve_bytes=self._reserve_bytes,
            when_failed=self._when_failed,
        )
        key = secret_file(paths.ads_key_file, lambda: secrets.token_bytes(32))
        window_us = int(self._settings.click_window_hours * HOUR_US)
        self._tokens = ClickTokens(key, window_us=window_us)
        self._reservations = Reservations(
            self._ledger, worker_id=secrets.token_hex(8), n_workers=self._n_workers
        )
        self._forecast: TrafficForecast | None = None
        self._guard = TargetGuard(paths.ads_targets_file, self._ledger, self._log)
        self._store = CampaignStore(paths.ads_file)

    def _require_open(self) -> CampaignStore:
        if self._store is None:
            raise Conflict("this shop has no ads", fix="add a campaign: baihuo ads import")
        return self._store

    def _new_board(self, ranker: Ranker, old: _Board | None) -> _Board | None:
        store = self._require_open()
        changes = store.changes()
        campaigns = tuple(c for c in changes.campaigns.values() if c is not None)
        if not campaigns:
            return None
        table = AdTable(
            campaigns, changes.safety, ranker.generation, audiences=self._settings.audiences
        )
        names = {a.advertiser_id: a.name for a in store.advertisers()}
        bids = Bids.of([c.bid for c in campaigns])
        parts = AuctionParts(
            table=table,
            bids=bids,
            generation=ranker.generation,
            features=ranker.features,
            click_model=ranker.click_model,
            settings=self._settings,
            seed=self._seed,
        )
        pacer = Pacer(np.ones(len(campaigns)))  # see TargetGuard: more for some targets
        if old is not None:
            _take_multipliers(pacer, campaigns, old)
        return _Board(
            campaigns=campaigns,
            names=tuple(names.get(c.advertiser_id, c.advertiser_id) for c in campaigns),
            table=table,
            bids=bids,
            auction=Auction(parts),
            pacer=pacer,
            capped=np.flatnonzero([c.frequency_cap is not None for c in campaigns]),
            ranker=ranker,
            is_open=np.zeros(len(campaigns), dtype=bool),
            corrections=np.ones(len(campaigns)),
        )

    def _tick(self, board: _Board, at_us: int) -> None:
        """Set the multipliers by what was sold since the last time."""
        now = self._week_hours(at_us)
        if self._forecast is None:
            self._forecast = self._learned_forecast(at_us)
        (sample, n), self._unticked = (self._unticked.sample, self._unticked.n_auctions), _Pending()
        if self._ticked_at_s:
            since = now - (at_us / 1e6 - self._ticked_at_s) / 3600
            self._forecast.observe(since, now, n * self._n_workers)
        self._ticked_at_s = at_us / 1e6
        for surface in {surface for surface, _ in sample}:
            rows = np.stack([a for s, a in sample if s is surface])
            board.pacer.observe(
                Batch(
                    rows=rows[:, 0].astype(np.intp),
                    bids=rows[:, 1],
                    weights=rows[:, 2],
                    p_click=rows[:, 3],
                    examination=examination(self._settings.places[surface]),
                    pricing=board.auction.pricing,
                    reserve=self._settings.reserve_minor.get(surface, 1),
                ),
                n * len(rows) / len(sample),
            )
        ids = [c.campaign_id for c in board.campaigns]
        self._guard.follow([ids[row] for row in np.flatnonzero(board.bids.has_target)])
        board.corrections, surplus, board.pacer.most = self._guard.of(ids, board.bids)
        board.pacer.tick(
            self._reservations.budget_left(),
            self._forecast.left(now),
            surplus=surplus,
            horizon=self._forecast.usually(now // 24 * 24, now // 24 * 24 + 24),
        )

    def _learned_forecast(self, at_us: int) -> TrafficForecast:
        first = at_us - _WEEKS * WEEK_HOURS * HOUR_US
        monday = int(at_us - self._week_hours(at_us) * HOUR_US) - _WEEKS * WEEK_HOURS * HOUR_US
        counts = np.zeros((_WEEKS + 1) * WEEK_HOURS)
        for hour_us, n in self._log.by_hour(from_us=first).items():
            counts[min((hour_us - monday) // HOUR_US, len(counts) - 1)] += n
        seen = np.flatnonzero(counts)
        return TrafficForecast.learn(counts[seen[0] // 24 * 24 :] if len(seen) else [])

    def _follow_auctions(self, at_us: int) -> None:
        """Count the impressions of capped campaigns that other workers sold."""
        if self._after_seq < 0:
            midnight = self._local(at_us).replace(hour=0, minute=0, second=0, microsecond=0)
            self._after_seq = self._log.last_seq_before(int(midnight.timestamp() * 1e6))
        while found := self._log.since(self._after_seq):
            self._after_seq = found[-1][0]
            for _, auction in found:
                if auction.auction_id in self._own:
                    self._own.discard(auction.auction_id)
                elif not auction.is_holdout:
                    day = self._local(auction.at_us).date().isoformat()
                    shown = [ad.campaign_id for ad in auction.ads if ad.slot]
                    self._count_seen(auction.visitor_id, day, shown)

    def _promise(self, sold: Sequence[SoldPlace], at_us: int) -> None:
        """Count what was sold as promised."""
        if sold:
            self._reservations.promise(
                np.array([p.campaign for p in sold]),
                np.array([1.0 if p.is_per_thousand else p.p_click for p in sold]),
                np.array([p.price_minor / (1_000 if p.is_per_thousand else 1) for p in sold]),
                at_us=at_us,
            )

    def _write_ends(self, board: _Board, pending: _Pending) -> None:
        counts: Counter[tuple[str, int, str, str]] = Counter()
        for hour, surface, rows, codes in pending.ends:
            for row, code in zip(rows.tolist(), codes.tolist(), strict=True):
                name = Outcome(code).name.lower()
                counts[board.campaigns[row].campaign_id, hour, str(surface), name] += 1
        if counts:
            self._log.count([OutcomeCount(*key, n) for key, n in counts.items()])

    # Of one page

    def _local(self, at_us: int) -> datetime:
        return datetime.fromtimestamp(at_us / 1e6, self._zone)

    def _week_hours(self, at_us: int) -> float:
        local = self._local(at_us)
        return local.weekday() * 24 + local.hour + local.minute / 60 + local.second / 3600

    def _capped(
        self, board: _Board, visitor_id: str, day: str, rows: NDArray[np.int64]
    ) -> NDArray[np.bool_]:
        is_capped = np.zeros(len(rows), dtype=bool)
        found = self._seen.get(visitor_id)
        if found is not None and found[0] == day:
            for row in board.capped.tolist():
                campaign = board.campaigns[row]
                most = campaign.frequency_cap or 0
                is_capped[row] = found[1][campaign.campaign_id] >= most
        return is_capped

    def _count_seen(self, visitor_id: str, day: str, campaign_ids: Sequence[str]) -> None:
        with self._lock:
            known = self._seen.get(visitor_id)
            if known is None or known[0] != day:
                known = self._seen[visitor_id] = (day, Counter())
            known[1].update(campaign_ids)
            self._seen.move_to_end(visitor_id)
            if len(self._seen) > _MOST_VISITORS:
                self._seen.popitem(last=False)

    def _observe(self, board: _Board, context: AdContext, run: PipelineResult) -> None:
        """Keep a sample of the auction for pacing, and count how campaigns ended."""
        columns = run.candidates.columns
        n_rows = board.ranker.generation.snapshot.n
        rows, ends = outcomes(context, run, board.table, n_rows)
        hour = context.query.at_us // HOUR_US * HOUR_US
        auction = np.zeros((4, _WIDTH))
        auction[0] = -1
        if "weight" in columns:
            campaign = columns["campaign"]
            multipliers = board.pacer.multipliers[campaign]
            values = (campaign, columns["bid"] / multipliers, columns["weight"], columns["p_click"])
            for i, column in enumerate(values):
                auction[i, : len(column[:_WIDTH])] = column[:_WIDTH]
        with self._lock:
            pending = board.pending
            pending.n_auctions += 1
            if len(pending.sample) < _SAMPLE:
                pending.sample.append((context.query.surface, auction))
            pending.ends.append((hour, context.query.surface, rows, ends))

    def _signed(
        self, board: _Board, context: AdContext, place: SoldPlace, now: datetime
    ) -> ServedAd:
        query, campaign = context.query, board.campaigns[place.campaign]
        return ServedAd(
            query_id=query.query_id,
            slot=(query.page - 1) * SLOTS + place.slot,
            campaign_id=campaign.campaign_id,
            campaign_version=campaign.version,
            advertiser_id=campaign.advertiser_id,
            product_id=place.product_id,
            price_minor=place.price_minor,
            auction_at_us=query.at_us,
            day=now.date().isoformat(),
            is_per_thousand=place.is_per_thousand,
        )

    def _log_auction(
        self,
        board: _Board,
        context: AdContext,
        run: PipelineResult,
        sold: Sequence[SoldPlace],
        ads: Sequence[ServedAd],
        visitor_id: str,
        *,
        is_holdout: bool,
    ) -> None:
        columns, ids = run.candidates.columns, board.ranker.generation.product_ids
        shown = {place.ad: (place, ad) for place, ad in zip(sold, ads, strict=True)}
        logged = []
        names = (
            "ad",
            "campaign",
            "bid",
            "p_click",
            "relevance",
            "auction_score",
            "p_purchase",
            "price_minor",
        )
        has_target = board.bids.has_target
        values = zip(*(columns[name].tolist() for name in names), strict=True)
        products = ids[run.candidates.rows].tolist()
        for product_id, (ad, row, bid, p_click, relevance, score, p_purchase, price) in zip(
            products, values, strict=True
        ):
            lost = LoggedAd(
                board.campaigns[row].campaign_id, product_id, bid, p_click, relevance, score
            )
            if has_target[row]:
                lost = lost._replace(p_purchase=p_purchase, sale_minor=max(price, 0))
            if (won := shown.get(ad)) is None:
                logged.append(lost)
                continue
            place, signed = won
            logged.append(
                lost._replace(
                    slot=signed.slot,
                    price_minor=0 if place.is_per_thousand else place.price_minor,
                    propensity=place.propensity,
                    click_id=signed.click_id,
                )
            )
        query = context.query
        auction_id = f"{query.query_id}.{query.page}"
        if not is_holdout:
            with self._lock:
                self._own.add(auction_id)
            day = self._local(query.at_us).date().isoformat()
            self._count_seen(visitor_id, day, [ad.campaign_id for ad in ads])
        self._log.append(
            LoggedAuction(
                auction_id=auction_id,
                at_us=query.at_us,
                surface=str(query.surface),
                visitor_id=visitor_id,
                is_holdout=is_holdout,
                ads=tuple(logged),
            )
        )


def _reason(context: AdContext) -> AdReason:
    """Return why the visitor sees ads on this page, in one word."""
    query = context.query
    if query.surface is Surface.SIMILAR:
        return AdReason.PRODUCT
    if query.surface is Surface.SEARCH:
        return AdReason.SEARCH if query.query_text else AdReason.CATEGORY
    return (
        AdReason.VIEWED
        if not context.is_contextual and len(context.viewed.rows)
        else AdReason.EVERYONE
    )


def _take_multipliers(pacer: Pacer, campaigns: Sequence[Campaign], old: _Board) -> None:
    """Start where the campaigns stood before."""
    before = {c.campaign_id: m for c, m in zip(old.campaigns, old.pacer.multipliers, strict=True)}
    known = [before.get(c.campaign_id, np.inf) for c in campaigns]
    pacer.multipliers = np.minimum(known, pacer.multipliers)

"""The sections of ``shop.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import Field, NonNegativeInt, PositiveInt, field_validator

from baihuo.access import ConsoleSettings
from baihuo.core import (
    ATTRIBUTION_MINUTES,
    HOME_DIVERSITY,
    LISTS_FROM,
    READING_KINDS,
    SLOT_PROBABILITY,
    SWAP_PROBABILITY,
    BadInput,
    SettingsSection,
    web_origin,
)
from baihuo.models import checked_settings
from baihuo.monitor import LogSettings
from baihuo.serve import TrafficSettings
from baihuo.train import (
    CalibrationSegment,
    CalibrationWay,
    PositionLearning,
)


class TrainSettings(SettingsSection):
    """Settings of ``baihuo train``."""

    retired: ClassVar[Mapping[str, Any]] = {"together": "sum", "smaller_within": None}

    attribution_minutes: PositiveInt = Field(
        default=ATTRIBUTION_MINUTES,
        description="Attribution window: an outcome counts for an impression within this time. "
        "Set `labels.attribution_minutes` of quality.yaml to the same.",
    )
    min_test_clicks: PositiveInt = Field(
        default=100,
        description="With fewer clicks in the test period no click model is trained, and the report says so.",
    )
    window_days: float | None = Field(
        default=None,
        gt=0,
        description="Click models learn from pages of so many days before the newest, so that every training moves its window on; unset: from the newest million impressions.",
    )
    position: PositionLearning = Field(
        default="input",
        description="How click models learn position: `input`, real in training and fixed when serving; or by how far down pages are read, "
        "estimated from exploration: `inverse`, a click weighs 1 / examination, at most 3. With too little exploration `input` is taken, and the report says so.",
    )
    calibration: CalibrationWay = Field(
        default="auto",
        description="How P(click) is calibrated on newer rows: `temperature` multiplies log-odds, `platt` also shifts them, `isotonic` is a "
        "curve that never falls; `auto`: the one of these and `none` that predicts unseen rows best, `isotonic` only with 1,000 clicks or more.",
    )
    calibrate_by: CalibrationSegment = Field(
        default="surface",
        description="`surface`: each surface is calibrated apart; `all`: together, for shops with few clicks.",
    )
    models: dict[str, dict[str, Any]] = Field(
        default={},
        description="Settings of click models that differ from their own, by model: `trees: {n_trees: 500}`, `network: {layers: [128, 64]}`; "
        "the dataclass in each model's file lists them.",
    )
    seed: NonNegativeInt = Field(
        default=7, le=2**31 - 1, description="The same seed and data give the same models."
    )

    @field_validator("models")
    @classmethod
    def _can_be_set(cls, models: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        if models:  # loading every model's file is for those who set one
            try:
                checked_settings("clicks", models)
            except BadInput as error:
                raise ValueError(f"{error.what}: {error.fix}") from error
        return models


class ExplorationSettings(SettingsSection):
    """Exploration in the order of pages. Without it every propensity is 1, and the log cannot evaluate
    another policy (``baihuo evaluate --policy``)."""

    swap_probability: float = Field(
        default=SWAP_PROBABILITY,
        ge=0,
        lt=1,
        description="Probability of a swap, for each pair of neighbours on a page.",
    )
    slot_probability: float = Field(
        default=SLOT_PROBABILITY,
        ge=0,
        lt=1,
        description="Probability of one random product on a page.",
    )


class ServeSettings(TrafficSettings):
    """Settings of ``baihuo serve``."""

    host: str = Field(
        default="127.0.0.1",
        description="Address to listen on; `0.0.0.0` is every address of the machine.",
    )
    port: int = Field(default=8000, ge=0, le=65535, description="0: a free port.")
    workers: PositiveInt = Field(default=1, description="Number of worker processes.")
    exploration: ExplorationSettings = ExplorationSettings()
    disk_reserve_mb: NonNegativeInt = Field(
        default=100,
        description="Room that stays on the disk. With less, events and products are refused with a 507; pages are no longer logged from twice "
        "as much on, so that events have the last of the room. 0: until the disk is full.",
    )
    upkeep_minutes: PositiveInt = Field(
        default=10,
        description="How often the server looks whether served pages are to be sealed or dropped; a process of low priority does it.",
    )
    console: ConsoleSettings = ConsoleSettings()
    picture_hosts: tuple[str, ...] = Field(
        default=(),
        description="Other hosts whose pictures pages may show, as in `[cdn.example.com]`.",
    )

    visitors: Literal["auto", "signed", "open"] = Field(
        default="auto",
        description="Whose history a request may read and write. `signed`: a visitor id needs its signature, or the request a key; "
        "`open`: any id is believed; `auto`: signed once a key was made with `baihuo keys`. See access.md.",
    )
    allowed_hosts: tuple[str, ...] = Field(
        default=(),
        description="Host names that requests may be addressed to, as in `[shop.example.com]`; others get a 400. Empty: any.",
    )
    allowed_origins: tuple[str, ...] = Field(
        default=(),
        description="Sites whose pages may call the API from a browser (CORS), as in `[https://shop.example.com]`.",
    )

    log: LogSettings = LogSettings()

    @field_validator("allowed_origins")
    @classmethod
    def _are_origins(cls, origins: tuple[str, ...]) -> tuple[str, ...]:
        for origin in origins:
            if not re.fullmatch(r"https?://[A-Za-z0-9.-]+(:[0-9]{1,5})?", origin):
                raise ValueError(
                    f"{origin!r} is no origin; write the scheme and the host, as in https://shop.example.com"
                )
        return origins

    @field_validator("picture_hosts")
    @classmethod
    def _are_hosts(cls, hosts: tuple[str, ...]) -> tuple[str, ...]:
        for host in hosts:
            try:
                web_origin(host)
            except BadInput as error:
                raise ValueError(f"{error.what}; {error.fix}") from None
        return hosts


class GateSettings(SettingsSection):
    """Thresholds of the release gate. A small shop has wide intervals and may need lower thresholds."""

    lowest_lift: float = Field(
        default=-0.02,
        description="Lift of nDCG@10 over the best baseline: low end of the 95% interval.",
    )
    lowest_mid_lift: float = Field(default=0.0, description="The same: middle of the interval.")
    lowest_against_live: float = Field(
        default=-0.03,
        description="Lift of nDCG@10 over the live bundle: middle of the interval.",
    )
    equivalent_to_live: float = Field(
        default=0.01,
        ge=0,
        description="A bundle that is surely worse than the live one by more than this is refused: the whole 95% interval of all surfaces together, "
        "over visitors, is below minus this.",
    )
    lowest_relevance: float = Field(
        default=-0.005,
        description="nDCG@10 of searches in the learned order minus that of the text order, on judged sets and on clicks: "
        "middle of the interval. Below it, or with the whole interval below 0, the text order serves searches; also where an interval "
        "reaches below 0 and none lies above.",
    )
    lowest_recommendation_gain: float = Field(
        default=0.0,
        description="nDCG@10 of what was looked at on clicked home pages and similar products, beyond what positions explain, in the learned order minus in the fused order: "
        "low end of the 95% interval. A surface that is not above it is served by the fused order.",
    )
    lowest_auc: float = Field(default=0.55, ge=0, le=1, description="AUC of P(click).")
    most_calibration_error: float = Field(
        default=0.01,
        ge=0,
        description="Expected calibration error of P(click); a tenth of the click rate is added.",
    )
    most_slice_loss: float = Field(
        default=0.05,
        ge=0,
        description="nDCG@10 by which any slice of pages (new and returning visitors, platform, device, hour, language) may be worse than the live bundle, "
        "else than the best baseline. Refused where the whole interval, widened for the number of slices, is beyond it.",
    )
    most_slice_log_loss: float = Field(
        default=0.1,
        ge=0,
        description="The same for the log-loss of P(click), in parts of the slice's entropy, also by product (hot, cold), position and category.",
    )
    most_slice_calibration_error: float = Field(
        default=0.02,
        ge=0,
        description="How far P(click) of any slice may be from its click rate; a fifth of that rate is added. Refused where the whole interval is beyond it.",
    )
    most_skew: float = Field(
        default=1e-3,
        ge=0,
        le=1,
        description="Share of feature values that differ between serving and training.",
    )
    most_service_calibration_error: float = Field(
        default=0.1,
        ge=0,
        description="Expected calibration error of P(right) of customer service's answers, on held-out questions.",
    )
    most_p50_ratio: float = Field(
        default=4.0,
        gt=0,
        description="CPU time of a median page, in multiples of the yardstick on this machine.",
    )
    most_p99_ratio: float = Field(
        default=16.0, gt=0, description="The same at the 99th percentile."
    )
    most_p50_ms: float | None = Field(
        default=None,
        gt=0,
        description="CPU time of a median page in ms; unset: more than 15 ms is a warning.",
    )
    most_p99_ms: float | None = Field(
        default=None,
        gt=0,
        description="The same at the 99th percentile; unset: more than 60 ms is a warning.",
    )


class MonitorSettings(SettingsSection):
    """Bands of the live bundle, for ``baihuo watch`` and ``baihuo update``. It leaves one only where a whole interval, which holds over
    all looks, is outside."""

    rolls_back: bool = Field(
        default=True, description="Off: outside its bands there is an alert only."
    )
    most_calibration_ratio: float = Field(
        default=2.0,
        gt=1,
        description="Clicks for each predicted click: at most this, at least its inverse.",
    )
    lowest_ctr_ratio: float = Field(
        default=0.7,
        gt=0,
        lt=1,
        description="Clicks for each impression of a surface, compared with the same positions before the release.",
    )
    lowest_coverage_ratio: float = Field(
        default=0.5,
        gt=0,
        lt=1,
        description="Effective number of products, and of categories, on the pages of a surface, compared with those before the release.",
    )
    min_impressions: PositiveInt = Field(
        default=1_000, description="Fewer since the release are not looked at."
    )
    false_alarms: float = Field(
        default=0.01,
        gt=0,
        lt=1,
        description="Probability that a bundle inside its bands is ever found outside, over all looks and measures together.",
    )
    reference_days: float = Field(
        default=28,
        gt=0,
        description="Impressions of so many days before the release are what it is compared with.",
    )
    newest_pages: PositiveInt = Field(
        default=10_000,
        description="Of the served log, at most so many pages are read. A bundle that has served more is looked at by its newest ones, and `false_alarms` is then for each such stretch.",
    )


class IndexSettings(SettingsSection):
    """What ``baihuo index`` makes for searches. A change holds from the next index and release on."""

    lists_from: PositiveInt = Field(
        default=LISTS_FROM,
        description="With so many products or more, vectors stand in lists of like ones, and a search reads the lists that may hold what "
        "is near (docs/decisions/0014); with fewer, it reads all vectors.",
    )
    pinyin: bool = Field(
        default=True,
        description="Pinyin (shouji), initials (sj) and characters that sound alike (面模) are read. Off: they are words like others.",
    )
    mined_synonyms: bool = Field(
        default=True,
        description="A word that no product has is read as one that means the same (cordless: wireless): by a general list, and by how shoppers put "
        "searches otherwise; pairs and their evidence are in `6-index/ID/mined_synonyms.json` and `searched_synonyms.json`.",
    )
    tagged_heads: bool = Field(
        default=True,
        description="In a catalogue without categories the shop's tagger (`baihuo tagger train`), where it has one, says which things titles name, "
        "in addition to the general list of goods.",
    )
    complete_words: bool = Field(
        default=True,
        description="Suggestions complete the last word of a search from titles where too few searches of the log fit (wireless ear: wireless "
        "earphones).",
    )
    as_typed: tuple[str, ...] = Field(
        default=(),
        description="Readings that searches of this shop leave out, whoever asks: price, size, measure, colour, gender, code, model, gift, without, "
        "spelling or wish (docs/search_words.md).",
    )
    model_numbers: bool = Field(
        default=True,
        description="Model numbers are found first however they are typed: together (iphone15pro), apart (006 r 90321) and with other "
        "separators. Off: their parts are words like others.",
    )

    @field_validator("as_typed")
    @classmethod
    def _are_readings(cls, kinds: tuple[str, ...]) -> tuple[str, ...]:
        if unknown := [kind for kind in kinds if kind not in READING_KINDS]:
            raise ValueError(f"{unknown[0]!r} is no reading; use any of {', '.join(READING_KINDS)}")
        return kinds


class SearchSurface(SettingsSection):
    """Order of searches."""

    order: Literal["auto", "text", "learned"] = Field(
        default="auto",
        description="`auto`: learned relevance and clicks where the gate found that they lose no relevance; `text`: words "
        "and vectors alone; `learned`: the learned order whatever the gate found.",
    )
    suggest_visitors: PositiveInt = Field(
        default=5,
        description="A search is suggested to others where at least so many visitors typed it, in as many different hours.",
    )


class RecommendationSurface(SettingsSection):
    """Order of recommendations."""

    order: Literal["auto", "fused", "learned"] = Field(
        default="auto",
        description="`auto`: with the model that was best on validation pages, where the gate found that it helps; `fused`: purchases, "
        "similarity, taste and popularity; "
        "`learned`: the click model whatever validation found.",
    )


class HomeSurface(RecommendationSurface):
    """Order and variety of home pages."""

    diversity: float = Field(
        default=HOME_DIVERSITY,
        ge=0,
        le=1,
        description="How far a category may fill a home page: of any six products in a row, at most six (0), five (0.25), four "
        "(0.5), three (0.75) or two (1) are of one. What each costs: docs/decisions/0027.",
    )


class SurfaceSettings(SettingsSection):
    """The order of each surface. Pages say which one served (`order`)."""

    search: SearchSurface = SearchSurface()
    home: HomeSurface = HomeSurface()
    similar: RecommendationSurface = RecommendationSurface()

    def switches(self) -> dict[str, str]:
        """Surface to order."""
        return {
            "search": self.search.order,
            "home": self.home.order,
            "similar": self.similar.order,
        }


class EngineSettings(SettingsSection):
    """Resources of the table engine."""

    memory_mb: PositiveInt = Field(
        default=2048, description="Memory limit in MB; larger data spills to disk."
    )
    threads: PositiveInt | None = Field(
        default=None, description="Number of threads; unset: all cores."
    )
    partition_rows: PositiveInt = Field(
        default=6_000_000,
        description="About how many events are checked at once (docs/decisions/0008).",
    )


class LlmSettings(SettingsSection):
    """A generative model for ``baihuo llm``, off until ``gguf`` or ``address`` is set. No page waits for it. A key that the address
    needs is in the environment variable ``BAIHUO_LLM_KEY``, never in the file."""

    gguf: Path | None = Field(
        default=None,
        description="A model file in GGUF, run on this machine (`pip install 'baihuo[llm]'`).",
    )
    sha256: str = Field(
        default="",
        pattern=r"^([0-9a-fA-F]{64})?$",
        description="SHA-256 of the model file. Empty: that of the file when it was first used.",
    )
    address: str | None = Field(
        default=None,
        description="An OpenAI-compatible address instead, such as `http://127.0.0.1:8080/v1`. Titles, descriptions and searches are sent to it.",
    )
    model: str = Field(default="default", description="Name of the model at `address`.")
    threads: PositiveInt = Field(default=2, description="Threads of a model on this machine.")
    parallel: PositiveInt = Field(
        default=1,
        le=32,
        description="Questions under way at once; one for a model on this machine.",
    )
    minutes: float = Field(
        default=20,
        gt=0,
        description="Budget of one command. Answers are kept; the next run goes on.",
    )
    attributes: bool = Field(
        default=False,
        description="`baihuo index` adds the attributes that `baihuo llm attributes` found to products that lack them.",
    )

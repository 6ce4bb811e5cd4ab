"""Paths of a shop: its numbered folders, in the order of the pipeline, and their files."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

EVENTS_FOLDER = "events"
"""The folder of clean events: one file for each range of days, named by its first day."""


@dataclass(frozen=True, slots=True)
class ShopPaths:
    """The paths of a shop, by stage of the pipeline. Nothing needs to exist."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """Settings of the shop."""
        return self.root / "shop.yaml"

    @property
    def rules_file(self) -> Path:
        """The rules of the checks."""
        return self.root / "quality.yaml"

    @property
    def features_file(self) -> Path:
        """Features of the click models in addition to the default ones."""
        return self.root / "features.yaml"

    @property
    def words(self) -> Path:
        """Translations of the shop's own values, a file for each language, if the shop has any."""
        return self.root / "words"

    @property
    def synonyms(self) -> Path:
        """The shop's own synonyms and broader words of searches, if it has any."""
        return self.root / "synonyms.txt"

    @property
    def mask_key_file(self) -> Path:
        """The key of the shop's pseudonyms."""
        return self.root / "mask.key"

    @property
    def team_key_file(self) -> Path:
        """The one key of earlier versions, which the first command or server takes over into :attr:`keys_file`."""
        return self.root / "team.key"

    @property
    def visitor_key_file(self) -> Path:
        """The key that signs visitor ids."""
        return self.root / "visitor.key"

    @property
    def keys_file(self) -> Path:
        """Keys of the API, as hashes."""
        return self.root / "keys.sqlite"

    @property
    def accounts_file(self) -> Path:
        """Accounts of people with their passwords as hashes, and their sessions."""
        return self.root / "accounts.sqlite"

    @property
    def audit_file(self) -> Path:
        """The audit log."""
        return self.root / "audit.sqlite"

    @property
    def backups_file(self) -> Path:
        """The shop's backups, and when they are deleted."""
        return self.root / "backups.json"

    @property
    def erasures_file(self) -> Path:
        """Erasure requests, and what was removed."""
        return self.root / "erasures.sqlite"

    @property
    def ratings(self) -> Path:
        """Relevance grades, if the shop has any: query, docid, rating."""
        return self.root / "ratings.csv"

    @property
    def judged(self) -> Path:
        """A complete judged set, if the shop has one: query_text, product_id, grade; other pairs are not relevant. Only the gate reads it,
        never training. A simulated shop writes its truth here."""
        return self.raw / "judged.parquet"

    @property
    def judgements(self) -> Path:
        """The log of relevance judgements."""
        return self.raw / "judgements.sqlite"

    @property
    def raw(self) -> Path:
        """Imported rows in sealed segments, and refused rows."""
        return self.root / "1-raw"

    @property
    def pictures(self) -> Path:
        """Pictures that products name by a path, if the shop has any."""
        return self.raw / "pictures"

    @property
    def clean(self) -> Path:
        """Clean data, the findings and the report of the checks."""
        return self.root / "2-clean"

    @property
    def clean_events(self) -> Path:
        """A folder of Parquet files: the events that passed the checks."""
        return self.clean / EVENTS_FOLDER

    @property
    def clean_products(self) -> Path:
        """The products that passed the checks."""
        return self.clean / "products.parquet"

    @property
    def quality_report(self) -> Path:
        """The result of the last check, for programs; ``report.html`` is for people."""
        return self.clean / "report.json"

    @property
    def features(self) -> Path:
        """Feature states for serving."""
        return self.root / "3-features"

    @property
    def replay_file(self) -> Path:
        """The feature state that servers must reload after rows were released from quarantine."""
        return self.features / "replay.json"

    @property
    def train(self) -> Path:
        """Runs of training, encoders and vectors."""
        return self.root / "4-train"

    @property
    def encoders(self) -> Path:
        """The encoders in use: the published ones, or those adapted to the shop's text."""
        file = self.encoders_in_use
        name = json.loads(file.read_text("utf-8"))["adapted"] if file.is_file() else None
        return self.published_encoders if name is None else self.adapted / name

    @property
    def published_encoders(self) -> Path:
        """Encoders as published, exported."""
        return self.train / "encoders"

    @property
    def adapted(self) -> Path:
        """Encoders adapted to the shop's text, a folder for each time."""
        return self.train / "adapted"

    @property
    def encoders_in_use(self) -> Path:
        """Names the adapted encoders that are in use; without this file they are the published ones."""
        return self.train / "encoders_in_use.json"

    @property
    def vectors(self) -> Path:
        """The cache of vectors."""
        return self.train / "vectors.sqlite"

    @property
    def llm(self) -> Path:
        """Answers of a generative model, and results from them."""
        return self.train / "llm"

    @property
    def extracted_attributes(self) -> Path:
        """Attributes that a generative model found in listings, a product a line."""
        return self.llm / "attributes.jsonl"

    @property
    def bundles(self) -> Path:
        """Sealed bundles of models; ``live.json`` names the live one."""
        return self.root / "5-bundles"

    @property
    def index(self) -> Path:
        """Index generations."""
        return self.root / "6-index"

    @property
    def typed_queries(self) -> Path:
        """Searches that enough visitors typed, to be suggested."""
        return self.index / "typed_queries.json"

    @property
    def related_queries(self) -> Path:
        """Related searches from the log, to be offered on a page."""
        return self.index / "related_queries.json"

    @property
    def tagger(self) -> Path:
        """The tagger of title parts, if one was trained."""
        return self.root / "tagger.npz"

    @property
    def served(self) -> Path:
        """Served pages."""
        return self.root / "7-served"

    @property
    def log(self) -> Path:
        """The log of live events."""
        return self.raw / "log.sqlite"

    @property
    def catalog(self) -> Path:
        """The catalogue of current products."""
        return self.clean / "catalog.sqlite"

    @property
    def served_log(self) -> Path:
        """The log of served pages with their features."""
        return self.served / "served.sqlite"

    @property
    def skew_file(self) -> Path:
        """The last measured training-serving skew."""
        return self.served / "skew.json"

    @property
    def watch_file(self) -> Path:
        """The last watch report of the live bundle."""
        return self.served / "watch.json"

    @property
    def policy_file(self) -> Path:
        """Customer service's policy: return windows, cancellation."""
        return self.root / "policy.yaml"

    @property
    def assist(self) -> Path:
        """Customer service: knowledge, orders, conversations."""
        return self.root / "8-assist"

    @property
    def knowledge_file(self) -> Path:
        """The knowledge base of customer service."""
        return self.assist / "knowledge.sqlite"

    @property
    def reviews_file(self) -> Path:
        """Reviews of products, as of the last release."""
        return self.assist / "reviews.sqlite"

    @property
    def conversations_file(self) -> Path:
        """Conversations with shoppers, and the queue of the desk."""
        return self.assist / "conversations.sqlite"

    @property
    def desk_file(self) -> Path:
        """Who is on duty at the desk of customer service."""
        return self.assist / "desk.sqlite"

    @property
    def judged_pairs_file(self) -> Path:
        """Replies that the desk sent, corrected or rejected."""
        return self.conversation_examples / "desk.sqlite"

    @property
    def orders_file(self) -> Path:
        """Orders, unless the shop's own system keeps them."""
        return self.assist / "orders.sqlite"

    @property
    def identification_file(self) -> Path:
        """Identification attempts of the last hour, as hashes."""
        return self.assist / "identification.sqlite"

    @property
    def conversation_truth(self) -> Path:
        """True intents of simulated conversations, if the shop has any. Only ``baihuo assist evaluate`` reads it, never
        training."""
        return self.assist / "truth.jsonl"

    @property
    def conversation_examples(self) -> Path:
        """Training data of service: labelled utterances, past questions with answers, and pairs corrected by the desk."""
        return self.assist / "examples"

    @property
    def ads(self) -> Path:
        """Ads: campaigns, and the ledger of what was paid for them."""
        return self.root / "9-ads"

    @property
    def ads_file(self) -> Path:
        """Campaigns, advertisers and bans, each with all its versions."""
        return self.ads / "campaigns.sqlite"

    @property
    def ads_ledger_file(self) -> Path:
        """The ledger of deposits, charges and credits."""
        return self.ads / "ledger.sqlite"

    @property
    def auctions_file(self) -> Path:
        """The log of auctions."""
        return self.ads / "auctions.sqlite"

    @property
    def ads_targets_file(self) -> Path:
        """What campaigns with a target spent and got by the last check."""
        return self.ads / "targets.json"

    @property
    def ads_key_file(self) -> Path:
        """The key that signs ads on pages."""
        return self.root / "ads.key"

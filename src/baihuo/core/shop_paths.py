"""Where a shop's things lie: its numbered folders, in the order of the line, and the files in them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

EVENTS_FOLDER = "events"
"""The folder of clean events, a file a range of days, named by its first day."""


@dataclass(frozen=True, slots=True)
class ShopPaths:
    """A shop's folder: where each stage of the line keeps its things. Nothing needs to be there."""

    root: Path

    @property
    def settings_file(self) -> Path:
        """What the shop's owner sets."""
        return self.root / "shop.yaml"

    @property
    def rules_file(self) -> Path:
        """The rules of the checks."""
        return self.root / "quality.yaml"

    @property
    def features_file(self) -> Path:
        """What the click models read beyond the default features."""
        return self.root / "features.yaml"

    @property
    def mask_key_file(self) -> Path:
        """The key of the shop's pseudonyms."""
        return self.root / "mask.key"

    @property
    def team_key_file(self) -> Path:
        """The key that the API asks the team for."""
        return self.root / "team.key"

    @property
    def ratings(self) -> Path:
        """Judged searches, where the shop has them: query, docid, rating."""
        return self.root / "ratings.csv"

    @property
    def judgements(self) -> Path:
        """Who judged what of searches."""
        return self.raw / "judgements.sqlite"

    @property
    def raw(self) -> Path:
        """What came in, in sealed segments, and what was refused."""
        return self.root / "1-raw"

    @property
    def pictures(self) -> Path:
        """Pictures that products name by a path, where the shop has them."""
        return self.raw / "pictures"

    @property
    def clean(self) -> Path:
        """What passed the checks, the findings and the report."""
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
        """The result of the last check, for programs; ``report.html`` beside it is for people."""
        return self.clean / "report.json"

    @property
    def features(self) -> Path:
        """The state that serving looks up."""
        return self.root / "3-features"

    @property
    def train(self) -> Path:
        """Runs of training, encoders and vectors."""
        return self.root / "4-train"

    @property
    def encoders(self) -> Path:
        """Exported encoders."""
        return self.train / "encoders"

    @property
    def vectors(self) -> Path:
        """The cache of vectors."""
        return self.train / "vectors.sqlite"

    @property
    def bundles(self) -> Path:
        """What was learned, sealed; ``live.json`` says which serves."""
        return self.root / "5-bundles"

    @property
    def index(self) -> Path:
        """Index generations."""
        return self.root / "6-index"

    @property
    def served(self) -> Path:
        """The pages served."""
        return self.root / "7-served"

    @property
    def log(self) -> Path:
        """Events as they come in."""
        return self.raw / "log.sqlite"

    @property
    def catalog(self) -> Path:
        """The products that serve."""
        return self.clean / "catalog.sqlite"

    @property
    def served_log(self) -> Path:
        """Every page served, with what it was ranked by."""
        return self.served / "served.sqlite"

    @property
    def skew_file(self) -> Path:
        """How far the served pages were from the SQL when they were last compared."""
        return self.served / "skew.json"

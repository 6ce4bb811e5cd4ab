"""Split by time, fit, calibrate, compare. What comes out are parts of a bundle."""

from baihuo.train.clicks import (
    ClickData,
    ClickTraining,
    TrainResult,
    click_data,
    learn,
    train_clicks,
    update,
)
from baihuo.train.compare import Comparison, Line, duel, probabilities
from baihuo.train.examples import Split, impressions, split_by_time
from baihuo.train.from_purchases import PurchasesTrained, train_purchases
from baihuo.train.judged import judge_search
from baihuo.train.nearness import Nearness, fit_nearness
from baihuo.train.purchases import PurchaseTraining, learn_purchases
from baihuo.train.relevance_audit import audit_relevance

__all__ = [
    "ClickData",
    "ClickTraining",
    "Comparison",
    "Line",
    "Nearness",
    "PurchaseTraining",
    "PurchasesTrained",
    "Split",
    "TrainResult",
    "audit_relevance",
    "click_data",
    "duel",
    "fit_nearness",
    "impressions",
    "judge_search",
    "learn",
    "learn_purchases",
    "probabilities",
    "split_by_time",
    "train_clicks",
    "train_purchases",
    "update",
]

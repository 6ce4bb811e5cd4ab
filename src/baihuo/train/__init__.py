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
from baihuo.train.purchases import PurchaseTraining, learn_purchases

__all__ = [
    "ClickData",
    "ClickTraining",
    "Comparison",
    "Line",
    "PurchaseTraining",
    "PurchasesTrained",
    "Split",
    "TrainResult",
    "click_data",
    "duel",
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

"""Split by time, fit, calibrate, compare. What comes out are parts of a bundle."""

from baihuo.train.clicks.compare import Comparison, SystemResult, duel, probabilities
from baihuo.train.clicks.data import ClickData, ClickTraining, click_data
from baihuo.train.clicks.examples import Split, impressions, split_by_time
from baihuo.train.clicks.learn import TrainResult, learn, train_clicks, update
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases
from baihuo.train.purchases.stage import PurchasesTrained, train_purchases
from baihuo.train.search.audit import audit_relevance
from baihuo.train.search.dense_threshold import DenseThreshold, fit_nearness
from baihuo.train.search.relevance_eval import judge_search

__all__ = [
    "ClickData",
    "ClickTraining",
    "Comparison",
    "DenseThreshold",
    "PurchaseTraining",
    "PurchasesTrained",
    "Split",
    "SystemResult",
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

"""Split by time, fit, calibrate, compare. What comes out are parts of a bundle."""

from baihuo.train.clicks.compare import Comparison, Line, duel, probabilities
from baihuo.train.clicks.data import ClickData, ClickTraining, click_data
from baihuo.train.clicks.examples import Split, impressions, split_by_time
from baihuo.train.clicks.learn import TrainResult, learn, train_clicks, update
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases
from baihuo.train.purchases.stage import PurchasesTrained, train_purchases
from baihuo.train.search.audit import audit_relevance
from baihuo.train.search.judged import judge_search
from baihuo.train.search.nearness import Nearness, fit_nearness

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

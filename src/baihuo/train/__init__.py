"""Training: split by time, fit, calibrate, compare with baselines. The results are parts of a bundle."""

from baihuo.train.clicks.compare import Comparison, SystemResult, compare_to_live, probabilities
from baihuo.train.clicks.data import ClickData, click_data
from baihuo.train.clicks.examples import Split, impressions, split_by_time
from baihuo.train.clicks.inputs import ClickSource, ClickTraining
from baihuo.train.clicks.trainer import ClickTrainer, TrainResult
from baihuo.train.purchases.learn import PurchaseTraining, learn_purchases
from baihuo.train.purchases.stage import PurchasesResult, train_purchases
from baihuo.train.search.audit import audit_relevance
from baihuo.train.search.dense_threshold import DenseThreshold, fit_dense_threshold
from baihuo.train.search.relevance_eval import evaluate_search

__all__ = [
    "ClickData",
    "ClickSource",
    "ClickTrainer",
    "ClickTraining",
    "Comparison",
    "DenseThreshold",
    "PurchaseTraining",
    "PurchasesResult",
    "Split",
    "SystemResult",
    "TrainResult",
    "audit_relevance",
    "click_data",
    "compare_to_live",
    "evaluate_search",
    "fit_dense_threshold",
    "impressions",
    "learn_purchases",
    "probabilities",
    "split_by_time",
    "train_purchases",
]

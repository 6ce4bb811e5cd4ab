"""Metrics of rankings, probabilities, labels and raters, with confidence intervals. Numpy only."""

from baihuo.evaluate.agreement import (
    Consensus,
    dawid_skene,
    krippendorff_alpha,
    weighted_kappa,
)
from baihuo.evaluate.binary import auc, log_loss, log_loss_by_row
from baihuo.evaluate.bootstrap import Interval, bootstrap_mean, paired_bootstrap
from baihuo.evaluate.calibration import Reliability, calibration_error, reliability
from baihuo.evaluate.label_audit import LabelAudit, audit_labels, audit_outcomes
from baihuo.evaluate.labelling import grade_beliefs, judgement_value, metric_by_query
from baihuo.evaluate.off_policy import (
    Estimate,
    doubly_robust,
    inverse_propensity,
    on_policy,
    self_normalised,
)
from baihuo.evaluate.policy_value import (
    LoggedRewards,
    PolicyValue,
    RewardModel,
    log_values,
    logged_value,
    policy_values,
)
from baihuo.evaluate.ranking import (
    ndcg_by_group,
    ndcg_by_query,
    recall_by_query,
)
from baihuo.evaluate.raters import Agreement, agreement

__all__ = [
    "Agreement",
    "Consensus",
    "Estimate",
    "Interval",
    "LabelAudit",
    "LoggedRewards",
    "PolicyValue",
    "Reliability",
    "RewardModel",
    "agreement",
    "auc",
    "audit_labels",
    "audit_outcomes",
    "bootstrap_mean",
    "calibration_error",
    "dawid_skene",
    "doubly_robust",
    "grade_beliefs",
    "inverse_propensity",
    "judgement_value",
    "krippendorff_alpha",
    "log_loss",
    "log_loss_by_row",
    "log_values",
    "logged_value",
    "metric_by_query",
    "ndcg_by_group",
    "ndcg_by_query",
    "on_policy",
    "paired_bootstrap",
    "policy_values",
    "recall_by_query",
    "reliability",
    "self_normalised",
    "weighted_kappa",
]

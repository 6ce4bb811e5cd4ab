from .binary import (
    Reliability as Reliability,
    accuracy as accuracy,
    auc as auc,
    auc_by_group as auc_by_group,
    calibration_error as calibration_error,
    error_by_chance as error_by_chance,
    grouped_auc as grouped_auc,
    log_loss as log_loss,
    log_loss_by_row as log_loss_by_row,
    normalised_entropy as normalised_entropy,
    reliability as reliability,
)
from .bootstrap import (
    ClusteredMean as ClusteredMean,
    Interval as Interval,
    bootstrap_mean as bootstrap_mean,
    bootstrap_ratio as bootstrap_ratio,
    clustered_mean as clustered_mean,
    interval as interval,
    measure_probabilities as measure_probabilities,
    pages_needed as pages_needed,
    paired_bootstrap as paired_bootstrap,
    resampled_sums as resampled_sums,
    sequence_multiplier as sequence_multiplier,
)
from .charts import (
    Axes as Axes,
    DrawnSection as DrawnSection,
    Mark as Mark,
    Point as Point,
    curve_chart as curve_chart,
    drawn_page as drawn_page,
    interval_chart as interval_chart,
)
from .concentration import (
    concentration as concentration,
)
from .examination import (
    DrawnImpressions as DrawnImpressions,
    Examination as Examination,
    examination_by_surface as examination_by_surface,
    examined as examined,
)
from .label_audit import (
    LabelAudit as LabelAudit,
    audit_labels as audit_labels,
    audit_outcomes as audit_outcomes,
)
from .labelling import (
    grade_beliefs as grade_beliefs,
    judgement_value as judgement_value,
    metric_by_query as metric_by_query,
)
from .off_policy import (
    Estimate as Estimate,
    clipped as clipped,
    doubly_robust as doubly_robust,
    inverse_propensity as inverse_propensity,
    on_policy as on_policy,
    self_normalised as self_normalised,
)
from .page import (
    EvaluatedBundle as EvaluatedBundle,
    evaluation_page as evaluation_page,
)
from .policy_value import (
    LoggedRewards as LoggedRewards,
    PolicyValue as PolicyValue,
    RewardModel as RewardModel,
    log_values as log_values,
    logged_value as logged_value,
    policy_values as policy_values,
)
from .ranking import (
    coverage as coverage,
    diversity_by_list as diversity_by_list,
    gini as gini,
    list_measures as list_measures,
    ndcg_by_group as ndcg_by_group,
    ndcg_by_query as ndcg_by_query,
    novelty_by_list as novelty_by_list,
    recall_by_group as recall_by_group,
    recall_by_query as recall_by_query,
    reciprocal_rank_by_group as reciprocal_rank_by_group,
)
from .rater_agreement import (
    Agreement as Agreement,
    Consensus as Consensus,
    MISSING as MISSING,
    agreement as agreement,
    dawid_skene as dawid_skene,
    krippendorff_alpha as krippendorff_alpha,
    prior_rater as prior_rater,
    weighted_kappa as weighted_kappa,
)
from .report_words import (
    is_in_order as is_in_order,
    slice_name as slice_name,
    why_no_examination as why_no_examination,
    worst_slices as worst_slices,
)
from .score_interval import (
    WeightPrior as WeightPrior,
    difference_interval as difference_interval,
    score_interval as score_interval,
    weight_prior as weight_prior,
)

"""Click models of another shop, as where training starts: only where every input of theirs is made here in the same way.

The inputs say nothing of one shop alone: evidence of words, counts and rates of what a product and a visitor did, taste, price beside the
page's others, place.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from baihuo.bundle import Bundle, ClickModels, stored_files
from baihuo.core import BadInput, Unsupported
from baihuo.features import FeatureSet
from baihuo.index import Generation
from baihuo.model_inputs import missing_columns
from baihuo.models import Files
from baihuo.train.clicks.continued import with_columns
from baihuo.train.clicks.data import ClickData
from baihuo.train.clicks.fit import ExampleRows, FittedClicks, steady_order
from baihuo.train.clicks.position_ways import PositionWay

TEST_SHARE_OF_A_START = 0.7
"""Of own pages, where the other shop's models are not trained on: nothing else needs them."""
_MOST_NAMED = 5
_FROM_NOTHING = "or train from nothing: leave out --start-from"


@dataclass(frozen=True, slots=True, eq=False)
class ClickStart:
    """Click models of another shop whose inputs this shop makes, too."""

    bundle_id: str
    models: ClickModels
    files: Mapping[str, Files] = field(repr=False)  # by model, to continue from
    features: FeatureSet  # of this shop

    def why_not(self, learned: PositionWay) -> str | None:
        """Why they cannot be continued with such rows; None: they can."""
        if self.models.position == learned.way:
            return None
        return f"they learned position by {self.models.position!r}, and this shop does by {learned.way!r}"


def click_start(bundle: Bundle, features: FeatureSet, generation: Generation) -> ClickStart:
    """The click models of a bundle of another shop.

    Args:
        features: Those that this shop declares.
        generation: The index of this shop.

    Raises:
        Unsupported: there are none, or one of their inputs is not made here or means something else; it is named.
    """
    try:
        models = ClickModels.open(bundle)
    except BadInput as error:
        raise Unsupported(error.what, fix=f"{error.fix}, {_FROM_NOTHING}") from error
    if models is None:
        raise Unsupported(
            f"bundle {bundle.bundle_id} has no click models",
            fix=f"train that shop again with impressions and clicks, {_FROM_NOTHING}",
        )
    _refuse_other_inputs(bundle, models, features)
    _refuse_other_encoders(bundle, generation)
    return ClickStart(bundle.bundle_id, models, stored_files(bundle, "clicks"), features)


def _refuse_other_inputs(bundle: Bundle, models: ClickModels, features: FeatureSet) -> None:
    if missing := missing_columns(models.columns, features):
        raise Unsupported(
            f"they read inputs that this shop does not make: {_named(missing)}",
            fix=f"declare them in features.yaml as that shop does, {_FROM_NOTHING}",
        )
    theirs, ours = (
        _measures(one) for one in (FeatureSet.from_json(bundle.text("features.json")), features)
    )
    names = theirs.keys() & set(models.columns)
    if other := [name for name in models.columns if name in names and theirs[name] != ours[name]]:
        raise Unsupported(
            f"they read inputs that this shop declares in another way: {_named(other)}",
            fix=f"declare them in features.yaml as that shop does, {_FROM_NOTHING}",
        )


def _measures(features: FeatureSet) -> dict[str, Any]:
    """By name, everything that decides a feature's values."""
    found: dict[str, Any] = {one.name: one.measure for one in features.lookbacks}
    for one in features.derived:
        found[one.name] = (one.function, one.constants, tuple(found[name] for name in one.from_))
    return found


def _refuse_other_encoders(bundle: Bundle, generation: Generation) -> None:
    """Cosines of two encoders have other scales."""
    if "encoders/encoders.json" not in bundle:
        return
    theirs = {name: one["hash"] for name, one in bundle.json("encoders/encoders.json").items()}
    ours = {encoder.name: encoder.hash for encoder in generation.encoders}
    if theirs != ours:
        raise Unsupported(
            f"that shop has other encoders: {json.dumps(theirs)}, here {json.dumps(ours)}",
            fix=f"give the two shops the same encoders, {_FROM_NOTHING}",
        )


def _named(columns: Iterable[str]) -> str:
    names = sorted(columns)
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return ", ".join(names[:_MOST_NAMED]) + more


def only_inputs_of(data: ClickData, start: ClickStart) -> ClickData:
    """The same rows with what the other shop's models read."""
    return with_columns(data, start.models.columns)


def started_or_from_nothing(
    start: ClickStart,
    data: ClickData,
    learned: PositionWay,
    from_nothing: FittedClicks,
    *,
    fit: Callable[[ClickData, Mapping[str, Files]], FittedClicks],
) -> tuple[ClickData, FittedClicks, dict[str, Any]]:
    """The other shop's models continued on own pages, or those that own pages alone made: by log-loss of P(click) on the validation,
    which of all measures of so few pages is the least ruled by chance.

    Args:
        learned: How rows teach position.
        from_nothing: Fitted on the same rows.
        fit: Fits on rows, continuing from files.

    Returns:
        The rows that the chosen models read, these models, and the report.
    """
    if why_not := start.why_not(learned):
        return data, from_nothing, start_report(start, why_not=why_not)
    rows = only_inputs_of(data, start)
    continued = fit(rows, start.files)
    losses = {
        "continued": continued.validation_log_loss,
        "from_nothing": from_nothing.validation_log_loss,
    }
    if losses["continued"] < losses["from_nothing"]:
        validation = rows.rows.take(rows.part("validation"))
        continued = orders_of_start(start, continued, validation)
        return rows, continued, start_report(start, way="continued", losses=losses)
    why_not = "models of own pages alone predict newer clicks better"
    return data, from_nothing, start_report(start, why_not=why_not, losses=losses)


def orders_of_start(
    start: ClickStart, fitted: FittedClicks, validation: ExampleRows
) -> FittedClicks:
    """The same models, where what ordered a surface in the other shop stays unless the validation surely knows better.

    On a hundred pages the best of several orders is the best by chance, and the other shop chose on more. A surface of which the validation
    has no outcome is ordered as there.
    """
    theirs = dict(start.models.order_by)
    order_by = theirs | steady_order(fitted.models, theirs, validation)
    return replace(fitted, models=replace(fitted.models, order_by=order_by))


def start_report(start: ClickStart, **found: Any) -> dict[str, Any]:
    """``way``: ``continued``, ``as they are`` or None; ``why`` or ``why_not``; ``losses`` of the validation, where both were fitted."""
    return {"bundle_id": start.bundle_id, "models": sorted(start.files), "way": None, **found}

"""What a user would take instead: LightGBM, and logistic regression over hashed values. Both see what ours sees.

The last tenth of the training rows stops the trees and chooses the settings, as it stops ours.
"""

from __future__ import annotations

import warnings
import zlib
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy import sparse

from baihuo.evaluate import log_loss
from suites.ctr.reading import Parts

_HELD_BACK = 0.1
_CHOSEN_ON = 50_000  # training rows that settings are chosen with
_HASHES = 1 << 20
_BINS = 32  # of a number, for the regression
_PENALTIES = (0.01, 0.03, 0.1, 0.3, 1.0)  # C: larger is weaker
_TREES = {"learning_rate": 0.05, "n_estimators": 3000, "verbosity": -1, "n_jobs": 1}
_SHAPES = tuple(
    {"num_leaves": leaves, "cat_smooth": smooth, "min_child_samples": 20, "feature_fraction": 0.7}
    for leaves in (15, 63)
    for smooth in (10, 100)
)


def lightgbm_probabilities(parts: Parts, *, seed: int) -> tuple[NDArray[Any], dict[str, Any]]:
    """Of the test rows: categories as LightGBM's own, four shapes tried, trees by early stopping."""
    import lightgbm

    warnings.simplefilter(
        "ignore", FutureWarning
    )  # newer versions rename eval_set, older ones know no other
    train, test = (pq.read_table(p) for p in (parts.train, parts.test))
    labels = train["label"].to_numpy()
    columns = []
    for name in parts.numeric:
        columns.append((train[name].to_numpy(), test[name].to_numpy()))
    for name in parts.categorical:
        columns.append(_codes(train[name], test[name]))
    x, given = (np.column_stack([c[i] for c in columns]).astype(np.float32) for i in (0, 1))
    del train, test, columns
    fields = list(range(len(parts.numeric), x.shape[1]))
    cut = len(x) - max(1, round(len(x) * _HELD_BACK))

    def fitted(shape: dict[str, Any], first: int) -> Any:
        trees = lightgbm.LGBMClassifier(
            **_TREES, **shape, random_state=seed, subsample=0.8, subsample_freq=1
        )
        trees.fit(
            x[first:cut],
            labels[first:cut],
            categorical_feature=fields,
            eval_set=[(x[cut:], labels[cut:])],
            eval_metric="binary_logloss",
            callbacks=[lightgbm.early_stopping(50, verbose=False)],
        )
        return trees

    first = max(0, cut - _CHOSEN_ON)
    tried = [(fitted(shape, first), shape) for shape in _SHAPES]
    best, shape = min(tried, key=lambda t: t[0].best_score_["valid_0"]["binary_logloss"])
    trees = fitted(shape, 0) if first else best
    found = trees.predict_proba(given)[:, 1]
    return np.asarray(found), {**shape, "trees": int(trees.best_iteration_)}


def logistic_probabilities(parts: Parts, *, seed: int) -> tuple[NDArray[Any], dict[str, Any]]:
    """Of the test rows: values and bins of numbers hashed to one-hot columns; the penalty chosen on newer rows."""
    from sklearn.linear_model import LogisticRegression

    train, test = (pq.read_table(p) for p in (parts.train, parts.test))
    labels = train["label"].to_numpy()
    x, given = _hashed(train, test, parts)
    del train, test
    # a column that no training row has keeps the weight 0: it is left out
    used = np.unique(x.indices)
    x, given = x[:, used], given[:, used]
    cut = x.shape[0] - max(1, round(x.shape[0] * _HELD_BACK))
    first, tried = max(0, cut - _CHOSEN_ON), []
    regression = LogisticRegression(max_iter=200, random_state=seed, warm_start=True)
    for penalty in _PENALTIES:
        regression.set_params(C=penalty).fit(x[first:cut], labels[first:cut])
        found = regression.predict_proba(x[cut:])[:, 1]
        tried.append((log_loss(found, labels[cut:]), penalty))
    _, penalty = min(tried)
    regression.set_params(C=penalty).fit(x[:cut], labels[:cut])
    return np.asarray(regression.predict_proba(given)[:, 1]), {"C": penalty}


def _codes(train: Any, test: Any) -> tuple[NDArray[Any], NDArray[Any]]:
    """Numbers of values; missing and unseen ones NaN."""
    coded = train.combine_chunks().dictionary_encode()
    values = coded.dictionary
    found = pc.index_in(test.combine_chunks(), value_set=values)
    return tuple(
        pc.cast(a, pa.float64()).to_numpy(zero_copy_only=False) for a in (coded.indices, found)
    )


def _hashed(train: Any, test: Any, parts: Parts) -> tuple[Any, Any]:
    places: tuple[list[Any], list[Any]] = ([], [])
    for name in parts.numeric:
        known = train[name].to_numpy()
        edges = np.unique(np.nanquantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
        for rows, table in zip(places, (train, test), strict=True):
            values = table[name].to_numpy()
            bins = np.where(np.isnan(values), -1, np.searchsorted(edges, values))
            rows.append(_places(name, [str(b) for b in range(-1, len(edges) + 1)], bins + 1))
    for name in parts.categorical:
        for rows, table in zip(places, (train, test), strict=True):
            coded = table[name].combine_chunks().dictionary_encode(null_encoding="encode")
            words = [str(v) for v in coded.dictionary.to_pylist()]
            rows.append(_places(name, words, coded.indices.to_numpy()))
    return tuple(_one_hot(rows) for rows in places)


def _places(name: str, words: list[str], at: NDArray[Any]) -> NDArray[np.int32]:
    hashed = [zlib.crc32(f"{name}={w}".encode()) % _HASHES for w in words]
    return np.asarray(np.array(hashed, dtype=np.int32)[at])


def _one_hot(columns: list[Any]) -> Any:
    n, width = len(columns[0]), len(columns)
    indices = np.column_stack(columns).ravel()
    starts = np.arange(0, n * width + 1, width)
    ones = np.ones(n * width, dtype=np.float64)
    return sparse.csr_matrix((ones, indices, starts), shape=(n, _HASHES))

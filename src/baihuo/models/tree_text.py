"""Check LightGBM's model text before LightGBM reads it: damaged text makes it read out of bounds and crash."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np

from baihuo.core import BrokenFile

_HEADER = ("tree", "version=v4")
_END = b"end of trees\n"
_FIXED = {"num_class": "1", "num_tree_per_iteration": "1", "label_index": "0"}
_OF_COLUMNS = ("feature_names", "monotone_constraints", "feature_infos")
_OF_SPLITS = tuple(
    "split_feature split_gain threshold decision_type left_child right_child "
    "internal_value internal_weight internal_count".split()
)
_OF_LEAVES = ("leaf_value", "leaf_weight", "leaf_count")
_OF_TREES = ("num_leaves", "num_cat", "is_linear", "shrinkage")
_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?(?:e[-+]?[0-9]+)?|inf|nan)\Z")
_WHOLE = re.compile(r"-?[0-9]{1,9}\Z")
_DECISIONS = {0, 2, 4, 6, 8, 10}  # a threshold; missing values go left or right, by kind


def sound_trees(text: str, *, name: str) -> str:
    """Return the part of a model's text needed for predictions, from its first line to the last tree, if every tree is valid.

    Args:
        text: what ``Booster.model_to_string`` returned for a model of one score without categories.
        name: of the file, for errors.

    Raises:
        BrokenFile: a line is missing or no number, an array is too short or long, a tree is not where the header says, a split reads a
            column that is not there, or the children of splits make no tree.
    """
    content = text.encode()
    try:
        head, found, _ = content.partition(b"\n\n")
        header = _lines(head.decode(), first=_HEADER)
        n_columns, sizes = _header(header)
        at = len(head) + len(found)
        for number, size in enumerate(sizes):
            block = content[at : at + size].decode()
            if len(block.encode()) != size:
                raise ValueError(f"it ends in tree {number} of {len(sizes)}")
            try:
                _require_tree(_lines(block.rstrip("\n"), first=(f"Tree={number}",)), n_columns)
            except (ValueError, KeyError) as error:
                raise ValueError(f"tree {number}: {_reason(error)}") from error
            at += size
        if not content.startswith(_END, at):
            raise ValueError("the trees do not end where the header says")
        return content[: at + len(_END)].decode()
    except (ValueError, KeyError) as error:
        raise BrokenFile(
            f"{name} is no model of trees that LightGBM wrote: {_reason(error)}",
            fix="restore it from a copy, or train again: baihuo train",
        ) from error


def _reason(error: Exception) -> str:
    return f"no line {error}" if isinstance(error, KeyError) else str(error)


def _lines(block: str, *, first: tuple[str, ...]) -> Mapping[str, str]:
    """Parse ``name=value`` lines by name, after the required ``first`` ones."""
    lines = block.split("\n")
    if tuple(lines[: len(first)]) != first:
        raise ValueError(f"want {first[-1]!r}, it has {chr(10).join(lines[: len(first)])[:40]!r}")
    pairs = [line.partition("=") for line in lines[len(first) :]]
    named = {name: value for name, _, value in pairs}
    if len(named) != len(pairs) or any(not equal for _, equal, _ in pairs):
        raise ValueError("a line without a name, or twice")
    return named


def _header(lines: Mapping[str, str]) -> tuple[int, list[int]]:
    """How many columns there are, and the bytes of each tree."""
    for key, wanted in _FIXED.items():
        if lines[key] != wanted:
            raise ValueError(f"{key} is {lines[key][:20]!r}, want {wanted}")
    n_columns = _whole("max_feature_idx", lines["max_feature_idx"]) + 1
    for key in _OF_COLUMNS:
        if key == "monotone_constraints" and key not in lines:
            continue
        if len(lines[key].split(" ")) != n_columns:
            raise ValueError(f"{key} does not name {n_columns} columns")
    if n_columns < 1 or not lines["objective"]:
        raise ValueError("no column or no objective")
    sizes = [_whole("tree_sizes", size) for size in lines["tree_sizes"].split()]
    return n_columns, sizes


def _require_tree(lines: Mapping[str, str], n_columns: int) -> None:
    n_leaves = _whole("num_leaves", lines["num_leaves"])
    if n_leaves < 1 or lines["num_cat"] != "0" or lines["is_linear"] != "0":
        raise ValueError("no leaf, or a tree with categories or linear leaves")
    _numbers("shrinkage", lines, 1)
    for key in _OF_LEAVES:
        may_lack = n_leaves == 1 and key != "leaf_value"
        _numbers(key, lines, None if may_lack else n_leaves)
    for key in _OF_SPLITS:
        _numbers(key, lines, n_leaves - 1)
    if unknown := lines.keys() - {*_OF_TREES, *_OF_LEAVES, *_OF_SPLITS}:
        raise ValueError(f"an unknown line {min(unknown)[:20]!r}")
    columns = [_whole("split_feature", v) for v in lines["split_feature"].split()]
    if columns and not 0 <= min(columns) <= max(columns) < n_columns:
        raise ValueError(f"split_feature names a column that is none of {n_columns}")
    if any(_whole("decision_type", v) not in _DECISIONS for v in lines["decision_type"].split()):
        raise ValueError("decision_type is none of a threshold")
    if n_leaves > 1:
        _require_children(lines, n_leaves)


def _require_children(lines: Mapping[str, str], n_leaves: int) -> None:
    """Every split but the first, and every leaf, is the child of one earlier split."""
    seen = np.zeros(2 * n_leaves - 1, np.intp)  # splits, then leaves
    for key in ("left_child", "right_child"):
        for parent, child in enumerate(_whole(key, v) for v in lines[key].split()):
            is_leaf = child < 0
            if not (~child < n_leaves if is_leaf else parent < child < n_leaves - 1):
                raise ValueError(f"{key} of split {parent} is {child}")
            seen[n_leaves - 1 + ~child if is_leaf else child] += 1
    if seen[0] or (seen[1:] != 1).any():
        raise ValueError("the children of its splits make no tree")


def _numbers(key: str, lines: Mapping[str, str], n: int | None) -> None:
    """Raise unless a line has ``n`` numbers; None: any number."""
    values = lines[key].split(" ") if lines[key] else []
    if n is not None and len(values) != n:
        raise ValueError(f"{key} has {len(values)} numbers, want {n}")
    if odd := next((value for value in values if not _NUMBER.match(value)), None):
        raise ValueError(f"{key} has {odd[:20]!r}, which is not a number")


def _whole(key: str, value: str) -> int:
    if not _WHOLE.match(value):
        raise ValueError(f"{key} has {value[:20]!r}, which is not a whole number")
    return int(value)

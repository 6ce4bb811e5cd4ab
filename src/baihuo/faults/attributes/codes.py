"""Product codes that were mistyped or copied."""

from __future__ import annotations

from baihuo.faults.dataset import Dataset
from baihuo.faults.fault import Fault


def _break_code(dataset: Dataset, n: int) -> None:
    """A digit mistyped, two neighbours swapped, or zeros typed to get past the form."""
    for row in dataset.pick(
        "products", n, lambda r: dataset.is_clean(r) and bool(r.get("codes")) and all(r["codes"])
    ):
        codes = list(row["codes"])
        at = dataset.rng.randrange(len(codes))
        digits, how = list(codes[at]), dataset.rng.random()
        if len(digits) not in (8, 12, 13, 14) or not codes[at].isdigit():
            continue
        if how < 0.15:
            digits = ["0"] * len(digits)
        elif how < 0.6:
            i = dataset.rng.randrange(len(digits))
            digits[i] = dataset.rng.choice([d for d in "0123456789" if d != digits[i]])
        else:  # 1 and 6 swapped keep the sum right: nobody could see it
            places = [
                i for i in range(len(digits) - 1) if (int(digits[i]) - int(digits[i + 1])) % 5
            ]
            if not places:
                continue
            i = dataset.rng.choice(places)
            digits[i], digits[i + 1] = digits[i + 1], digits[i]
        codes[at] = "".join(digits)
        row["codes"] = codes
        dataset.label("products", row, "bad_code", cells=("codes",))


def _share_code(dataset: Dataset, n: int) -> None:
    """A listing made from a copy keeps the code of the first, with other zeros in front at times."""
    rows = dataset.pick(
        "products",
        2 * n,
        lambda r: dataset.is_clean(r) and bool(r.get("codes")) and all(r["codes"]),
    )
    for row, other in zip(rows[::2], rows[1::2], strict=False):
        code = other["codes"][0]
        row["codes"] = [code if dataset.rng.random() < 0.7 else code.rjust(14, "0")]
        dataset.label("products", row, "shared_code", also=("near_duplicate",))
        dataset.label("products", other, "shared_code", also=("near_duplicate",))


FAULTS: tuple[Fault, ...] = (
    Fault(
        "a code mistyped",
        ("bad_code",),
        True,
        _break_code,
        needs="products with a code of 8, 12, 13 or 14 digits",
    ),
    Fault("a code copied", ("shared_code",), True, _share_code, needs="products with codes"),
)

"""Pictures that are broken, or shared by products that look nothing alike.

Files under the pictures folder are opened, each once however many products show it. Addresses on the
web are compared as text and never fetched.
"""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from baihuo.engine import Source
from baihuo.engine.sql_files import sql_file
from baihuo.quality.checks.pictures.groups import groups
from baihuo.quality.checks.pictures.picture_file import PictureInfo, can_decode, look
from baihuo.quality.checks.pictures.settings import PicturesRules
from baihuo.quality.engine.findings import FindingsStore, n_rows
from baihuo.quality.spec import Check, CheckContext, CheckResult, Step

CHECKS = (
    Check(
        name="broken_picture",
        step="pictures",
        on="products",
        action="note",
        field="images",
        why="a picture of it is missing, empty, cut short, no picture, or absurdly small or large",
        fix="upload the picture again, or take its path off the product",
    ),
    Check(
        name="shared_picture",
        step="pictures",
        on="products",
        action="note",
        field="images",
        why="products of other categories show the same picture: a placeholder, or the brand's logo",
        fix="upload the product's own picture; without one a shop shows none rather than a wrong one",
    ),
)
_REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_LOOKED = pa.schema(
    [
        pa.field("image", pa.string()),
        pa.field("problem", pa.string()),
        pa.field("picture", pa.string()),  # equal for equal pictures
    ]
)


def find(ledger: FindingsStore, settings: PicturesRules, given: CheckContext) -> CheckResult:
    """Pictures opened where there is a folder; shared ones told by path, bytes and look."""
    tables, work, of = ledger.tables, ledger.work, settings
    shown, names = work / "pictures_shown.parquet", work / "pictures_named.parquet"
    shelf, inputs = _shelves(ledger)
    tables.sql(
        f"SELECT * FROM (SELECT import_id, line, product_id, brand, {shelf} AS category, unnest(images) AS image "
        f"FROM {ledger.rows('product_id', 'brand', 'category', 'images')} AS r) WHERE trim(image) <> ''",
        out=shown,
        **inputs,
    )
    tables.sql("SELECT DISTINCT image FROM shown ORDER BY image", out=names, shown=shown)
    if n_rows(names) == 0:
        return CheckResult()
    images = pq.read_table(names)["image"].to_pylist()
    looked, not_checked = _looked(images, of, given.pictures)
    selects = [_BROKEN(), _SHARED(**settings.sql())]
    inputs = {"shown": shown, "looked": looked}
    n_opened = 0 if given.pictures is None else sum(not _REMOTE.match(i) for i in images)
    said = (f"pictures: {n_opened:,} opened",) if n_opened else ()
    return CheckResult(selects=selects, inputs=inputs, not_checked=not_checked, looked_at=said)


def _shelves(ledger: FindingsStore) -> tuple[str, dict[str, Source]]:
    """SQL of a product's category, and what it reads: where the step ``categories`` named another
    shelf, that one, so that one picture of a few misplaced products is no placeholder."""
    if not ledger.parts:
        return "category", ledger.inputs()
    moved = ledger.tables.sql(
        "SELECT import_id, line, detail ->> '$.new' AS shelf FROM parts WHERE rule = 'wrong_category'",
        out=None,
        parts=ledger.parts,
    )
    told = "(SELECT max(shelf) FROM moved AS m WHERE m.import_id = r.import_id AND m.line = r.line)"
    return f"coalesce({told}, category)", {**ledger.inputs(), "moved": moved}


STEP = Step(name="pictures", settings=PicturesRules, checks=CHECKS, detectors=(find,))

_BROKEN = sql_file(__file__, "broken_pictures")

# Most products that show a picture may be the ones it was taken for, and a few others borrow it: then
# only those others are told. One product in a strange place is on the wrong shelf, not a borrower.
_SHARED = sql_file(__file__, "shared_pictures")


def _looked(
    images: list[str], settings: PicturesRules, folder: Path | None
) -> tuple[pa.Table, tuple[str, ...]]:
    """Every distinct picture with its problem, and a name that equal pictures share."""
    local = [i for i in images if not _REMOTE.match(i)]
    not_checked = []
    if local and folder is None:
        not_checked.append("broken_picture: no folder of pictures was given")
    if n := len(images) - len(local):
        not_checked.append(f"broken_picture: {n:,} pictures are addresses on the web, not fetched")
    if local and folder is not None and not can_decode():
        why = "Pillow is not installed, so pictures were not decoded (pip install pillow)"
        not_checked.append(f"broken_picture: {why}")
    looks = {image: _look(image, settings, folder) for image in local if folder is not None}
    same = _same({i: x for i, x in looks.items() if x.problem is None}, settings.near_bits)
    problems = [looks[i].problem if i in looks else None for i in images]
    pictures = [None if p else same.get(i, i) for i, p in zip(images, problems, strict=True)]
    table = pa.table({"image": images, "problem": problems, "picture": pictures}, schema=_LOOKED)
    return table, tuple(not_checked)


def _look(image: str, settings: PicturesRules, folder: Path) -> PictureInfo:
    name = image.split("?")[0]
    if name.startswith(f"{folder.name}/") and not (folder / folder.name).is_dir():
        name = name.removeprefix(f"{folder.name}/")  # "pictures/a.png" and "a.png" are one file
    try:
        path = (folder / name).resolve()
        is_inside = path.is_relative_to(folder.resolve())
    except (OSError, ValueError, RuntimeError):
        return PictureInfo(problem="its path is no path")
    if not is_inside:
        return PictureInfo(problem="its path leads out of the folder of pictures")
    return look(
        path,
        max_mb=settings.max_mb,
        max_megapixels=settings.max_megapixels,
        min_side=settings.min_side,
    )


def _same(looks: dict[str, PictureInfo], near_bits: int) -> dict[str, str]:
    """For each picture the name of the first that shows the same: equal bytes, or nearly equal hashes."""
    by_bytes: dict[str, str] = {}
    same = {image: by_bytes.setdefault(x.sha256 or image, image) for image, x in looks.items()}
    hashed = [(i, h) for i in by_bytes.values() if (h := looks[i].hashes) is not None]
    if not hashed:
        return same
    pairs = np.array([h for _, h in hashed], np.uint64)
    first = groups(pairs, near_bits)
    alike = {i: hashed[g][0] for (i, _), g in zip(hashed, first.tolist(), strict=True)}
    return {image: alike.get(name, name) for image, name in same.items()}

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

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.pictures.groups import group_near
from baihuo.quality.checks.pictures.picture_file import PictureInfo, can_decode, inspect_picture
from baihuo.quality.checks.pictures.settings import PicturesRules
from baihuo.quality.findings import FindingsStore, n_rows
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
        why="products of other categories or brands show the same picture: a placeholder, a logo, or the other's picture",
        fix="upload the product's own picture; without one a shop shows none rather than a wrong one",
        version="2",
    ),
)
_REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_INSPECTED = pa.schema(
    [
        pa.field("image", pa.string()),
        pa.field("problem", pa.string()),
        pa.field("picture", pa.string()),  # equal for equal pictures
        pa.field("same_bytes", pa.string()),  # equal for equal files
    ]
)
_MAX_PAIR_SHARE = (
    0.05  # of pictures; where more pairs share one, the shop takes one picture of a set
)
_BROKEN_PICTURES = sql_file(__file__, "broken_pictures")
_SHARED_PICTURES = sql_file(__file__, "shared_pictures").bind(max_pair_share=_MAX_PAIR_SHARE)
_NO_PICTURES = sql_file(__file__, "no_pictures").bind(
    pattern=r"(?i)^(?:[a-z]:[\\/]|\\\\|file:|/(?:users|home|mnt|var|tmp|volumes)/|(?:blob|data|content|cid|about|javascript|mailto):|(?:https?://)?(?:localhost|(?:127|10)(?:\.[0-9]{1,3}){3}|192\.168(?:\.[0-9]{1,3}){2})[:/]|(?:null|undefined|none|n/?a|nan|true|false|#|-|\?|无|tbd|todo|image|picture)$)",
    max_share=0.1,
)


def find(findings: FindingsStore, settings: PicturesRules, context: CheckContext) -> CheckResult:
    """Pictures opened where there is a folder; shared ones recognised by path, bytes and hashes."""
    tables, work = findings.tables, findings.work
    product_images, distinct = work / "product_images.parquet", work / "images.parquet"
    category, inputs = _corrected_category(findings)
    rows = findings.rows("product_id", "brand", "category", "images")
    tables.sql(
        f"SELECT * FROM (SELECT import_id, line, product_id, brand, {category} AS category, "
        f"unnest(images) AS image FROM {rows} AS r) WHERE trim(image) <> ''",
        out=product_images,
        **inputs,
    )
    tables.sql(
        "SELECT DISTINCT image FROM product_images ORDER BY image",
        out=distinct,
        product_images=product_images,
    )
    if n_rows(distinct) == 0:
        return CheckResult()
    images = pq.read_table(distinct)["image"].to_pylist()
    inspected, not_checked = _inspect(images, settings, context.pictures)
    selects = [
        _BROKEN_PICTURES(),
        _NO_PICTURES(),
        _SHARED_PICTURES(**settings.sql()),
    ]
    own = {"corrections": inputs["corrections"]} if "corrections" in inputs else {}
    inputs = {**own, "product_images": product_images, "inspected": inspected}
    n_opened = 0 if context.pictures is None else sum(not _REMOTE.match(i) for i in images)
    looked_at = (f"pictures: {n_opened:,} opened",) if n_opened else ()
    return CheckResult(selects=selects, inputs=inputs, not_checked=not_checked, looked_at=looked_at)


def _corrected_category(findings: FindingsStore) -> tuple[str, dict[str, Source]]:
    """SQL of a product's category, and what it reads: where the step ``categories`` named another one, that
    one, so that one picture of a few misplaced products is no placeholder."""
    if not findings.parts:
        return "category", findings.inputs()
    corrections = findings.tables.sql(
        "SELECT import_id, line, detail ->> '$.new' AS category FROM parts WHERE rule = 'wrong_category'",
        out=None,
        parts=findings.parts,
    )
    corrected = "(SELECT max(c.category) FROM corrections AS c WHERE c.import_id = r.import_id AND c.line = r.line)"
    return f"coalesce({corrected}, category)", {**findings.inputs(), "corrections": corrections}


STEP = Step(name="pictures", settings=PicturesRules, checks=CHECKS, detectors=(find,))


def _inspect(
    images: list[str], settings: PicturesRules, folder: Path | None
) -> tuple[pa.Table, tuple[str, ...]]:
    """Every distinct picture with its problem and a name that equal pictures share; what was not checked."""
    local = [i for i in images if not _REMOTE.match(i)]
    not_checked = []
    if local and folder is None:
        not_checked.append("broken_picture: no folder of pictures was given")
    if n_remote := len(images) - len(local):
        not_checked.append(
            f"broken_picture: {n_remote:,} pictures are addresses on the web, not fetched"
        )
    if local and folder is not None and not can_decode():
        reason = "Pillow is not installed, so pictures were not decoded (pip install pillow)"
        not_checked.append(f"broken_picture: {reason}")
    files = {image: _open(image, settings, folder) for image in local if folder is not None}
    usable = {image: info for image, info in files.items() if info.problem is None}
    same = _same_pictures(usable, settings.near_bits)
    by_bytes: dict[str, str] = {}
    equal = {i: by_bytes.setdefault(info.sha256 or i, i) for i, info in usable.items()}
    problems = [files[i].problem if i in files else None for i in images]
    pictures = [None if p else same.get(i, i) for i, p in zip(images, problems, strict=True)]
    files_of = [None if p else equal.get(i, i) for i, p in zip(images, problems, strict=True)]
    columns = {"image": images, "problem": problems, "picture": pictures, "same_bytes": files_of}
    return pa.table(columns, schema=_INSPECTED), tuple(not_checked)


def _open(image: str, settings: PicturesRules, folder: Path) -> PictureInfo:
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
    return inspect_picture(
        path,
        max_mb=settings.max_mb,
        max_megapixels=settings.max_megapixels,
        min_side=settings.min_side,
    )


def _same_pictures(files: dict[str, PictureInfo], near_bits: int) -> dict[str, str]:
    """For each picture the name of the first that shows the same: equal bytes, or nearly equal hashes."""
    by_bytes: dict[str, str] = {}
    same = {image: by_bytes.setdefault(x.sha256 or image, image) for image, x in files.items()}
    hashed = [(i, h) for i in by_bytes.values() if (h := files[i].hashes) is not None]
    if not hashed:
        return same
    hashes = np.array([h for _, h in hashed], np.uint64)
    group = group_near(hashes, near_bits)
    near = {i: hashed[g][0] for (i, _), g in zip(hashed, group.tolist(), strict=True)}
    return {image: near.get(name, name) for image, name in same.items()}

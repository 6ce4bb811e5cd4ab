"""Pictures that are broken, or shared by products that look nothing alike.

Files under the pictures folder are opened, each once however many products show it. Addresses on the
web are compared as text and never fetched.
"""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
from pydantic import PositiveFloat, PositiveInt

from baihuo.engine import Source, sql_file
from baihuo.quality.checks.pictures.picture_file import PictureInfo, can_decode, inspect_picture
from baihuo.quality.entries import read_checks
from baihuo.quality.finding_sql import finding_sql
from baihuo.quality.findings import FindingsStore, n_rows
from baihuo.quality.limits import Limits
from baihuo.quality.spec import CheckContext, CheckResult, Step


class PicturesRules(Limits):
    """Pictures that are broken, or a placeholder."""

    max_mb: PositiveFloat = 30  # a larger file is no picture for a page
    max_megapixels: PositiveFloat = 100  # a header that promises more is not decoded
    min_side: PositiveInt = 16  # pixels; smaller is a tracking pixel
    min_products: PositiveInt = 3  # that show one picture ...
    min_categories: PositiveInt = 3  # ... of so many categories
    min_brands: PositiveInt = 2  # ... and so many brands: a placeholder


CHECKS = read_checks(__file__, "pictures")
_REMOTE = re.compile(r"^(?:[a-z][a-z0-9+.-]*:|//)", re.IGNORECASE)
_INSPECTED = pa.schema(
    [
        pa.field("image", pa.string()),
        pa.field("problem", pa.string()),
        pa.field("picture", pa.string()),  # equal for equal files; null where there is a problem
    ]
)
_BROKEN_PICTURES = sql_file(__file__, "broken_pictures")
_SHARED_PICTURES = sql_file(__file__, "shared_pictures")


def find(findings: FindingsStore, settings: PicturesRules, context: CheckContext) -> CheckResult:
    """Pictures opened where there is a folder; shared ones recognised by their address or bytes."""
    product_images = findings.work / "product_images.parquet"
    rows = findings.rows("product_id", "brand", "category", "images")
    findings.tables.sql(
        "SELECT * FROM (SELECT import_id, line, product_id, brand, category, unnest(images) AS image "
        f"FROM {rows}) WHERE trim(image) <> ''",
        out=product_images,
        **findings.inputs(),
    )
    if n_rows(product_images) == 0:
        return CheckResult()
    images = findings.tables.sql(
        "SELECT DISTINCT image FROM product_images ORDER BY image",
        out=None,
        product_images=product_images,
    )["image"].to_pylist()
    inspected, not_checked = _inspect(images, settings, context.pictures)
    selects = [
        finding_sql(_BROKEN_PICTURES(), "broken_picture", field="'images'"),
        finding_sql(_SHARED_PICTURES(**settings.sql()), "shared_picture", field="'images'"),
    ]
    inputs: dict[str, Source] = {"product_images": product_images, "inspected": inspected}
    n_opened = 0 if context.pictures is None else sum(not _REMOTE.match(i) for i in images)
    looked_at = (f"pictures: {n_opened:,} opened",) if n_opened else ()
    return CheckResult(selects=selects, inputs=inputs, not_checked=not_checked, looked_at=looked_at)


STEP = Step(name="pictures", settings=PicturesRules, checks=CHECKS, detectors=(find,))


def _inspect(
    images: list[str], settings: PicturesRules, folder: Path | None
) -> tuple[pa.Table, tuple[str, ...]]:
    """Every distinct picture with its problem and what equal files share; what was not checked."""
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
    found = [files.get(image, PictureInfo()) for image in images]
    columns = {
        "image": images,
        "problem": [info.problem for info in found],
        "picture": [
            None if info.problem else info.sha256 or image
            for image, info in zip(images, found, strict=True)
        ],
    }
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

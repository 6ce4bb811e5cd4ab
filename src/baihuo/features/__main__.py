"""``python -m baihuo.features [docs/features.md]``: the page's list of features, made from the code."""

from __future__ import annotations

import sys
from pathlib import Path

from baihuo.features.default import default_features
from baihuo.features.describe import written

if __name__ == "__main__":
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "docs/features.md")
    path.write_text(written(path.read_text("utf-8"), default_features()), "utf-8")

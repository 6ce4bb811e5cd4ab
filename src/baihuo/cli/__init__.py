"""The command line."""

import os

# Before numpy is loaded: BLAS threads that wait by spinning make a page cost three times as much
# CPU. Libraries that gain from more threads (DuckDB, encoders, trees, networks) get their number as an argument.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
# Threads of OpenMP (LightGBM, scikit-learn, torch) sleep while they wait: next to other programs spinning cost 39 s of
# CPU against 4 (docs/decisions/0029).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from baihuo.cli.app import main  # noqa: E402 - after the environment is set

__all__ = ["main"]

"""The command line."""

import os

# Before numpy is loaded: BLAS threads that wait by spinning cost a page three times its work. What
# gains from more threads (DuckDB, encoders, trees, networks) is told so by name.
for _library in ("OPENBLAS", "OMP", "MKL"):
    os.environ.setdefault(f"{_library}_NUM_THREADS", "1")
# Threads of boosting wait asleep: where other programs want the cores too, waiting by spinning cost 38 s of
# CPU against 4 (docs/log.md).
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from baihuo.cli.app import main  # noqa: E402 - after the environment is set

__all__ = ["main"]

"""The command line."""

from baihuo.cli.app import main

__all__ = ["main"]

"""Numpy that trainer and ranker both call: features of a request."""

from baihuo.features.transforms import request

__all__ = ["request"]

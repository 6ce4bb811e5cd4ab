"""Numpy that trainer and ranker both call: features of a request, and transforms that training fits."""

from baihuo.features.transforms import request

__all__ = ["request"]

"""Numpy that trainer and ranker both call: features of a request, and transforms that training fits."""

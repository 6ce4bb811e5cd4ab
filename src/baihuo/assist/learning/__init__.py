"""What customer service learns from examples of the shop, fitted and measured; what is fitted is one part of a bundle.

:mod:`~baihuo.assist.learning.learn` (read first) goes from the folder of examples to the part.
"""

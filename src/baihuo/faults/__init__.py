"""Known faults for clean rows, with the truth kept: what data checks are measured by.

    dataset = Dataset(events, products, random.Random(7))
    for fault in all_faults():
        fault.apply(dataset, 20)
    dataset.finish()
    dataset.truth  # (table, row, check): what a check should find

Rows are dictionaries with the columns of :mod:`baihuo.core.tables`. Nothing here knows how a check works.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

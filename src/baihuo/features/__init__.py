"""Features: declared once, compiled to SQL for training and to an incremental state for serving."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

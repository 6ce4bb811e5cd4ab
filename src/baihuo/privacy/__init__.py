"""Detection of personal data, and replacement by pseudonyms that are stable for one key."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

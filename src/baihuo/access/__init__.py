"""Who may do what: keys with scopes, accounts of people with roles, signed visitor ids, and the audit log."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

from .audit_log import AuditEntry, AuditHead, AuditLog, BrokenChain, read_entries, verify
from .key_ring import KeyRing
from .key_store import ApiKey, KeyStore, NewKey
from .scopes import SCOPES, Scope
from .visitor_tokens import MAX_SIGNED_ID, VisitorTokens

__all__ = [
    "MAX_SIGNED_ID",
    "SCOPES",
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "AuditLog",
    "BrokenChain",
    "KeyRing",
    "KeyStore",
    "NewKey",
    "Scope",
    "VisitorTokens",
    "read_entries",
    "verify",
]

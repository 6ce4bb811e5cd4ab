from .account_store import (
    INVITE_HOURS,
    Account,
    AccountStore,
    no_invite,
    require_account_name,
)
from .accounts_file import AccountsFile
from .audit_log import AuditEntry, AuditHead, AuditLog, BrokenChain, read_entries, verify
from .console_settings import ConsoleSettings
from .key_ring import KeyRing
from .key_store import ApiKey, KeyStore, NewKey
from .login_limits import LoginLimits
from .passwords import (
    MIN_CHARACTERS,
    Passwords,
    WeakPassword,
    require_good_password,
    require_same_password,
)
from .private_file import private_file
from .roles import ROLES, Role, scopes_of
from .scopes import SCOPES, Scope
from .session_store import Session, SessionStore
from .visitor_tokens import MAX_SIGNED_ID, VisitorTokens

__all__ = [
    "INVITE_HOURS",
    "MAX_SIGNED_ID",
    "MIN_CHARACTERS",
    "ROLES",
    "SCOPES",
    "Account",
    "AccountStore",
    "AccountsFile",
    "ApiKey",
    "AuditEntry",
    "AuditHead",
    "AuditLog",
    "BrokenChain",
    "ConsoleSettings",
    "KeyRing",
    "KeyStore",
    "LoginLimits",
    "NewKey",
    "Passwords",
    "Role",
    "Scope",
    "Session",
    "SessionStore",
    "VisitorTokens",
    "WeakPassword",
    "no_invite",
    "private_file",
    "read_entries",
    "require_account_name",
    "require_good_password",
    "require_same_password",
    "scopes_of",
    "verify",
]

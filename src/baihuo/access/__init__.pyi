from .account_store import (
    INVITE_HOURS as INVITE_HOURS,
    Account as Account,
    AccountStore as AccountStore,
    no_invite as no_invite,
    require_account_name as require_account_name,
)
from .accounts_file import AccountsFile as AccountsFile
from .audit_log import (
    AuditEntry as AuditEntry,
    AuditHead as AuditHead,
    AuditLog as AuditLog,
    BrokenChain as BrokenChain,
    read_entries as read_entries,
    verify as verify,
)
from .console_settings import ConsoleSettings as ConsoleSettings
from .key_ring import KeyRing as KeyRing
from .key_store import ApiKey as ApiKey, KeyStore as KeyStore, NewKey as NewKey
from .login_limits import LoginLimits as LoginLimits
from .passwords import (
    MIN_CHARACTERS as MIN_CHARACTERS,
    Passwords as Passwords,
    WeakPassword as WeakPassword,
    require_good_password as require_good_password,
    require_same_password as require_same_password,
)
from .private_file import private_file as private_file
from .roles import ROLES as ROLES, Role as Role, scopes_of as scopes_of
from .scopes import SCOPES as SCOPES, Scope as Scope
from .session_store import Session as Session, SessionStore as SessionStore
from .visitor_tokens import MAX_SIGNED_ID as MAX_SIGNED_ID, VisitorTokens as VisitorTokens

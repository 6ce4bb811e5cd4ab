from .accounts import (
    INVITE_HOURS as INVITE_HOURS,
    Account as Account,
    AccountStore as AccountStore,
    AccountsFile as AccountsFile,
    no_invite as no_invite,
    require_account_name as require_account_name,
)
from .audit_log import (
    AuditEntry as AuditEntry,
    AuditHead as AuditHead,
    AuditLog as AuditLog,
    BrokenChain as BrokenChain,
    read_entries as read_entries,
    verify as verify,
)
from .console_settings import ConsoleSettings as ConsoleSettings
from .keys import ApiKey as ApiKey, KeyRing as KeyRing, KeyStore as KeyStore, NewKey as NewKey
from .passwords import (
    MIN_CHARACTERS as MIN_CHARACTERS,
    Passwords as Passwords,
    WeakPassword as WeakPassword,
    require_good_password as require_good_password,
    require_same_password as require_same_password,
)
from .private_file import private_file as private_file
from .scopes import (
    ROLES as ROLES,
    SCOPES as SCOPES,
    Role as Role,
    Scope as Scope,
    scopes_of as scopes_of,
)
from .sessions import LoginLimits as LoginLimits, Session as Session, SessionStore as SessionStore
from .visitor_tokens import MAX_SIGNED_ID as MAX_SIGNED_ID, VisitorTokens as VisitorTokens

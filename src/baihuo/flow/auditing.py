"""What is written to the audit log, and how it is read."""

from __future__ import annotations

import getpass
import hashlib
from collections.abc import Mapping
from typing import Any

from baihuo.access import AuditEntry, AuditHead, AuditLog, read_entries, verify
from baihuo.core import now_us
from baihuo.settings import Shop

_SETTINGS = "settings.change"


def record_audit(
    shop: Shop,
    action: str,
    *,
    subject: str = "",
    detail: Mapping[str, Any] | None = None,
    actor: str | None = None,
) -> None:
    """access: one entry of the audit log, on disk when this returns.

    Args:
        action: What was done, the noun first: ``key.create``.
        subject: What it was done to.
        detail: Plain values; no secret, and nothing about a visitor.
        actor: By default the user of this machine.
    """
    log = AuditLog(shop.audit_file)
    try:
        log.append(
            action,
            actor=actor or f"user {getpass.getuser()}",
            at_us=now_us(),
            subject=subject,
            detail=detail,
        )
    finally:
        log.close()


def record_settings(shop: Shop) -> None:
    """access: an entry if files of settings are not as they were when this was last asked."""
    files = (
        *(shop.settings_file, shop.rules_file, shop.features_file, shop.synonyms),
        shop.policy_file,
    )
    hashes = {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files if file.is_file()
    }
    earlier = read_entries(shop.audit_file, newest=1, action=_SETTINGS)
    known = earlier[0].detail.get("sha256", {}) if earlier else {}
    changed = sorted(name for name in {*hashes, *known} if hashes.get(name) != known.get(name))
    if changed:
        record_audit(shop, _SETTINGS, subject=", ".join(changed), detail={"sha256": hashes})


def audit_entries(
    shop: Shop, *, newest: int | None = None, action: str = "", actor: str = ""
) -> list[AuditEntry]:
    """access: entries of the audit log, oldest first."""
    return read_entries(shop.audit_file, newest=newest, action=action, actor=actor)


def verify_audit(shop: Shop, *, expected: AuditHead | None = None) -> AuditHead:
    """access: compute the chain of the audit log again.

    Raises:
        BrokenChain: an entry was changed, removed or cut off.
    """
    return verify(shop.audit_file, expected=expected)

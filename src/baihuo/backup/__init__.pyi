from .create import BackupOptions, BackupResult, create_backup
from .known import KnownBackup, known_backups, remember_backup
from .manifest import BackupManifest, BackupPlace, backups_in, open_backup
from .restore import RestoreResult, restore_backup
from .retention import delete_expired
from .settings import BackupSettings
from .verify import verify_backups

__all__ = [
    "BackupManifest",
    "BackupOptions",
    "BackupPlace",
    "BackupResult",
    "BackupSettings",
    "KnownBackup",
    "RestoreResult",
    "backups_in",
    "create_backup",
    "delete_expired",
    "known_backups",
    "open_backup",
    "remember_backup",
    "restore_backup",
    "verify_backups",
]

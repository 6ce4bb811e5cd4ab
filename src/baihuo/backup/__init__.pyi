from .create import (
    BackupOptions as BackupOptions,
    BackupResult as BackupResult,
    create_backup as create_backup,
)
from .manifest import (
    BackupManifest as BackupManifest,
    BackupPlace as BackupPlace,
    KnownBackup as KnownBackup,
    backups_in as backups_in,
    delete_expired as delete_expired,
    known_backups as known_backups,
    open_backup as open_backup,
    remember_backup as remember_backup,
)
from .restore import (
    RestoreResult as RestoreResult,
    restore_backup as restore_backup,
    verify_backups as verify_backups,
)
from .settings import (
    BackupSettings as BackupSettings,
)

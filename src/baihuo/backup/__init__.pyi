from .create import (
    BackupOptions as BackupOptions,
    BackupResult as BackupResult,
    create_backup as create_backup,
)
from .known import (
    KnownBackup as KnownBackup,
    known_backups as known_backups,
    remember_backup as remember_backup,
)
from .manifest import (
    BackupManifest as BackupManifest,
    BackupPlace as BackupPlace,
    backups_in as backups_in,
    open_backup as open_backup,
)
from .restore import RestoreResult as RestoreResult, restore_backup as restore_backup
from .retention import delete_expired as delete_expired
from .settings import BackupSettings as BackupSettings
from .verify import verify_backups as verify_backups

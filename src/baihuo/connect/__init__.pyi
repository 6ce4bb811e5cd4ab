from .bandit_log import (
    BanditLog as BanditLog,
    read_bandit_log as read_bandit_log,
)
from .csv_rows import (
    cells_by_name as cells_by_name,
)
from .import_manifest import (
    ImportRecord as ImportRecord,
    forget_refused as forget_refused,
    forget_rows as forget_rows,
    imports as imports,
    locked as locked,
    refused_file as refused_file,
    segment as segment,
    segments as segments,
    withheld_file as withheld_file,
)
from .importing import (
    ImportResult as ImportResult,
    data_files as data_files,
    import_files as import_files,
)
from .rows import (
    Mask as Mask,
    Options as Options,
)

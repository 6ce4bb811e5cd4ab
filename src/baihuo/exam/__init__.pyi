from .examples import (
    make_examples as make_examples,
    write_examples as write_examples,
)
from .line import (
    CheckOptions as CheckOptions,
    run_line as run_line,
    write_files as write_files,
)
from .own import (
    Files as Files,
    Reading as Reading,
    Rows as Rows,
    import_rows as import_rows,
    load_rows as load_rows,
    own_shop as own_shop,
)
from .real import (
    real_shop as real_shop,
)
from .report import (
    CHECK_HEADS as CHECK_HEADS,
    ExamReport as ExamReport,
    HEADS as HEADS,
    Share as Share,
)
from .run import (
    drawn_kinds as drawn_kinds,
    examine as examine,
    plant_all as plant_all,
)
from .shop import (
    clean_shop as clean_shop,
)

"""No file of a bundle may run code when it is loaded."""

from __future__ import annotations

import zipfile
from pathlib import Path

from baihuo.core import BadInput

_CODE_ENDINGS = {".pkl", ".pickle", ".pt", ".pth", ".joblib", ".dill", ".py", ".pyc", ".so"}


def refuse_code(name: str, path: Path) -> None:
    """Raise where a file is, or carries, a pickle or other code.

    Raises:
        BadInput: by its ending, by its first bytes, or by an object array inside an archive.
    """
    if path.suffix.lower() in _CODE_ENDINGS:
        raise _refused(name, f"files ending in {path.suffix} may run code")
    with path.open("rb") as file:
        head = file.read(2)
    if len(head) == 2 and head[0] == 0x80 and 2 <= head[1] <= 5:  # pickle protocols 2 to 5
        raise _refused(name, "it starts like a pickle")
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for member in archive.namelist():
                if Path(member).suffix.lower() in _CODE_ENDINGS:
                    raise _refused(name, f"it carries {member}")
                if member.endswith(".npy"):
                    with archive.open(member) as file:
                        # The header of an array of Python objects declares the dtype "|O".
                        if b"'|O'" in file.read(512).partition(b"}")[0]:
                            raise _refused(name, f"{member} holds Python objects, so a pickle")


def _refused(name: str, why: str) -> BadInput:
    return BadInput(
        f"{name} cannot go into a bundle: {why}",
        fix="save arrays as .npz or .safetensors, models as .onnx or text, the rest as .json",
    )

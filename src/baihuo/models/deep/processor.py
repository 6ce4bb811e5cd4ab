"""What this machine multiplies fast, and the device that a setting names."""

from __future__ import annotations

from pathlib import Path

import torch

from baihuo.core import Unsupported

_FAST_FLAGS = ("avx512_bf16", "amx_bf16", "bf16")  # the last: Arm


def multiplies_bfloat16(device: torch.device, cpu_info: Path = Path("/proc/cpuinfo")) -> bool:
    """Whether products in bfloat16 are faster than in float32: the processor has instructions for them."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported())
    if not cpu_info.exists():
        return False
    for line in cpu_info.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.lower().startswith(("flags", "features")):
            return bool(set(_FAST_FLAGS) & set(line.split()))
    return False


def device_named(name: str) -> torch.device:
    """``auto``, ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        Unsupported: no such device here.
    """
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    if name.startswith("cuda"):
        asked = int(name.partition(":")[2] or 0)
        if not torch.cuda.is_available() or asked >= torch.cuda.device_count():
            raise Unsupported(f"there is no {name} on this machine", fix="device: auto, or cpu")
    return torch.device(name)


def precision_named(name: str, device: torch.device) -> torch.dtype:
    """``auto``, ``float32`` or ``bfloat16`` as a type."""
    is_half = name == "bfloat16" or (name == "auto" and multiplies_bfloat16(device))
    return torch.bfloat16 if is_half else torch.float32

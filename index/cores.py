"""How many processor cores this process may really use."""

import math
import os
from pathlib import Path


def usable_cores() -> int:
    """Physical cores of this process's CPU set, no more than a container's quota allows."""
    allowed = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    siblings = {_siblings(cpu) for cpu in allowed}
    return max(1, min(len(siblings) or os.cpu_count() or 1, _quota()))


def _siblings(cpu: int) -> str:
    path = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return path.read_text(encoding="ascii").strip()
    except OSError:  # a machine that does not say: each one counts
        return str(cpu)


def _quota() -> int:
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        return max(1, math.ceil(int(quota) / int(period)))
    except (OSError, ValueError):  # no control group, or "max"
        return os.cpu_count() or 1

"""Compiled programs are kept between tests, workers and runs: compiling is most of the time of a test of a model."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

MAPS = Path("/proc/self/maps")
QUICK = "--xla_cpu_use_fusion_emitters=false"  # XLA's older code generator: compiles in half the time, the same numbers

# JAX reads these when it is imported, so nothing here imports it before.
os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.3")
if "XLA_FLAGS" not in os.environ:  # workers inherit them
    trial = [sys.executable, "-c", "import jax; jax.devices()"]  # which ends at once where XLA does not know the flag
    known = subprocess.run(trial, env=os.environ | {"XLA_FLAGS": QUICK}, capture_output=True).returncode == 0
    os.environ["XLA_FLAGS"] = QUICK if known else ""

# A worker keeps to one core: the threads of many small operations wait for each other longer than they work.
if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.fixture(autouse=True, scope="module")
def few_memory_maps():
    """Every compiled program maps memory, and the system ends a process with 65 530 maps by a segmentation fault."""
    import jax

    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > 20_000:
        jax.clear_caches()

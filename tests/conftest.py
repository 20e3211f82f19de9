"""Compiled programs are kept between tests, workers and runs: compiling is most of the time of a test of a model."""

import os
from pathlib import Path

os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(Path(__file__).parents[1] / ".pytest_cache" / "jax"))
os.environ.setdefault("JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS", "0.3")

# A worker keeps to one core: the threads of many small operations wait for each other longer than they work.
if (worker := os.environ.get("PYTEST_XDIST_WORKER")) and hasattr(os, "sched_setaffinity"):
    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})

import jax  # after the settings that it reads when it is imported
import pytest

MAPS = Path("/proc/self/maps")


@pytest.fixture(autouse=True, scope="module")
def few_memory_maps():
    """Every compiled program maps memory, and the system ends a process with 65 530 maps by a segmentation fault."""
    yield
    if MAPS.exists() and MAPS.read_bytes().count(b"\n") > 20_000:
        jax.clear_caches()

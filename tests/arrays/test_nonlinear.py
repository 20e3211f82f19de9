import json
import os
from pathlib import Path

import numpy as np
import pytest

from pinched.arrays.nonlinear import sinh_law, solve_law

CASES = Path(os.environ.get("PINCHED_TEST_DATA", "../shared/data")) / ".." / "reference" / "crossbar"


@pytest.mark.parametrize("folder", ["sinh_32_b2_v1_r1", "sinh_64_b2_v1_r1", "sinh_16_halfselect"])
def test_agrees_with_the_reference_solutions(folder):
    if not (CASES / folder).is_dir():
        pytest.skip(f"reference case {folder} is not here: set PINCHED_TEST_DATA")
    told = json.loads((CASES / folder / "case.json").read_text())
    g, word, expected, w = (
        np.load(CASES / folder / f"{name}.npy")
        for name in ("g_S", "drive_wl_left_V", "I_out_newton_A", "V_wordline_newton")
    )
    ground = CASES / folder / "drive_bl_bot_V.npy"
    bit = np.load(ground).ravel() if ground.exists() else np.zeros(g.shape[1])
    driven = np.tile([True, False], (len(g), 1)), np.tile([False, True], (g.shape[1], 1))
    drive = np.stack([word.ravel(), 0 * word.ravel()], axis=1), np.stack([0 * bit, bit], axis=1)
    law = sinh_law(g, told["sinh_b"])
    v_word, _, current = solve_law(law, g.shape, told["r_wl"], told["r_bl"], 0.0, *driven, *drive)
    assert np.abs(current.sum(axis=0) - expected.ravel()).max() < 1e-9 * np.abs(expected).max()
    assert np.abs(v_word - w).max() < 1e-11

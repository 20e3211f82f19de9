"""Synthetic measurements whose truth is known."""

import numpy as np
import pytest

from pinched.core import Flag, concat, make_dataset


def triangle(v_first: float, v_second: float, step: float = 0.01) -> np.ndarray:
    """0 → first → 0 → second → 0, V."""
    legs = [np.arange(0, abs(v) + step / 2, step) * np.sign(v) for v in (v_first, v_second)]
    return np.concatenate([way for leg in legs for way in (leg, leg[-2::-1])])


@pytest.fixture
def abrupt():
    """Cycles of a two-state device that SETs at v_set and RESETs at v_reset (arrays, V); v_set may be negative."""

    def make(v_set, v_reset, g_on=1e-3, g_off=1e-6, v_max=2.0, noise=0.0, i_max=np.inf, device="0", rate=1.0, seed=0):
        rng = np.random.default_rng(seed)
        v_set, v_reset = np.atleast_1d(v_set).astype(float), np.atleast_1d(v_reset).astype(float)
        sign = np.sign(v_set[0])
        v = sign * triangle(v_max, -v_max)
        parts, on = [], False
        for cycle, (up, down) in enumerate(zip(v_set, v_reset, strict=True)):
            state = np.empty(v.size, bool)
            for k, x in enumerate(v):
                on = True if sign * x >= sign * up else False if sign * x <= sign * down else on
                state[k] = on
            i = np.where(state, g_on, g_off) * v * (1 + noise * rng.standard_normal(v.size))
            clamped = (np.abs(i) > i_max) & (sign * v > 0)
            i[clamped] = sign * i_max
            parts.append(
                make_dataset(
                    {"voltage": v, "current": i, "flag": np.where(clamped, int(Flag.COMPLIANCE), 0)},
                    origin="measured",
                    cycle=cycle,
                    device=device,
                    time=np.arange(v.size) * 0.01 / rate,
                )
            )
        return concat(parts)

    return make


@pytest.fixture
def gradual():
    """Cycles of a device whose state closes exponentially beyond a threshold (V); the current is ohmic in the state."""

    def make(cycles=1, threshold=0.5, g_on=1e-4, g_off=1e-6, v_max=2.0, noise=0.0, seed=0):
        rng = np.random.default_rng(seed)
        v = triangle(v_max, -v_max)
        x, parts = 0.0, []
        for cycle in range(cycles):
            states = np.empty(v.size)
            for k, volt in enumerate(v):
                drive = 0.05 * np.sign(volt) * max(abs(volt) - threshold, 0.0)
                x = float(np.clip(x + drive * ((1 - x) if drive > 0 else x), 1e-6, 1))
                states[k] = x
            i = g_off * (g_on / g_off) ** states * v * (1 + noise * rng.standard_normal(v.size))
            parts.append(make_dataset({"voltage": v, "current": i}, origin="measured", cycle=cycle))
        return concat(parts)

    return make


@pytest.fixture
def pulsed():
    """Trains of NeuroSim's exponential response; walk per pulse and noise per read are parts of the range."""
    from pinched.devices import ExponentialResponse

    def make(nl_up=2.4, nl_down=-4.88, n=64, cycles=10, walk=0.0, read=0.0, devices=1, spread=0.0, signs=True, seed=0):
        rng = np.random.default_rng(seed)
        low, high, parts = 3.0769e-9, 38.462e-9, []
        for device in range(devices):
            top = high * (1 + spread * rng.standard_normal())
            r = ExponentialResponse.from_labels(nl_up, nl_down, g_min=low, g_max=top, n_up=float(n), n_down=float(n))
            for cycle in range(cycles):
                for step, (volts, start) in enumerate(((1.0, low), (-1.0, top))):
                    g = np.asarray(r.step(np.full(n + 1, start), np.sign(volts) * np.arange(n + 1)))
                    g = g + (top - low) * np.r_[0, np.cumsum(walk * rng.standard_normal(n))]
                    g = np.abs(g + (top - low) * read * rng.standard_normal(n + 1))
                    variables = {"conductance": g}
                    if signs:
                        variables |= {"pulse_voltage": np.full(n + 1, 3 * volts), "pulse_width": np.full(n + 1, 1e-6)}
                    parts.append(
                        make_dataset(
                            variables,
                            origin="measured",
                            kind="pulse",
                            device=str(device),
                            cycle=cycle,
                            step=2 * cycle + step,
                            pulse=np.arange(n + 1),
                        )
                    )
        return concat(parts)

    return make

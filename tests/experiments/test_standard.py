"""The standard experiments: what drives them, against closed forms, and what a user gets wrong."""

import dataclasses
import json

import jax.numpy as jnp
import numpy as np
import pytest

from pinched.characterize.kinetics import log_slope, loop_areas, switching_times
from pinched.characterize.merits import MERITS, figures_of_merit
from pinched.characterize.plasticity import forgetting, paired, rates, timing
from pinched.characterize.retention_fit import arrhenius, failure_times
from pinched.core import PinchedError, check_dataset, param
from pinched.core.constants import K_B_EV
from pinched.devices import VTEAM, Device, Ohmic, ReadNoise, State, describe, device
from pinched.experiments import protocols
from pinched.experiments.drive import Drive, find_drive, nice
from pinched.experiments.engine import run
from pinched.experiments.standard import EXPERIMENTS, probe
from pinched.experiments.standard.bench import series
from pinched.experiments.standard.spikes import _difference
from pinched.reports.probe import FIGURES, figure


class Leaky(Device):
    """dx/dt = growth sinh(V/V0) − x/tau(T) and G = G0 (1 + 10 x): everything about it is known in closed form."""

    growth: np.ndarray = param(1e-3, "1/s")
    V0: np.ndarray = param(0.1, "V")
    tau: np.ndarray = param(0.05, "s", "relaxation time at infinite temperature times exp(E_a/kT)")
    E_a: np.ndarray = param(0.0, "eV")

    def state(self):
        return {"x": State(0.0, 0.0, 1.0)}

    def current(self, v, x, env):
        return 1e-6 * v * (1 + 10 * x["x"])

    def rates(self, v, x, env):
        tau = self.tau * jnp.exp(self.E_a / (K_B_EV * env.temperature))
        return {"x": self.growth * jnp.sinh(v / self.V0) - x["x"] / tau}


class Fading(Device):
    """Drift x that saturates and is kept; a part of every step, y, that fades in 20 ms; G = G0 (1 + 10 (x + y))."""

    tau: np.ndarray = param(0.02, "s")

    def state(self):
        return {"x": State(0.0, 0.0, 1.0), "y": State(0.0, -1.0, 1.0)}

    def current(self, v, x, env):
        return 1e-6 * v * (1 + 10 * (x["x"] + x["y"]))

    def rates(self, v, x, env):
        drift = 1e-3 * jnp.sinh(v / 0.1) * jnp.where(v > 0, 1 - x["x"], x["x"])
        return {"x": drift, "y": 0.3 * drift - x["y"] / self.tau}


@pytest.fixture(scope="module")
def volatile():
    """A leaky device with a memory of 50 ms, and its drive."""
    one = Leaky()
    return one, find_drive(one, v_set=1.0, v_reset=-1.0, rate=100.0, width=1e-3)


@pytest.fixture(scope="module")
def lasting():
    """A leaky device that keeps its state for years at 25 °C, by 1.2 eV."""
    one = Leaky(tau=1e-12, E_a=1.2)
    return one, find_drive(one, v_set=1.0, v_reset=-1.0, rate=1.0)


@pytest.fixture(scope="module")
def vteam():
    name = "generic-vteam-2015"
    return name, find_drive(device(name), describe(name))


def test_the_tables_of_experiments_merits_and_figures_name_the_same():
    assert list(EXPERIMENTS)
    assert set(EXPERIMENTS) == set(MERITS) == set(FIGURES)


@pytest.mark.parametrize("name", [name for name in EXPERIMENTS if name != "rtn"])
def test_every_experiment_gives_a_dataset_merits_and_a_figure(name, vteam):
    source, drive = vteam
    ds = probe(source, name, drive=drive)
    check_dataset(ds)
    assert ds.attrs["experiment"] == name
    assert ds.attrs["device"] == source
    assert json.loads(ds.attrs["drive"])["v_set"] == drive.v_set
    found = figures_of_merit(ds)
    assert len(found)
    assert all(q.unit and q.label for q in found.values())
    plot = figure(ds)
    assert all(axes.has_data() for axes in plot.figure.axes)
    assert len(plot.table)


class TestDrive:
    def test_takes_the_published_sweep(self, vteam):
        _, drive = vteam
        assert (drive.v_set, drive.v_reset, drive.rate) == (-1.0, 1.0, 4e5)  # sine of 1 V and 100 kHz
        assert drive.off["x"] > 0.9
        assert drive.on["x"] < 0.1
        assert abs(drive.v_up) < 1
        assert drive.v_up < 0 < drive.v_down < 1
        assert drive.relax == drive.memory == np.inf

    def test_searches_where_none_is_published(self):
        one = VTEAM(k_on=-1e3, k_off=1e3, alpha_off=3.0, v_on=-0.4, v_off=0.4)
        drive = find_drive(one)
        assert drive.v_set < -0.4
        assert drive.v_reset > 0.4
        assert "opens its loop" in drive.source

    def test_a_train_covers_most_of_the_window(self, vteam):
        source, drive = vteam
        g = probe(source, "pulses", drive=drive, cycles=1)["conductance"].values
        ends = np.log([g[0], g[50], g[-1]])
        assert 0.8 < (ends[1] - ends[0]) / np.log(20) <= 1.001  # PART of R_off/R_on = 20
        assert ends[2] < ends[0] + 0.3 * np.log(20)

    def test_a_given_number_is_kept_and_the_others_follow(self, lasting):
        one, _ = lasting
        drive = find_drive(one, v_set=1.0, v_reset=-1.0, rate=1.0, width=1e-2)
        slower = find_drive(one, v_set=1.0, v_reset=-1.0, rate=1.0, width=1e-1)
        assert drive.width == 1e-2
        assert drive.v_up - slower.v_up == pytest.approx(0.1 * np.log(10), abs=0.02)  # sinh: V0 ln 10 a decade

    def test_phase_change_is_read_when_cold(self):
        """SET crystallises pulse by pulse, RESET melts at once, at one polarity; a reading waits until it froze."""
        name = "gst-mushroom"
        drive = find_drive(device(name), describe(name))
        ds = probe(name, "pulses", drive=drive, cycles=1)
        assert "its parameter file" in ds.attrs["assumptions"]
        g = ds["conductance"].values
        assert np.all(np.diff(g[:51]) > 0)
        assert g[50] > 20 * g[0]
        assert g[52] < 0.1 * g[50]
        # A pause before a reading is no stress: SET takes 65 mV a decade, and melting no exponential time.
        ds = probe(name, "switching-time", drive=drive)
        found = figures_of_merit(ds)
        assert 2e-8 < found["t_set"].value < 4e-8
        assert 50 < found["slope_set"].value < 80
        assert 2e-8 < found["t_reset"].value < 4e-8
        assert "slope_reset" in found.not_measured
        with pytest.raises(PinchedError, match="a reading waits 1e-07 s"):
            probe(name, "ppf", drive=drive, intervals=[1e-8, 1e-6])
        with pytest.raises(PinchedError, match="never settles"):
            probe("gst-mushroom", "pulses", pause=0.0)

    def test_memory_and_relaxation(self, volatile, lasting):
        assert volatile[1].memory == pytest.approx(0.05 * np.log(2), rel=0.02)
        assert lasting[1].relax > 1e7

    @pytest.mark.parametrize(("value", "up", "down"), [(1.0, 1.0, 1.0), (3e-9, 5e-9, 2e-9), (7.1e4, 1e5, 5e4)])
    def test_nice_numbers(self, value, up, down):
        assert nice(value) == pytest.approx(up)
        assert nice(value, up=False) == pytest.approx(down)


class TestClosedForms:
    def test_vteam_switching_time(self, vteam):
        """OFF to √(R_on R_off) at −1 V: (1 − x)/(k_on (v/v_on − 1)^α_on), 3.830 ps."""
        source, drive = vteam
        ds = probe(source, "switching-time", drive=drive, voltages=-1.0, times=np.geomspace(1e-12, 1e-11, 200))
        x = (np.sqrt(50 * 1e3) - 50) / 950
        assert switching_times(ds)["time"][0] == pytest.approx((1 - x) / (10 / 3e-9 * 4**3), rel=1e-3)

    def test_switching_energy_is_the_charge_at_constant_voltage(self, vteam):
        """E = V² ∫ dt/R with R falling evenly from R_off to √(R_on R_off)."""
        source, drive = vteam
        ds = probe(source, "energy", drive=drive, voltages=-1.0, times=np.linspace(2e-14, 5e-12, 200))
        high, low, speed = 1e3, np.sqrt(50 * 1e3), 950 * 10 / 3e-9 * 4**3
        assert switching_times(ds)["energy"][0] == pytest.approx(np.log(high / low) / speed, rel=5e-3)

    def test_sinh_kinetics_take_v0_ln10_per_decade(self, lasting):
        one, drive = lasting
        ds = probe(one, "switching-time", drive=drive, voltages=np.linspace(0.6, 1.0, 6))
        slope = log_slope(switching_times(ds))
        assert -slope.slope == pytest.approx(0.1 * np.log(10), rel=0.02)
        assert figures_of_merit(ds)["slope_set"].unit == "mV/decade"

    def test_arrhenius_slope_is_the_activation_energy(self, lasting):
        one, drive = lasting
        ds = probe(one, "retention", drive=drive)
        table = failure_times(ds)
        fit = arrhenius(table[table["step"] == 1])
        assert fit.slope == pytest.approx(1.2, rel=2e-3)
        # G = 1 + 10 x with x exponential reaches 0.8 of itself at x = (0.8 (1 + 10 x0) − 1)/10
        x0 = drive.on["x"]
        factor = np.log(x0 / ((0.8 * (1 + 10 * x0) - 1) / 10))
        failed = table[(table["step"] == 1) & (table["time"] >= table["first"])]
        exact = factor * 1e-12 * np.exp(1.2 / (K_B_EV * failed["temperature"]))
        assert failed["time"].to_numpy() == pytest.approx(exact.to_numpy(), rel=0.03)
        years = figures_of_merit(ds)["t_on_85C"]
        assert years.value == pytest.approx(factor * 1e-12 * np.exp(1.2 / (K_B_EV * 358.15)), rel=0.05)

    def test_hp_area_falls_as_one_over_f(self):
        """Lobes of linear drift, ±1 V, 100 Ω to 16 kΩ, x0 = 0.1: 8.9277e-6, 5.852e-7, 5.659e-8 W."""

        class HP(Device):
            def state(self):
                return {"x": State(0.1, 0.0, 1.0)}

            def current(self, v, x, env):
                return v / (100 * x["x"] + 16e3 * (1 - x["x"]))

            def rates(self, v, x, env):
                return {"x": 1e4 * self.current(v, x, env)}

        def loop(f):
            ds = run(HP(), protocols.sine(1.0, f, 1, 2000), rtol=1e-9)
            return ds.assign_coords(record=("sample", [str(f)] * ds.sizes["sample"]))

        areas = loop_areas(series(loop, (1.0, 10.0, 100.0), "frequency", "Hz"))["area"]
        assert areas.to_numpy() / 2 == pytest.approx([8.9277e-6, 5.852e-7, 5.659e-8], rel=1e-3)

    def test_area_exponent(self, lasting):
        one, drive = lasting
        exponent = figures_of_merit(probe(one, "frequency", drive=drive))["area_exponent"]
        assert exponent.value == pytest.approx(-1, abs=0.02)

    def test_pair_index_of_wox_with_linear_decay(self):
        """1 + exp(−(Δt + t_p)/τ), τ = 50 ms, 1 ms pulses of 1.4 V."""
        gaps = np.array([1e-3, 5e-3, 20e-3, 50e-3, 200e-3])
        ds = probe("wox-du-2017", "ppf", intervals=gaps, width=1e-3, v_up=1.4)
        table = paired(ds)
        index = table[table["step"] == 0].sort_values("interval")["index"]
        assert index.to_numpy() == pytest.approx([1.961, 1.887, 1.657, 1.361, 1.018], abs=6e-4)

    def test_pair_increments_of_a_gated_state(self):
        """Δw2/Δw1 from rest at gaps of 1, 5, 20, 50, 200 ms, 1 ms pulses of 1.4 V."""
        name = "wox-second-order-phenom"
        drive = find_drive(device(name), describe(name), width=1e-3, v_up=1.4)
        new = {key: float(x) for key, x in device(name).rest().items()}
        ds = probe(name, "ppf", drive=dataclasses.replace(drive, off=new), intervals=[1e-3, 5e-3, 20e-3, 50e-3, 0.2])
        table = paired(ds)
        increment = table[table["step"] == 0].sort_values("interval")["increment"]
        assert increment.to_numpy() == pytest.approx([1.851, 1.785, 1.580, 1.314, 1.007], abs=6e-4)

    def test_rates_sum_a_geometric_series(self, volatile):
        one, drive = volatile
        ds = probe(one, "srdp", drive=drive, n=5, rates=[1.0, 20.0, 100.0])
        change = rates(ds)["change"].to_numpy()
        left = np.exp(-1 / np.array([1.0, 20.0, 100.0]) / 0.05)
        x0 = drive.off["x"]
        given = change * (1 + 10 * x0) / 10 + x0  # the state after the train
        one_pulse = 1e-3 * np.sinh(drive.v_up / 0.1) * 0.05 * -np.expm1(-1e-3 / 0.05)
        assert given == pytest.approx(one_pulse * (1 - left**5) / (1 - left), rel=1e-2)

    def test_stress_of_a_paused_reading_is_timed_without_the_pause(self, lasting):
        one, drive = lasting
        volts, times = np.linspace(0.8, 1.0, 3), np.geomspace(1e-3, 1e2, 101)
        plain, paused = (
            switching_times(probe(one, "switching-time", drive=d, voltages=volts, times=times))
            for d in (drive, dataclasses.replace(drive, pause=1.0))
        )
        assert paused.to_numpy() == pytest.approx(plain.to_numpy(), rel=1e-3)

    def test_a_volatile_device_is_disturbed_from_off_alone(self, volatile):
        drive = dataclasses.replace(volatile[1], v_reset=0.0)
        ds = probe(volatile[0], "read-disturb", drive=drive, voltages=0.01, times=[1e-3, 1.0])
        assert set(ds["step"].values.tolist()) == {0}

    def test_forgetting_is_a_plain_exponential(self, volatile):
        one, drive = volatile
        table, fits = forgetting(probe(one, "stp", drive=drive))
        assert table["tau"][0] == pytest.approx(0.05, rel=1e-2)
        assert table["beta"][0] == pytest.approx(1, abs=0.01)
        assert abs(table["remaining"][0]) < 0.01
        assert fits["up", 0].residual < 1e-3


class TestPlasticity:
    def test_overlapping_spikes_follow_hebb_on_any_polarity(self, lasting):
        symmetric = VTEAM(k_on=-1e3, k_off=1e3, alpha_off=3.0, v_on=-0.4, v_off=0.4)  # SETs at negative voltage
        for source, drive in (lasting, (symmetric, find_drive(symmetric, v_set=-1.0, v_reset=1.0, rate=100.0))):
            found = figures_of_merit(probe(source, "stdp", drive=drive))
            assert found["dg_plus"].value > 0 > found["dg_minus"].value

    def test_simple_pulses_need_a_second_state(self, lasting):
        one, drive = lasting
        first = timing(probe(one, "stdp-second-order", drive=drive))["change"]
        assert np.ptp(first) < 1e-4  # whatever their distance
        second = figures_of_merit(probe("wox-second-order-phenom", "stdp-second-order"))
        assert second["hebbian"].value == 1
        assert second["tau_plus"].value == pytest.approx(0.05, rel=0.2)  # its mobility relaxes in 50 ms

    def test_short_memory_becomes_long_with_pulses(self):
        """What is kept is the drift alone: y is gone ten times over."""
        one = Fading()
        ds = probe(one, "stp-to-ltp", drive=find_drive(one, v_set=1.0, v_reset=-1.0, rate=10.0, width=1e-3))
        table, _ = forgetting(ds)
        kept = table["kept"].to_numpy()
        assert kept[0] < 0.85
        assert kept[-1] > 0.97
        assert np.all(np.diff(kept) > 0)
        ends = ds.isel(sample=ds["kind"].values == "retention").groupby("record").last()
        x = ends["state_x"].sel(record=[str(n) for n in table["pulses"]]).values
        assert table["last"].to_numpy() == pytest.approx(1e-6 * (1 + 10 * x), rel=1e-4)

    def test_a_spike_of_ones_own(self, lasting):
        one, drive = lasting
        shape = ([0, 0, 1, 1, 3, 3], [0, 1, 1, -0.3, -0.3, 0])
        ds = probe(one, "stdp", drive=drive, shape=shape, delays=[-1.5 * drive.width, 1.5 * drive.width])
        assert timing(ds)["change"].iloc[0] < 0 < timing(ds)["change"].iloc[1]

    def test_difference_of_spikes_keeps_jumps(self):
        first, second = ([0, 0, 1, 1], [0, 1, 1, 0]), ([0.5, 0.5, 2, 2], [0, 0.4, 0.4, 0])
        t, v = _difference(*(np.array(corners, float) for spike in (first, second) for corners in spike))
        assert t.tolist() == [0, 0, 0.5, 0.5, 1, 1, 2, 2]
        assert v == pytest.approx([0, 1, 1, 0.6, 0.6, -0.4, -0.4, 0])


class TestMistakes:
    def test_names_have_a_nearest_suggestion(self):
        with pytest.raises(PinchedError, match="'retension'; did you mean 'retention'"):
            probe("hfox-stanford-pku", "retension")
        with pytest.raises(PinchedError, match="did you mean 'intervals'"):
            probe("hfox-stanford-pku", "ppf", interval=1.0)
        with pytest.raises(PinchedError, match="did you mean 'v_set'"):
            probe("hfox-stanford-pku", "sweep", vset=1.0)

    def test_settings_of_the_wrong_kind(self, lasting):
        one, drive = lasting
        for name, settings in (
            ("sweep", {"v_set": "high"}),
            ("temperature", {"temperatures": [-5.0]}),
            ("srdp", {"rates": "fast"}),
            ("srdp", {"rates": [1e12]}),
            ("ppf", {"n": 1}),
            ("stdp", {"shape": "sawtoth"}),
            ("stdp-second-order", {"delays": [1e-15]}),
            ("write-verify", {"levels": 1}),
        ):
            with pytest.raises(PinchedError):
                probe(one, name, drive=drive, **settings)

    def test_what_does_not_switch_is_not_probed(self):
        with pytest.raises(PinchedError, match="no state, so it never switches"):
            probe(Ohmic(g=1e-6), "pulses")
        line = probe(Ohmic(g=1e-6), "sweep", v_set=2.0, cycles=1)
        assert line["current"].values == pytest.approx(1e-6 * line["voltage"].values)
        assert line["voltage"].values.min() == -2.0
        with pytest.raises(PinchedError, match="population"):
            probe(Ohmic(g=np.array([1e-6, 2e-6])), "sweep")
        with pytest.raises(PinchedError, match="population"):
            probe(VTEAM(v_on=np.array([-0.2, -0.3])), "sweep")
        with pytest.raises(PinchedError, match="does not switch up to 5 V"):
            probe(Leaky(growth=1e-40), "sweep")
        shut = probe(Leaky(growth=1e-40), "sweep", v_set=1.0, v_reset=-1.0, cycles=1)
        assert "no reading tells two states" in shut.attrs["assumptions"]
        assert not figures_of_merit(shut)["cycle_yield"].value
        with pytest.raises(PinchedError, match="does not switch between"):
            probe(Leaky(growth=1e-40), "pulses", v_set=1.0, v_reset=-1.0)

    def test_noise_needs_a_noisy_device(self, lasting):
        with pytest.raises(PinchedError, match="no noise model"):
            probe(lasting[0], "rtn", drive=lasting[1])


def test_telegraph_noise_of_a_noisy_device():
    """5 % of the current; a trap that fills after 2 ms and empties after 1 ms on average."""
    noisy = ReadNoise(inner=Leaky(tau=1e-12, E_a=1.2), c=0.0, tau_capture=2e-3)
    ds = probe(noisy, "rtn", v_set=1.0, v_reset=-1.0, rate=1.0)
    found = figures_of_merit(ds)
    assert found["rtn_amplitude"].value == pytest.approx(0.05 / (1 - 0.05 / 3), rel=0.02)
    assert found["tau_high"].value == pytest.approx(2e-3, rel=0.25)  # some 300 transitions
    assert found["tau_low"].value == pytest.approx(1e-3, rel=0.25)
    assert len(figure(ds).figure.axes) == 2


def test_surroundings_are_settings_too(lasting):
    one, drive = lasting
    warm = probe(one, "stp", drive=drive, temperature=523.0)
    assert figures_of_merit(warm)["kept_up"].value < figures_of_merit(probe(one, "stp", drive=drive))["kept_up"].value


def test_a_drive_is_numbers_and_words(lasting):
    drive = lasting[1]
    assert isinstance(drive, Drive)
    assert not drive.volatile
    assert drive.numbers()["v_set"] == 1.0

"""What converters cost in published models, which differ by a factor of 100: ranges, never one number."""

import math

import numpy as np

from pinched.arrays.layout import CELL_HEIGHT, INVERTER
from pinched.core import PinchedError, Quantity
from pinched.materials.process import Process


def sar(process: Process, bits: int, column_resistance: float, read_voltage: float = 0.5) -> tuple[float, float, float]:
    """(energy in J, latency in s, area in m²) of a successive-approximation converter, NeuroSim DNN V1.4 at 300 K.

    Args:
        process: a card that has a SAR fit.
        bits: of the converter.
        column_resistance: parallel resistance of the column, ohm.
        read_voltage: V; the fit was made at 0.5 V and the resistance is scaled to it.
    """
    if process.sar is None:
        raise PinchedError(f"No SAR fit is published for {process.feature * 1e9:g} nm: take another node or source.")
    a, c, k, m = process.sar
    latency = (bits + 1) * 1e-9
    power = a * bits + c + k * math.exp(-m * math.log10(column_resistance * 0.5 / read_voltage))
    area = INVERTER * CELL_HEIGHT * process.feature**2 * ((269 + 109 * (bits - 1)) + (209 + 73 * (bits - 1)))
    return power * latency, latency, area


def integrate_and_fire(process: Process, bits: int) -> tuple[float, float, float]:
    """(energy, width, depth) of an integrate-and-fire converter, NeuroSim MLP V3.0: 1.346 pJ, 65 nm SPICE, any bits.

    Width and depth in m: a neuron of 28F beside a counter of 28F a bit, under columns of 91.2F.
    """
    return 1.346e-12, 91.2 * process.feature, (28 + 28 * bits) * process.feature


MNSIM = {6: (1.26e-3, 1.0e9, 580e-12), 8: (2e-3, 1.28e9, 1200e-12), 10: (6.92e-3, 1.5e9, 1600e-12)}


def mnsim(bits: int) -> tuple[float, float, float]:
    """(energy, latency, area) of the converters MNSIM counts with, bits + 2 samples of time a conversion.

    Power in W, samples/s and area in m² of published converters (8 bits is ISAAC's, 10 bits in 14 nm); geometrically
    between them, and twice the power and area a bit beyond (the scaling of a bank of capacitors, assumed).
    """
    known = np.array(list(MNSIM))
    power, rate, area = (np.exp(np.interp(bits, known, np.log(each))) for each in zip(*MNSIM.values(), strict=True))
    beyond = 2.0 ** (bits - np.clip(bits, known[0], known[-1]))
    latency = (bits + 2) / rate
    return float(power * latency * beyond), float(latency), float(area * beyond)


def adc(
    process: Process, bits: int, column_resistance: float, read_voltage: float
) -> tuple[Quantity, Quantity, Quantity]:
    """(energy per conversion, latency, area) of one converter, from the lowest to the highest published model."""
    models = {"MNSIM, of ISAAC at 8 bits": mnsim(bits)}
    if process.sar:
        models["NeuroSim DNN V1.4 SAR"] = sar(process, bits, column_resistance, read_voltage)
    energies = {name: model[0] for name, model in models.items()}
    energies["analogsim, 0.5 pJ/bit"] = 0.5e-12 * bits
    energies["NeuroSim MLP V3.0 integrate-and-fire, 65 nm"] = integrate_and_fire(process, bits)[0]
    return (
        between(energies, "J", f"{bits}-bit conversion"),
        between({name: model[1] for name, model in models.items()}, "s", f"{bits}-bit conversion"),
        between({name: model[2] for name, model in models.items()}, "m**2", f"{bits}-bit converter"),
    )


def dac(seconds: float, bits: int = 1) -> tuple[Quantity, Quantity]:
    """(energy, area) of driving one row with `bits` bits of input for `seconds`.

    MNSIM's table of 1 to 6 bits doubles power and area with every bit (its 8-bit power is a thousand times too large,
    a slip of units, and is not followed).
    """
    scale = 2.0 ** (bits - 1)
    energies = {"MNSIM, 3.9 µW at 1 bit": 3.9e-6 * scale * seconds, "analogsim, 0.1 pJ/bit": 0.1e-12 * bits}
    area = between({"MNSIM": 0.166e-12 * scale}, "m**2", f"{bits}-bit driver")
    return between(energies, "J", f"{bits}-bit drive"), area


def between(models: dict[str, float], unit: str, label: str) -> Quantity:
    """The geometric mean of published models, with the lowest and highest as its range."""
    low, high = min(models.values()), max(models.values())
    note = "; ".join(f"{name}: {value:.3g} {unit}" for name, value in models.items())
    return Quantity(math.sqrt(low * high), unit, "assumed", low, high, "range of sources", len(models), label, note)

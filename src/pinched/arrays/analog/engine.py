"""The analog matrix-vector engine: a weight matrix on an array of devices, programmed once and read many times."""

import dataclasses
import itertools
from typing import Any

import equinox as eqx
import jax
import numpy as np

from pinched.arrays.analog.converters import ADC, DAC, digits, distorted, namespace, rounded, some
from pinched.arrays.analog.mapping import Mapping, bare
from pinched.arrays.analog.noise import Draws, generator, normals
from pinched.arrays.analog.tiles import Layout, seen
from pinched.arrays.analog.weights import base, weight_range
from pinched.arrays.analog.writing import columns, put
from pinched.core import PinchedError

EFFECTS = ("noise", "bend", "wires", "DAC", "ADC", "DAC errors", "ADC errors")
LINEAR = {"noise", "wires"}  # effects that leave an array linear in its inputs
TINY = np.float32(1e-37)  # A², added to the noise of a column, whose slope would be infinite at rest
FLOOR = np.float32(1e-3)  # of the ON conductance: what the wires leave of a cell near zero is that of such a one
LEFT_OUT = (0.0, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2)  # of the calibration currents, by the range of the converter


@jax.tree_util.register_dataclass  # an attribute of an equinox module takes a hundred times longer to read
@dataclasses.dataclass(frozen=True, eq=False)
class Engine:
    """A weight matrix (rows, outputs) on devices; call it with inputs (…, rows), and a key for the noise of a read.

    NumPy in, NumPy out, and JAX likewise, with gradients of inputs and conductances (straight-through where rounded).
    """

    asked: Any  # (slices, planes, devices, rows, places) what was asked of the devices, S
    cells: Any  # the same, as the devices have taken it, S
    signal: Any  # (rows, slices, outputs) what a volt on a row adds to the currents that are converted, S; slices that
    # compensate each other are summed
    variance: Any  # (rows, slices, outputs) of the read noise of the same cells, S²
    shared: Any  # (rows, slices, tiles) the same of the reference columns, or None
    share: Any  # (slices,) of the slices in a weight
    scale: Any  # weight per S
    x_max: Any  # the input that the read voltage stands for
    signed: Any  # whether inputs below zero occur
    i_range: Any  # (2, slices, 1) lowest and highest current that the column converters take, A
    dac: DAC
    adc: ADC
    mapping: Mapping
    parts: tuple[int, ...] = eqx.field(static=True)  # the rows at which currents are converted, and all
    tile_of: tuple[int, ...] = eqx.field(static=True)  # the reference column of each output
    effects: frozenset[str] = eqx.field(static=True)  # of EFFECTS, those that a read has

    @classmethod
    def of(
        cls, weights, mapping: Mapping, key=0, *, inputs=None, x_max=None, signed=None, w_max=None, dac=None, adc=None
    ) -> "Engine":
        """Put a weight matrix on devices.

        Args:
            weights: (rows, outputs), NumPy, or JAX to follow their gradient (then with `w_max`, and without wires).
            mapping: the devices and the layout.
            key: integer seed, JAX key or NumPy generator of the programming errors, the spreads and the stuck cells.
            inputs: samples (n, rows) on which the ranges of the converters are calibrated; without, the input range
                is ±`x_max` and the converters take whatever it can make.
            x_max: the input that the read voltage stands for; by default the largest of `inputs`, or 1.
            signed: whether inputs below zero occur; by default what `inputs` say, or that they do.
            w_max: the weight that the conductance range stands for; by default the one of least expected error.
            dac, adc: converters, by default without errors and with the bits of the mapping; every row and every
                column draws its own from the spreads they give.

        Raises:
            PinchedError: for shapes that do not fit, numbers that are not finite, or inputs without a bit for the sign.
        """
        w = weights if isinstance(weights, jax.Array) else _matrix("weights", weights)
        m, rng = bare(mapping, w.dtype), generator(key)
        layout = Layout(w.shape[0], w.shape[1], m)
        if inputs is not None:
            inputs = _matrix("inputs", inputs, w.shape[0]).astype(w.dtype)
        signed = bool(inputs is None or np.min(inputs) < 0) if signed is None else signed
        if signed and m.cycles == 1 and mapping.dac_bits < 2:
            raise PinchedError("Inputs below zero need a bit for their sign: `dac_bits` of 2, or several `cycles`.")
        w_max = weight_range(w, m) if w_max is None else np.asarray(w_max, w.dtype)[()]
        written = put(w / w_max, layout, rng)
        scale = w_max / (m.devices * (m.g_max - m.g_min) * m.span)
        largest = 1 if inputs is None else np.max(np.abs(inputs)) or 1
        dac = _drawn(dac or DAC(bits=mapping.dac_bits), rng, w.shape[0], w.dtype)
        adc = _drawn(adc or ADC(bits=mapping.adc_bits), rng, w.shape[1], w.dtype)
        # What several tiles add up is only told apart where it is converted.
        parts = (0, w.shape[0]) if adc.exact else (*(t.start for t in layout.row_tiles()), w.shape[0])
        parted = _by_rows(written.signal, written.variance, layout)
        x_max = np.asarray(x_max or largest, w.dtype)[()]
        present = (some(m.sigma_read), some(m.nonlinearity - 2), some(m.r_wire), some(1 / dac.bits), some(1 / adc.bits),
                   not dac.clean, not adc.clean)  # fmt: skip
        effects = frozenset(itertools.compress(EFFECTS, present))
        engine = cls(written.asked, written.cells, *parted, written.share, scale, x_max, signed, None, dac, adc, m,
                     parts, tuple(layout.tile_of.tolist()), effects)  # fmt: skip
        return eqx.tree_at(lambda e: e.i_range, engine, _ranges(engine, inputs), is_leaf=_absent)

    @property
    def weights(self):
        """The weights (rows, outputs) that the array has, wires included."""
        slices = namespace(self.signal).moveaxis(self.signal, 1, 0)
        return (_weighted(self.share, slices) - self.share.sum() * base(self.mapping)) * self.scale

    @property
    def through(self) -> np.ndarray:
        """The part of each cell that its column sees through the wires; cells near zero are taken as FLOOR."""
        layout = Layout(self.signal.shape[0], self.signal.shape[-1], self.mapping)
        g = np.maximum(self.cells, FLOOR * self.mapping.g_max)
        return np.clip(seen(g, layout) / g, 0, 1)

    def rewritten(self, weights, key, through=None) -> "Engine":
        """The engine with other `weights` (rows, outputs) written to it within the same ranges; JAX keeps gradients.

        With `through`, as that of an engine of much the same weights, this stands for the wires.
        """
        m = self.mapping if "wires" in self.effects else _without_wires(self.mapping)
        layout = Layout(weights.shape[0], weights.shape[1], m, through)
        u = weights / (self.scale * m.devices * (m.g_max - m.g_min) * m.span)
        written = put(u, layout, Draws(key) if isinstance(weights, jax.Array) else generator(key))
        parts = _by_rows(written.signal, written.variance, layout)
        return eqx.tree_at(
            lambda e: (e.asked, e.cells, e.signal, e.variance, e.shared), self, (written.asked, written.cells, *parts),
            is_leaf=_absent,
        )  # fmt: skip

    def holding(self, cells, noise=None) -> "Engine":
        """The engine with other conductances in its cells, aged, failed or repaired, and the converters as they are.

        Args:
            cells: as `cells`, S.
            noise: the read noise of each over its current; by default that of the mapping.
        """
        m, layout = self.mapping, Layout(self.signal.shape[0], self.signal.shape[-1], self.mapping)
        noise = m.sigma_read if noise is None else noise
        parts = _by_rows(*columns(cells, self.share, layout, noise), layout)
        effects = self.effects - {"noise"} | ({"noise"} if some(noise) else set())
        held = dataclasses.replace(self, effects=effects)
        return eqx.tree_at(lambda e: (e.cells, e.signal, e.variance, e.shared), held, (cells, *parts), is_leaf=_absent)

    def __call__(self, x, key=None):
        """Products (…, outputs) of inputs (…, rows); each call with a `key` draws its own noise.

        Raises:
            PinchedError: where `x` does not have the rows of the matrix.
        """
        x = namespace(x, self.signal).asarray(x, self.signal.dtype)
        rows = self.signal.shape[0]
        if x.ndim == 0 or x.shape[-1] != rows:
            raise PinchedError(f"The array has {rows} rows; inputs of shape {x.shape} must end in {rows}.")
        return product(self, x, None if key is None else normals(key, x))

    def cost(self, **macro):
        """What a product and writing the weights cost: a Cost; `macro` are further fields of `arrays.Macro`."""
        from pinched.arrays.analog.budget import budget

        return budget(self, **macro)


# Functions, for a bound method of a module takes longer to make than a small product.


def product(engine: Engine, x, draw=None):
    """Products (…, outputs) of inputs (…, rows); `draw(shape)` gives the standard normal numbers of the noise."""
    m, share = engine.mapping, engine.share
    if m.cycles == 1 and engine.effects <= LINEAR:  # whatever the voltages are
        (i,) = _tiles(engine, x, draw)
        total, given, unit = i, x.sum(-1, keepdims=True) if m.scheme == "offset" else 0, 1
    else:
        volts, place = drive(engine, x)
        i = _currents(engine, volts, draw)
        low, high = engine.i_range
        i = distorted(i, engine.adc, low, high, draw) if "ADC errors" in engine.effects else i
        i = rounded(i, engine.adc, low, high) if "ADC" in engine.effects else i
        total = _weighted(place, i.sum(0) if len(i) > 1 else i[0])
        given, unit = m.read_voltage * _weighted(place, volts.sum(-1, keepdims=True)), engine.x_max / m.read_voltage
    total = total[..., 0, :] if total.shape[-2] == 1 else namespace(total).tensordot(total, share, ((-2,), (0,)))
    total = total - share.sum() * base(m) * given if m.scheme == "offset" else total
    return total * (engine.scale * unit)


def currents(engine: Engine, x, draw=None):
    """Currents (tiles, cycles, …, slices, outputs) in A that are converted, for inputs (…, rows)."""
    return _currents(engine, drive(engine, x)[0], draw)


def drive(engine: Engine, x):
    """What the converters are given for inputs (…, rows): digits (cycles, …, rows) in [-1, 1], and their shares."""
    u, cycles = x / engine.x_max, engine.mapping.cycles
    if cycles == 1:
        u = rounded(u, engine.dac, -_negative(engine), 1.0) if "DAC" in engine.effects else u
        return u[None], np.ones(1, x.dtype)
    xp = namespace(x)
    magnitude, share = digits(xp.abs(u), 2**engine.dac.bits, cycles)
    return magnitude * xp.sign(u), share.astype(x.dtype)


def _currents(engine, given, draw):
    """Currents (tiles, cycles, …, slices, outputs) in A that are converted, for digits (cycles, …, rows).

    Read noise that is independent from cell to cell is exactly Gaussian at the column, with variance sum V² σ²: one
    product with the variances draws it. Through wires the effective conductances stand for those of the cells.
    """
    effects, m = engine.effects, engine.mapping
    v = distorted(given, engine.dac, -_negative(engine), 1.0, draw) if "DAC errors" in effects else given
    v = m.read_voltage * (_bent(v, m.nonlinearity) if "bend" in effects else v)
    i = _tiles(engine, v, draw)
    return namespace(*i).stack(i) if len(i) > 1 else i[0][None]


def _tiles(engine, v, draw):
    """Currents (…, slices, outputs) of each part of the rows at voltages (…, rows)."""
    signal, variance, shared = engine.signal, engine.variance, engine.shared
    tiles = [(v[..., a:b], slice(a, b)) for a, b in itertools.pairwise(engine.parts)]
    i = [_product(u, signal[rows]) for u, rows in tiles]
    if draw is not None and "noise" in engine.effects:
        for n, (u, rows) in enumerate(tiles):
            i[n] += _noise(u, variance[rows], draw)
            if shared is not None:
                i[n] -= _noise(u, shared[rows], draw)[..., np.array(engine.tile_of)]
    return i


def _noise(v, variance, draw):
    """Noise of the currents (…, slices, columns) in A at voltages (…, rows)."""
    i = _product(v * v, variance)
    i += TINY
    i = namespace(i).sqrt(i)
    i *= draw(i.shape)
    return i


def _bent(u, nonlinearity):
    """The voltage over the largest, `u`, that an ohmic cell needs for the current of a cell that follows a sinh law.

    Cells are programmed to their conductance at the largest. Through wires the law is taken at the driven end.
    """
    xp = namespace(u, nonlinearity)
    b = 2 * xp.arccosh(xp.maximum(nonlinearity / 2, 1 + 1e-6)).astype(u.dtype)  # sinh(b) / sinh(b / 2) is 2 cosh(b / 2)
    return xp.sinh(b * u) / xp.sinh(b)


def _ranges(engine, inputs):
    """Lowest and highest current of the converters, A (2, slices, 1).

    Without inputs whatever the array can make; else that of LEFT_OUT which rounds and clips their currents with the
    least squared error, for each slice.
    """
    signal, xp = engine.signal, namespace(engine.signal)
    offset = engine.mapping.scheme == "offset"
    if inputs is None:
        tiles = [xp.abs(signal[a:b]).sum(0).max(-1) for a, b in itertools.pairwise(engine.parts)]
        high = engine.mapping.read_voltage * xp.max(xp.stack(tiles), 0)
        found = -high * (engine.signed or not offset), high
    else:
        i = xp.moveaxis(currents(engine, inputs), -2, 0).reshape(signal.shape[1], -1)
        out = np.array(LEFT_OUT, i.dtype)
        high = xp.quantile(i if offset else xp.abs(i), 1 - out, axis=1)
        low = xp.quantile(i, out, axis=1) if offset else -high
        high = xp.where(high > low, high, low + 1)
        ranges = zip(low[..., None], high[..., None], strict=True)
        error = xp.stack([xp.mean((rounded(i, engine.adc, *each) - i) ** 2, axis=1) for each in ranges])
        best = xp.argmin(error, axis=0), np.arange(len(i))
        found = low[best], high[best]
    low, high = found
    return xp.stack([low, xp.where(high > low, high, low + 1)]).astype(signal.dtype)[..., None]


def _weighted(share, parts):
    """The sum of `parts` by their shares; a single one is the whole."""
    return parts[0] if len(parts) == 1 else namespace(share, parts).tensordot(share, parts, 1)


def _negative(engine):
    return engine.share.dtype.type(1) * engine.signed


def _product(v, g):
    """(…, slices, columns) of voltages (…, rows) and conductances (rows, slices, columns)."""
    return (v @ g.reshape(len(g), -1)).reshape(*v.shape[:-1], *g.shape[1:])


def _by_rows(signal, variance, layout):
    """The signal, the variance of the outputs and that of the references, or None, with the rows first."""
    xp = namespace(signal)
    signal, variance = xp.moveaxis(signal, 0, 1), xp.moveaxis(variance, 0, 1)
    if not layout.referenced:
        return signal, variance, None
    return signal, variance[..., layout.own], variance[..., layout.references]


def _without_wires(mapping):
    """Known to have none, also where compiled code does not know its numbers."""
    return eqx.tree_at(lambda m: m.r_wire, mapping, np.float32(0))


def _absent(x):
    return x is None


def _drawn(converter, rng, n, dtype):
    return bare(converter.drawn(rng, n), dtype)


def _matrix(name: str, value, columns: int | None = None) -> np.ndarray:
    a = np.asarray(value)
    a = a if a.dtype.kind == "f" else a.astype(np.float64)
    if a.ndim != 2 or not a.size or (columns is not None and a.shape[1] != columns):
        wanted = "(rows, outputs)" if columns is None else f"(n, {columns})"
        raise PinchedError(f"Engine: `{name}` has shape {a.shape}, it must be a matrix {wanted}.")
    if not np.isfinite(a).all():
        raise PinchedError(f"Engine: `{name}` has numbers that are not finite.")
    return a

"""`param()` fields: the one declaration from which tables, bounds errors and parameter files come."""

import dataclasses
from collections.abc import Iterator
from typing import Any, Self

import equinox as eqx
import jax
import numpy as np

from pinched.core.errors import PinchedError, nearest


@dataclasses.dataclass(frozen=True)
class Param:
    """What a `param()` field says of itself."""

    unit: str
    doc: str
    ge: float | None = None
    le: float | None = None
    gt: float | None = None
    lt: float | None = None

    def violation(self, value: np.ndarray) -> str | None:
        """The first bound that `value` breaks, in words, or None."""
        checks = (
            (self.ge, np.less, "at least"),
            (self.le, np.greater, "at most"),
            (self.gt, np.less_equal, "above"),
            (self.lt, np.greater_equal, "below"),
        )
        for bound, broken, words in checks:
            if bound is not None and np.any(broken(value, bound)):
                return f"must be {words} {bound:g}" + (f" {self.unit}" if self.unit != "1" else "")
        return "must be finite" if np.any(np.isnan(value)) else None


def _float64(value: Any) -> Any:
    # Python floats would retrace for each value, and jnp arrays made outside the x64 context would be float32.
    return np.asarray(value, dtype=np.float64) if isinstance(value, (int, float, list, tuple, np.ndarray)) else value


def param(
    default: Any = dataclasses.MISSING,
    unit: str = "1",
    doc: str = "",
    *,
    ge: float | None = None,
    le: float | None = None,
    gt: float | None = None,
    lt: float | None = None,
) -> Any:
    """A physical parameter of a frozen module.

    Args:
        default: value in `unit`; a scalar, or an array whose leading axes are a population.
        unit: SI unit as text that pint reads ("V", "m/s", "1" for dimensionless, "eV" where the field uses it).
        doc: one line for the parameter table.
        ge, le, gt, lt: bounds, checked when the module is made from concrete values.

    Returns:
        An equinox field that stores a float64 NumPy array.
    """
    metadata = {"param": Param(unit, doc, ge, le, gt, lt)}
    if default is dataclasses.MISSING:
        return eqx.field(converter=_float64, metadata=metadata)
    return eqx.field(default=default, converter=_float64, metadata=metadata)


def params(cls: type | eqx.Module) -> dict[str, Param]:
    """The declared parameters of a module or its class, in order of declaration."""
    return {f.name: f.metadata["param"] for f in dataclasses.fields(cls) if "param" in f.metadata}  # type: ignore[arg-type]


def values(module: eqx.Module) -> Iterator[tuple[str, Param, Any]]:
    """(name, declaration, value) of every parameter of `module`."""
    for name, declared in params(module).items():
        yield name, declared, getattr(module, name)


def check_bounds(module: eqx.Module) -> None:
    """Raise PinchedError where a concrete parameter of `module` breaks its declared bounds."""
    for name, declared, value in values(module):
        if isinstance(value, str):
            raise PinchedError(f"{type(module).__name__}.{name} = {value!r}: it must be a number ({declared.doc}).")
        if isinstance(value, np.ndarray) and (broken := declared.violation(value)):
            shown = value if value.ndim else f"{float(value):g}"
            unit = f" {declared.unit}" if declared.unit != "1" else ""
            raise PinchedError(f"{type(module).__name__}.{name} = {shown}{unit}: it {broken} ({declared.doc}).")


class Parametrised(eqx.Module):
    """A frozen module whose `param()` fields are checked when it is made."""

    def __check_init__(self) -> None:
        check_bounds(self)

    def replace(self, **changes: Any) -> Self:
        """A copy with some fields changed; raises PinchedError for a name that is no field."""
        names = [f.name for f in dataclasses.fields(self)]
        for name in changes:
            if name not in names:
                raise PinchedError(f"{type(self).__name__} has no parameter {name!r}{nearest(name, names)}.")
        return dataclasses.replace(self, **changes)

    @property
    def population(self) -> tuple[int, ...]:
        """Shape of the leading batch axes that the parameters share; () for a single device."""
        return np.broadcast_shapes(*(np.shape(leaf) for leaf in jax.tree.leaves(self)), ())

"""What every room stands on: parameters, quantities, the Dataset schema, precision, errors."""

from pinched.core.dataset import KINDS, Flag, check_dataset, clean, concat, make_dataset
from pinched.core.errors import PinchedError, nearest
from pinched.core.params import Param, Parametrised, param, params
from pinched.core.precision import double, verb
from pinched.core.quantity import Origin, Quantity, engineering

__all__ = [
    "KINDS",
    "Flag",
    "Origin",
    "Param",
    "Parametrised",
    "PinchedError",
    "Quantity",
    "check_dataset",
    "clean",
    "concat",
    "double",
    "engineering",
    "make_dataset",
    "nearest",
    "param",
    "params",
    "verb",
]

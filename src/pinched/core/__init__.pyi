from .dataset import (
    KINDS as KINDS,
    Flag as Flag,
    check_dataset as check_dataset,
    clean as clean,
    concat as concat,
    make_dataset as make_dataset,
)
from .errors import PinchedError as PinchedError, nearest as nearest
from .params import Param as Param, Parametrised as Parametrised, param as param, params as params
from .precision import double as double, is_traced as is_traced, verb as verb
from .quantity import Origin as Origin, Quantity as Quantity, engineering as engineering

from .dataset import (
    KINDS as KINDS,
)
from .dataset import (
    Flag as Flag,
)
from .dataset import (
    check_dataset as check_dataset,
)
from .dataset import (
    clean as clean,
)
from .dataset import (
    concat as concat,
)
from .dataset import (
    make_dataset as make_dataset,
)
from .errors import PinchedError as PinchedError
from .errors import nearest as nearest
from .params import Param as Param
from .params import Parametrised as Parametrised
from .params import param as param
from .params import params as params
from .precision import double as double
from .precision import verb as verb
from .quantity import Origin as Origin
from .quantity import Quantity as Quantity
from .quantity import engineering as engineering

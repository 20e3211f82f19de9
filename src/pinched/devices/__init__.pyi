from .base import Device as Device, Environment as Environment, State as State
from .check import check_device as check_device
from .library import (
    describe as describe,
    device as device,
    load_model as load_model,
    models as models,
    names as names,
    provenance as provenance,
    response as response,
    response_names as response_names,
)
from .parameter_file import save_device as save_device
from .pulse_response import (
    ExponentialResponse as ExponentialResponse,
    PulseResponse as PulseResponse,
    SoftBoundsResponse as SoftBoundsResponse,
)
from .pulse_table import TableResponse as TableResponse
from .resistor import Ohmic as Ohmic, SinhResistor as SinhResistor
from .schottky import Schottky as Schottky
from .stanford import StanfordGap as StanfordGap
from .vteam import VTEAM as VTEAM
from .wrappers import SeriesResistance as SeriesResistance
from .yakopcic import Yakopcic as Yakopcic

MODELS: tuple[str, ...]

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
from .synapse.pulse_response import (
    ExponentialResponse as ExponentialResponse,
    PulseResponse as PulseResponse,
    SoftBoundsResponse as SoftBoundsResponse,
)
from .synapse.pulse_table import TableResponse as TableResponse
from .resistor import Ohmic as Ohmic, SinhResistor as SinhResistor
from .interface.schottky import Schottky as Schottky
from .valence_change.stanford import StanfordGap as StanfordGap
from .drift.vteam import VTEAM as VTEAM
from .wrappers.series import SeriesResistance as SeriesResistance
from .drift.yakopcic import Yakopcic as Yakopcic

MODELS: tuple[str, ...]

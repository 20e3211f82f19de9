from .base import Device as Device
from .base import Environment as Environment
from .base import State as State
from .check import check_device as check_device
from .library import describe as describe
from .library import device as device
from .library import load_model as load_model
from .library import models as models
from .library import names as names
from .library import provenance as provenance
from .library import response as response
from .library import response_names as response_names
from .parameter_file import save_device as save_device
from .pulse_response import ExponentialResponse as ExponentialResponse
from .pulse_response import PulseResponse as PulseResponse
from .pulse_response import SoftBoundsResponse as SoftBoundsResponse
from .pulse_table import TableResponse as TableResponse
from .resistor import Ohmic as Ohmic
from .resistor import SinhResistor as SinhResistor
from .schottky import Schottky as Schottky
from .stanford import StanfordGap as StanfordGap
from .vteam import VTEAM as VTEAM
from .wrappers import SeriesResistance as SeriesResistance
from .yakopcic import Yakopcic as Yakopcic

MODELS: tuple[str, ...]

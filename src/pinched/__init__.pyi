from . import (
    applications as applications,
    arrays as arrays,
    characterize as characterize,
    core as core,
    devices as devices,
    experiments as experiments,
    gallery as gallery,
    materials as materials,
    networks as networks,
    reports as reports,
)
from .arrays.crossbar import Crossbar as Crossbar
from .characterize.catalogue import catalogue as catalogue
from .characterize.extract import pulse_response as pulse_response
from .characterize.fit import fit as fit
from .characterize.metrics import metrics as metrics
from .core import (
    PinchedError as PinchedError,
    Quantity as Quantity,
    check_dataset as check_dataset,
    double as double,
    param as param,
)
from .devices import (
    Device as Device,
    Environment as Environment,
    State as State,
    check_device as check_device,
    device as device,
)
from .experiments import protocols as protocols
from .experiments.engine import run as run
from .experiments.load import load as load
from .experiments.standard.station import probe as probe
from .reports.pipeline import report as report

__version__: str

# `metrics`, `fit`, `catalogue` and `conduction` live in modules of their own name: `pinched.metrics`, …
from .compare import side_by_side as side_by_side
from .conduction import fit_laws as fit_laws
from .extract import pulse_response as pulse_response
from .loops import loop_features as loop_features
from .metrics import Metrics as Metrics
from .metrics import recognised as recognised
from .pulses import trains as trains
from .reliability import drift as drift
from .reliability import level_table as level_table
from .statistics import Distribution as Distribution
from .statistics import distribution as distribution
from .statistics import spread as spread
from .synapse import pulse_metrics as pulse_metrics

# `metrics`, `fit`, `catalogue` and `conduction` live in modules of their own name: `pinched.metrics`, …
from .cells import CellMerits as CellMerits, cell_merits as cell_merits
from .compare import side_by_side as side_by_side
from .conduction import fit_laws as fit_laws
from .extract import pulse_response as pulse_response
from .loops import loop_features as loop_features
from .merits import figures_of_merit as figures_of_merit
from .metrics import Metrics as Metrics, recognised as recognised
from .pulses import trains as trains
from .reliability import drift as drift, level_table as level_table
from .statistics import Distribution as Distribution, distribution as distribution, spread as spread
from .synapse import pulse_metrics as pulse_metrics

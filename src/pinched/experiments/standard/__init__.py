"""The experiments of a probe station, by name, on any device.

`EXPERIMENTS` lists them; `probe(device, name)` runs one and returns the common Dataset. What it says is computed by
`characterize.figures_of_merit`, and drawn by `reports.probe`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

"""Multilevel memory: levels placed for a device's spread and drift, read errors, correcting codes, bits per cell.

`levels(law, n)` places levels by a law of what cells read (a published Programming, or measured cells); then
`bit_error_rate`, `read_window` and `lifetime` say how they age, and `capacity` what a cell holds after correction.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

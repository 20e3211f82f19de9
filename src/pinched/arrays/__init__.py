"""Arrays of devices: the crossbar with its wires, what they cost, and how large they may grow."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

"""Protocols, the engine that runs them on a device, and the loaders that read the same thing from a lab file."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

"""Complete systems, each built from the rooms before: the images that a device is judged by."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

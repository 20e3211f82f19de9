"""What a Dataset says of its device: figures of merit, distributions, fits, comparisons."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)

"""pinched: a memristor from the probe station to the neural network.

    import pinched as pn
    data = pn.load("sweep.csv")
    fit = pn.fit(data)
    pn.report("sweep.csv", out="my-device")

Everything is imported on first use; `__init__.pyi` lists the public names.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
__version__ = "0.1.0"

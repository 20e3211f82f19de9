"""The gallery: the systems of the field's reviews, each run on the library and set beside its printed headline.

`entries()` lists them; `run("S12")` reproduces one. An entry is one short file in `systems/`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

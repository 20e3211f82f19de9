"""Logic in memory: expressions and netlists, scheduled on a line of memristors, run electrically on the crossbar."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

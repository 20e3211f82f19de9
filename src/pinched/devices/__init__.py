"""Compact models, one file a mechanism, and the published parameter sets."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach(
    __name__,
    submod_attrs={
        "base": ["Device", "Environment", "State"],
        "resistor": ["Ohmic", "SinhResistor"],
        "stanford": ["StanfordGap"],
        "vteam": ["VTEAM"],
    },
)

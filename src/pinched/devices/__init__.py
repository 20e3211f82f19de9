"""Compact models, one file a mechanism; published parameter sets; the behavioural synapse.

`device(name)` gives a published Device, `response(name)` a published PulseResponse; either takes a path as well.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)

MODELS = (
    "ChargeMemristor",
    "FluxMemristor",
    "LinearDrift",
    "PickettSimmons",
    "TEAM",
    "VTEAM",
    "Yakopcic",
    "MetastableSwitch",
    "Laiho",
    "Lehtonen",
    "StanfordGap",
    "StanfordFilament",
    "SkyWater",
    "JART",
    "JARTVariable",
    "Forming",
    "Strachan",
    "Memdiode",
    "Schottky",
    "NaMLab",
    "ECM",
    "Diffusive",
    "Mott",
    "VO2",
    "PooleFrenkel",
    "ArrheniusDrift",
    "WOx",
    "WOxGatedGrowth",
    "WOxGatedDecay",
    "AmorphousHEO",
    "SpinelHEO",
    "QuantumPointContact",
    "Ohmic",
    "SinhResistor",
    "SeriesResistance",
    "ParallelCapacitance",
    "ThermalShell",
    "CycleVariation",
    "ReadNoise",
    "Stuck",
    "Strain",
    "Retention",
    "Drift",
    "Endurance",
    "ExponentialResponse",
    "SoftBoundsResponse",
    "ExpStepResponse",
    "TableResponse",
)

from .access.diode import Diode as Diode
from .access.ots import OTS as OTS
from .access.transistor import Transistor as Transistor
from .access.tunnelling import TunnelBarrier as TunnelBarrier
from .base import Device as Device, Environment as Environment, State as State
from .check import check_device as check_device
from .drift.chua import ChargeMemristor as ChargeMemristor, FluxMemristor as FluxMemristor
from .drift.hp import LinearDrift as LinearDrift
from .drift.laiho import Laiho as Laiho
from .drift.lehtonen import Lehtonen as Lehtonen
from .drift.metastable_switch import MetastableSwitch as MetastableSwitch
from .drift.pickett_simmons import PickettSimmons as PickettSimmons
from .drift.team import TEAM as TEAM
from .drift.vteam import VTEAM as VTEAM
from .drift.yakopcic import Yakopcic as Yakopcic
from .high_entropy.amorphous import AmorphousHEO as AmorphousHEO
from .high_entropy.spinel import SpinelHEO as SpinelHEO
from .interface.namlab import NaMLab as NaMLab
from .interface.schottky import Schottky as Schottky
from .library import (
    describe as describe,
    device as device,
    load_model as load_model,
    models as models,
    names as names,
    programming as programming,
    programming_names as programming_names,
    provenance as provenance,
    response as response,
    response_names as response_names,
    transistor as transistor,
    transistor_names as transistor_names,
)
from .metallisation.diffusive import Diffusive as Diffusive
from .metallisation.ecm import ECM as ECM
from .parameter_file import save_device as save_device
from .phase_change.mushroom import Mushroom as Mushroom
from .quantum_point_contact import QuantumPointContact as QuantumPointContact
from .resistor import Ohmic as Ohmic, SinhResistor as SinhResistor
from .sampling import Spread as Spread, population as population, spread as spread
from .second_order.arrhenius import ArrheniusDrift as ArrheniusDrift
from .second_order.wox import WOx as WOx, WOxGatedDecay as WOxGatedDecay, WOxGatedGrowth as WOxGatedGrowth
from .synapse.programming import (
    Cells as Cells,
    NonlinearProgramming as NonlinearProgramming,
    PhaseChangeProgramming as PhaseChangeProgramming,
    Programming as Programming,
    RelaxingProgramming as RelaxingProgramming,
    SpreadingProgramming as SpreadingProgramming,
)
from .synapse.pulse_response import (
    ExponentialResponse as ExponentialResponse,
    PulseResponse as PulseResponse,
    SoftBoundsResponse as SoftBoundsResponse,
)
from .synapse.pulse_table import TableResponse as TableResponse
from .synapse.step_response import ExpStepResponse as ExpStepResponse
from .threshold.mott import Mott as Mott
from .threshold.runaway import PooleFrenkel as PooleFrenkel
from .threshold.vo2_neuristor import VO2 as VO2
from .valence_change.forming import Forming as Forming
from .valence_change.jart import JART as JART
from .valence_change.jart_variable import JARTVariable as JARTVariable
from .valence_change.memdiode import Memdiode as Memdiode
from .valence_change.skywater import SkyWater as SkyWater
from .valence_change.stanford import StanfordGap as StanfordGap
from .valence_change.stanford_filament import StanfordFilament as StanfordFilament
from .valence_change.strachan import Strachan as Strachan
from .wrappers.ageing import (
    Drift as Drift,
    Endurance as Endurance,
    Retention as Retention,
    read_disturb as read_disturb,
)
from .wrappers.capacitor import ParallelCapacitance as ParallelCapacitance
from .wrappers.chua import ChuaCircuit as ChuaCircuit
from .wrappers.in_parallel import InParallel as InParallel
from .wrappers.in_series import InSeries as InSeries, Reversed as Reversed, complementary as complementary
from .wrappers.noise import ReadNoise as ReadNoise
from .wrappers.one_transistor import Gated as Gated, OneTransistor as OneTransistor
from .wrappers.series import SeriesResistance as SeriesResistance
from .wrappers.strain import Strain as Strain
from .wrappers.stuck import FAULTS as FAULTS, Faults as Faults, Stuck as Stuck, with_faults as with_faults
from .wrappers.thermal import ThermalShell as ThermalShell
from .wrappers.variation import CycleVariation as CycleVariation

MODELS: tuple[str, ...]

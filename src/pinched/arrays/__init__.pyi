from . import logic as logic, memory as memory
from .analog.converters import ADC as ADC, DAC as DAC
from .analog.engine import Engine as Engine
from .analog.mapping import Mapping as Mapping
from .analog.precision import effective_bits as effective_bits, relative_error as relative_error
from .bits import stored as stored
from .cost import Cost as Cost, cost as cost
from .crossbar import Crossbar as Crossbar, Solution as Solution
from .disturb import write_disturb as write_disturb, writes_until as writes_until
from .faults import FaultMap as FaultMap, fault_map as fault_map
from .latency import elmore as elmore, sense_time as sense_time, settled as settled, settling as settling
from .limits import largest as largest, limits as limits
from .macro import Macro as Macro
from .margins import (
    Margin as Margin,
    corners as corners,
    gap as gap,
    ir_drop as ir_drop,
    largest_array as largest_array,
    margin_table as margin_table,
    read_margin as read_margin,
)
from .netlist import export as export
from .programming import planned as planned, program as program, summary as summary
from .repair import (
    compensate as compensate,
    complement as complement,
    gathered as gathered,
    recalibrate as recalibrate,
    redundant as redundant,
    remap as remap,
    spare_columns as spare_columns,
)
from .schemes import SCHEMES as SCHEMES, bias as bias, stress as stress
from .stacked import Stack as Stack, footprint as footprint, vertical as vertical, woven as woven

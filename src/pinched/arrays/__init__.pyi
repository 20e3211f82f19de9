from .analog.converters import ADC as ADC, DAC as DAC
from .analog.engine import Engine as Engine
from .analog.mapping import Mapping as Mapping
from .analog.precision import effective_bits as effective_bits, relative_error as relative_error
from .cost import Cost as Cost, cost as cost
from .crossbar import Crossbar as Crossbar, Solution as Solution
from .limits import largest as largest, limits as limits
from .macro import Macro as Macro

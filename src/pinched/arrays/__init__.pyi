from .cost import Cost as Cost
from .cost import cost as cost
from .crossbar import Crossbar as Crossbar
from .crossbar import Solution as Solution
from .limits import largest as largest
from .limits import limits as limits
from .macro import Macro as Macro

from .netlist import export as export
from .ngspice import OPTIONS as OPTIONS, simulate as simulate

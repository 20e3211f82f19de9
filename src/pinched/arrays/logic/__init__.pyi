from .acam import AnalogCAM as AnalogCAM
from .arithmetic import adder as adder, multiplier as multiplier
from .design import design as design
from .execute import LogicRun as LogicRun, execute as execute, usual_spread as usual_spread
from .functions import Functions as Functions, parse as parse
from .gates import Imply as Imply, Magic as Magic, Style as Style
from .line import Levels as Levels, Line as Line
from .mapping import mapped as mapped
from .netfile import read as read
from .netlist import Netlist as Netlist
from .schedule import Gate as Gate, Init as Init, Schedule as Schedule, least_row as least_row, schedule as schedule
from .synthesis import synthesised as synthesised
from .thresholds import Thresholds as Thresholds, thresholds as thresholds

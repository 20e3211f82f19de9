from .arithmetic import adder as adder, multiplier as multiplier
from .functions import Functions as Functions, parse as parse
from .mapping import mapped as mapped
from .netfile import read as read
from .netlist import Netlist as Netlist
from .schedule import Gate as Gate, Init as Init, Schedule as Schedule, least_row as least_row, schedule as schedule
from .synthesis import synthesised as synthesised

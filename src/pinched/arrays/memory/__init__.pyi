from .ageing import Ageing as Ageing, fit_ageing as fit_ageing
from .allocation import Levels as Levels, levels as levels
from .codes import Code as Code, bch as bch, hamming as hamming, reed_solomon as reed_solomon, weakest as weakest
from .density import (
    Capacity as Capacity,
    capacity as capacity,
    densest as densest,
    mutual_information as mutual_information,
)
from .errors import (
    bit_error_rate as bit_error_rate,
    confusion as confusion,
    level_error_rate as level_error_rate,
    lifetime as lifetime,
    read_window as read_window,
)
from .law import Aged as Aged, Law as Law, Measured as Measured, relative as relative
from .readings import Readings as Readings
from .writing import Written as Written, quantised as quantised, write as write, write_verified as write_verified

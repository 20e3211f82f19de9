from .entropy import composition as composition, configurational_entropy as configurational_entropy
from .process import Process as Process, Wire as Wire, process as process, wire as wire
from .substrates import bending_strain as bending_strain, substrate as substrate, substrates as substrates

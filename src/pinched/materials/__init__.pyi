from .entropy import composition as composition
from .entropy import configurational_entropy as configurational_entropy
from .process import Process as Process
from .process import Wire as Wire
from .process import process as process
from .process import wire as wire
from .substrates import substrate as substrate
from .substrates import substrates as substrates

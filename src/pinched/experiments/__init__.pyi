from . import protocols as protocols, standard as standard
from .engine import run as run
from .load import load as load
from .standard import probe as probe

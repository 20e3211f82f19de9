from . import protocols as protocols, standard as standard

from .accuracy import Accuracy as Accuracy
from .insitu import train_in_situ as train_in_situ
from .mlp import MLP as MLP, train as train
from .program import Mapping as Mapping, Programmed as Programmed, program as program
from .sensitivity import sensitivity as sensitivity

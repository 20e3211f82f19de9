from . import binary as binary, insitu as insitu, models as models, sparing as sparing
from .accuracy import Accuracy as Accuracy
from .cost import NetworkCost as NetworkCost
from .insitu import train_in_situ as train_in_situ
from .layers import lowered as lowered
from .mlp import MLP as MLP
from .program import Mapping as Mapping, Programmed as Programmed, program as program
from .reference import reference as reference
from .sensitivity import sensitivity as sensitivity
from .torch.graph import from_torch as from_torch
from .training import train as train
from .training_cost import TrainingCost as TrainingCost, training_cost as training_cost

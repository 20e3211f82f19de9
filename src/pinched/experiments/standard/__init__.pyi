from .bench import Bench as Bench, Experiment as Experiment
from .station import EXPERIMENTS as EXPERIMENTS, experiment as experiment, probe as probe

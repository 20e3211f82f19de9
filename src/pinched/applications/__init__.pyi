from . import digits as digits, mnist as mnist
from .trial import Trial as Trial, trial as trial

"""The sections of a report, a file each: from results to what is shown of them."""

from pinched.reports.sections.array import array
from pinched.reports.sections.cell import cell
from pinched.reports.sections.cost import cost
from pinched.reports.sections.improve import improve
from pinched.reports.sections.measured import measured
from pinched.reports.sections.merits import merits
from pinched.reports.sections.method import method
from pinched.reports.sections.model import model
from pinched.reports.sections.network import network
from pinched.reports.sections.standing import standing
from pinched.reports.sections.synapse import synapse

__all__ = [
    "array", "cell", "cost", "improve", "measured", "merits", "method", "model", "network", "standing", "synapse",
]  # fmt: skip

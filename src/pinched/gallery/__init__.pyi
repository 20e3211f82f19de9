from .entry import Claim as Claim, Entry as Entry, Result as Result, entry as entry, near as near
from .figure import Panel as Panel, panels as panels
from .hall import entries as entries, find as find, run as run

"""One measurement of the bound under faults: what is started, what is done to it, and who judges."""
from . import paths  # it says where what others import is

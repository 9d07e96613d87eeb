"""What scripts/bench measures: one file a part, each with a NAME and run(bench), whose answer is the
part's raw figures. A new part is a file here, a line in PARTS, and a section in report/sections.py."""
from . import check, library, loaded, login, memory, refresh, revoke, storms

PARTS = {part.NAME: part for part in (check, library, storms, loaded, refresh, login, revoke, memory)}

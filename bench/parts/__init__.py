"""What scripts/bench measures: one file a part, each with a NAME and run(bench), whose answer is the
part's raw figures. A new part is a file here, a line in PARTS, and a section in report/page.py."""
from . import check, login, memory, refresh, revoke

PARTS = {part.NAME: part for part in (check, refresh, login, revoke, memory)}

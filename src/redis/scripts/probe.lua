#!lua
-- Does nothing, and is refused exactly when a session could not be opened: out of memory, read-only,
-- persistence failing.
return {1}

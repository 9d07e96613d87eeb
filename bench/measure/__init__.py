"""How things are measured: the machine, the servers side by side, the load, and what becomes of figures."""

"""The small language of the end-to-end tests: real processes, real Redis, the contract's words."""

"""From raw figures to docs/benchmarks.md."""

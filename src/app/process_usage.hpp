// What this process uses of the machine, as the kernel counts it. Thread-safe (no state).
#pragma once

#include <cstdint>

namespace recant::app {

struct ProcessUsage {
  double cpu_seconds = 0;
  std::uint64_t resident_bytes = 0;
};

/// Asks /proc, which is memory and no disk.
ProcessUsage process_usage();

}  // namespace recant::app

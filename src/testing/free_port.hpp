// A TCP port for one test: nobody else's for as long as this process lives, whether anybody listens
// there or not. Tests run side by side, and a server may be late, or down for a moment.
// tests/e2e/harness/ports.py does the same, and knows of these. Thread-safe.
#pragma once

#include <cstdint>

namespace recant::testing {

/// Of 127.0.0.1. Throws when there is none.
std::uint16_t free_port();

}  // namespace recant::testing

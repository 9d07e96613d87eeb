// libFuzzer's way in; compiled once a target, whose name the build gives.
#include <cstddef>
#include <cstdint>

#include "targets.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  recant::fuzz::RECANT_FUZZ_TARGET({reinterpret_cast<const char*>(data), size});
  return 0;
}

// What the kernel has received for this process on its one connection to a port of this machine.
#pragma once

#include <cstdint>

namespace recant::bench {

class ReceivedBytes {
 public:
  /// Throws where there is no such TCP connection over IPv4, or are several.
  explicit ReceivedBytes(std::uint16_t port);
  /// Since it was made. Throws once it is closed.
  std::uint64_t count() const;

 private:
  int descriptor_;
};

}  // namespace recant::bench

#include "testing/free_port.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <random>
#include <stdexcept>
#include <string>

namespace recant::testing {
namespace {

constexpr int kFirst = 10'000;

/// The kernel gives those from here on to whoever connects, or binds no port in particular.
int first_given_away() {
  constexpr int kUsual = 32'768;
  int first = kUsual;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return std::max(first, kFirst + 1000);
}

/// Until this process ends nobody else who asks here gets it: the socket stays open. Its name is
/// abstract (unix(7)), so it leaves no file behind.
bool reserve(int port) {
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string name = "recant-test-port-" + std::to_string(port);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::copy(name.begin(), name.end(), address.sun_path + 1);
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + name.size());
  const bool ours = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), size) == 0;
  if (!ours) ::close(fd);
  return ours;
}

bool is_free(int port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const int on = 1;  // what has just ended counts as free
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const bool bound = ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::close(fd);
  return bound;
}

}  // namespace

std::uint16_t free_port() {
  const int count = first_given_away() - kFirst;
  std::random_device random;
  const int start = std::uniform_int_distribution<int>(0, count - 1)(random);
  for (int i = 0; i < count; ++i) {
    const int port = kFirst + (start + i) % count;
    if (reserve(port) && is_free(port)) return static_cast<std::uint16_t>(port);
  }
  throw std::runtime_error("no free port on 127.0.0.1");
}

}  // namespace recant::testing

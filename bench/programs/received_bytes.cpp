#include "received_bytes.hpp"

#include <arpa/inet.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace recant::bench {
namespace {

bool leads_to(int descriptor, std::uint16_t port) {
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(descriptor, reinterpret_cast<sockaddr*>(&peer), &size) == 0 &&
         peer.sin_family == AF_INET && ntohs(peer.sin_port) == port;
}

int only_connection_to(std::uint16_t port) {
  std::vector<int> found;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    const int descriptor = std::stoi(entry.path().filename());
    if (leads_to(descriptor, port)) found.push_back(descriptor);
  }
  if (found.size() != 1) {
    throw std::runtime_error(std::to_string(found.size()) + " connections lead to port " +
                             std::to_string(port));
  }
  return found.front();
}

}  // namespace

ReceivedBytes::ReceivedBytes(std::uint16_t port) : descriptor_(only_connection_to(port)) {}

std::uint64_t ReceivedBytes::count() const {
  tcp_info info{};
  socklen_t size = sizeof info;
  constexpr int kEstablished = 1;  // TCP_ESTABLISHED, which two headers define
  if (::getsockopt(descriptor_, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 ||
      info.tcpi_state != kEstablished) {
    throw std::runtime_error("the connection is lost");
  }
  return info.tcpi_bytes_received;
}

}  // namespace recant::bench

#include "redis/blocking.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "redis/resp_parser.hpp"

namespace recant::redis {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

std::optional<SocketAddress> resolve(const Address& address) {
  SocketAddress out;
  if (const auto* local = std::get_if<UnixAddress>(&address)) {
    sockaddr_un name{};
    if (local->path.size() >= sizeof name.sun_path) return std::nullopt;
    name.sun_family = AF_UNIX;
    std::memcpy(name.sun_path, local->path.c_str(), local->path.size() + 1);
    std::memcpy(&out.storage, &name, sizeof name);
    out.size = sizeof name;
    return out;
  }
  const auto& tcp = std::get<TcpAddress>(address);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(tcp.host.c_str(), std::to_string(tcp.port).c_str(), &hints, &found) != 0) {
    return std::nullopt;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
  std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
  out.size = found->ai_addrlen;
  return out;
}

/// Waits for `events`, at most until `deadline`.
bool ready(int fd, short events, SteadyInstant deadline) {
  const auto left =
      std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  pollfd wanted{fd, events, 0};
  return left > 0 && ::poll(&wanted, 1, static_cast<int>(left)) == 1;
}

Result<Descriptor, RedisError> open_socket(const Address& address, SteadyInstant deadline) {
  const auto fail = [&](const char* why) {
    return RedisError{RedisErrc::not_connected, to_string(address) + ": " + why};
  };
  const auto target = resolve(address);
  if (!target) return fail("no such address");
  Descriptor socket(
      ::socket(target->storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.get() < 0) return fail(std::strerror(errno));
  if (::connect(socket.get(), target->get(), target->size) != 0) {
    if (errno != EINPROGRESS) return fail(std::strerror(errno));
    if (!ready(socket.get(), POLLOUT, deadline)) return fail("no connection in time");
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return fail(std::strerror(error));
  }
  return socket;
}

}  // namespace

Result<Reply, RedisError> ask_blocking(const Address& address, const Command& command,
                                       milliseconds limit) {
  const SteadyInstant deadline = std::chrono::steady_clock::now() + limit;
  const auto socket = open_socket(address, deadline);
  if (!socket) return socket.error();
  const RedisError late{RedisErrc::timeout, to_string(address) + ": no answer in time"};
  const RedisError lost{RedisErrc::lost, to_string(address) + ": the connection ended"};

  std::string out;
  command.encode_to(out);
  for (std::size_t sent = 0; sent < out.size();) {
    if (!ready(socket->get(), POLLOUT, deadline)) return late;
    const auto size = ::send(socket->get(), out.data() + sent, out.size() - sent, MSG_NOSIGNAL);
    if (size < 0 && errno != EAGAIN) return lost;
    if (size > 0) sent += static_cast<std::size_t>(size);
  }
  RespParser parser;
  std::array<char, 4096> in{};
  while (true) {
    auto reply = parser.next();
    if (!reply) return RedisError{RedisErrc::unexpected_reply, std::string(name(reply.error()))};
    if (*reply) return std::move(**reply);
    if (!ready(socket->get(), POLLIN, deadline)) return late;
    const auto size = ::recv(socket->get(), in.data(), in.size(), 0);
    if (size == 0 || (size < 0 && errno != EAGAIN)) return lost;
    if (size > 0) parser.feed({in.data(), static_cast<std::size_t>(size)});
  }
}

}  // namespace recant::redis

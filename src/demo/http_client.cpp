#include "demo/http_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <stdexcept>

namespace recant::demo {
namespace {

class Socket {
 public:
  explicit Socket(unsigned short port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval limit{30, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail();
  }
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  void send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent < 0) fail();
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  /// Until the other end closes, as `Connection: close` asks it to.
  std::string receive() const {
    std::string all;
    std::array<char, 4096> part{};
    for (;;) {
      const auto size = ::recv(fd_, part.data(), part.size(), 0);
      if (size < 0) fail();
      if (size == 0) return all;
      all.append(part.data(), static_cast<std::size_t>(size));
    }
  }

 private:
  [[noreturn]] static void fail() { throw std::runtime_error("the demo's server does not answer"); }
  const int fd_;
};

std::string encode(const HttpRequest& request) {
  std::string out =
      request.method + " " + request.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n";
  for (const auto& [name, value] : request.headers) out += name + ": " + value + "\r\n";
  const std::string body = request.body ? json::serialize(*request.body) : std::string();
  if (request.body) out += "Content-Type: application/json\r\n";
  if (request.method != "GET") out += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return out + "\r\n" + body;
}

std::string_view take_line(std::string_view& text) {
  const auto end = text.find("\r\n");
  if (end == std::string_view::npos)
    throw std::runtime_error("half an answer of the demo's server");
  const std::string_view line = text.substr(0, end);
  text.remove_prefix(end + 2);
  return line;
}

HttpResponse decode(std::string_view text) {
  HttpResponse response;
  const std::string_view line = take_line(text);  // HTTP/1.1 200 OK
  constexpr std::size_t kStatusAt = 9;
  constexpr std::size_t kPhraseAt = 13;
  if (line.size() < kPhraseAt) throw std::runtime_error("no answer that the demo understands");
  std::from_chars(line.data() + kStatusAt, line.data() + kPhraseAt - 1, response.status);
  response.phrase = line.substr(kPhraseAt);
  for (auto field = take_line(text); !field.empty(); field = take_line(text)) {
    const auto colon = field.find(':');
    const auto value = field.find_first_not_of(' ', colon + 1);
    response.headers.emplace_back(field.substr(0, colon),
                                  value == std::string_view::npos ? "" : field.substr(value));
  }
  response.body = text;
  return response;
}

bool same_name(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::ranges::equal(a, b, {}, lower, lower);
}

}  // namespace

std::string HttpResponse::header(std::string_view name) const {
  for (const auto& [found, value] : headers) {
    if (same_name(found, name)) return value;
  }
  return {};
}

json::Value HttpResponse::json() const {
  const auto value = json::parse(body);
  return value ? *value : json::Value();
}

HttpResponse HttpClient::send(const HttpRequest& request) const {
  const Socket socket(port_);
  socket.send(encode(request));
  return decode(socket.receive());
}

}  // namespace recant::demo

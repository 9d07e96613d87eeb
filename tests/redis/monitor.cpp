#include "monitor.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstring>
#include <map>
#include <stdexcept>

#include "redis/url.hpp"

namespace recant::redis {
namespace {

int hex(char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; }

/// `1700000000.123456 [0 lua] "get" "a key"`
Seen parse(const std::string& line) {
  const auto open = line.find('[');
  const auto close = line.find(']');
  if (open == std::string::npos || close == std::string::npos) {
    throw std::runtime_error("not a line of MONITOR: " + line);
  }
  Seen seen{line.substr(open, close - open).find(" lua") != std::string::npos, {}};
  std::size_t at = close + 1;
  while ((at = line.find('"', at)) != std::string::npos) {
    std::string word;
    for (++at; line.at(at) != '"'; ++at) {
      if (line[at] != '\\') {
        word.push_back(line[at]);
      } else if (line.at(++at) == 'x') {
        word.push_back(static_cast<char>(hex(line.at(at + 1)) * 16 + hex(line.at(at + 2))));
        at += 2;
      } else {
        constexpr std::string_view kNames = "nrtab";
        constexpr std::string_view kBytes = "\n\r\t\a\b";
        const auto escape = kNames.find(line[at]);
        word.push_back(escape == std::string_view::npos ? line[at] : kBytes[escape]);
      }
    }
    ++at;
    seen.words.push_back(std::move(word));
  }
  for (char& c : seen.words.at(0)) c = static_cast<char>(std::tolower(c));
  return seen;
}

struct Shape {
  enum { none, first, all, script } keys;
  bool writes;
};

const Shape& shape_of(const Seen& command) {
  static const std::map<std::string, Shape> kShapes{
      {"get", {Shape::first, false}},
      {"exists", {Shape::all, false}},
      {"hgetall", {Shape::first, false}},
      {"pexpiretime", {Shape::first, false}},
      {"zcount", {Shape::first, false}},
      {"zrange", {Shape::first, false}},
      {"zrank", {Shape::first, false}},
      {"zrevrange", {Shape::first, false}},
      {"zscore", {Shape::first, false}},
      {"zrevrangebyscore", {Shape::first, false}},
      {"hget", {Shape::first, false}},
      {"rename", {Shape::all, true}},
      {"scan", {Shape::none, false}},
      {"time", {Shape::none, false}},
      {"echo", {Shape::none, false}},
      {"set", {Shape::first, true}},
      {"del", {Shape::all, true}},
      {"hset", {Shape::first, true}},
      {"hdel", {Shape::first, true}},
      {"pexpireat", {Shape::first, true}},
      {"zadd", {Shape::first, true}},
      {"zrem", {Shape::first, true}},
      {"zremrangebyscore", {Shape::first, true}},
      {"evalsha", {Shape::script, false}},
      {"eval", {Shape::script, false}},
      {"hello", {Shape::none, false}},
      {"select", {Shape::none, false}},
      {"readonly", {Shape::none, false}},
  };
  const auto found = kShapes.find(command.words.at(0));
  if (found == kShapes.end()) throw std::runtime_error("unknown here: " + command.words[0]);
  return found->second;
}

}  // namespace

std::vector<std::string> keys_of(const Seen& command) {
  const auto& words = command.words;
  switch (shape_of(command).keys) {
    case Shape::none:
      return {};
    case Shape::first:
      return {words.at(1)};
    case Shape::all:
      return {words.begin() + 1, words.end()};
    case Shape::script:
      return {words.begin() + 3, words.begin() + 3 + std::stol(words.at(2))};
  }
  return {};
}

bool is_write(const Seen& command) { return shape_of(command).writes; }

std::set<std::string> SeenScript::keys() const {
  std::set<std::string> all;
  const auto named = keys_of({false, call});
  all.insert(named.begin(), named.end());
  for (const Seen& command : commands) {
    const auto touched = keys_of(command);
    all.insert(touched.begin(), touched.end());
  }
  return all;
}

Monitor::Monitor(testing::RedisServer& server)
    : server_(server), socket_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  const auto path = std::get<UnixAddress>(server.address()).path;
  std::strncpy(name.sun_path, path.c_str(), sizeof name.sun_path - 1);
  if (::connect(socket_, reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0 ||
      ::send(socket_, "MONITOR\r\n", 9, 0) != 9 || line() != "+OK") {
    throw std::runtime_error("MONITOR does not begin");
  }
}

Monitor::~Monitor() { ::close(socket_); }

std::string Monitor::line() {
  for (;;) {
    const auto end = buffer_.find("\r\n");
    if (end != std::string::npos) {
      std::string text = buffer_.substr(0, end);
      buffer_.erase(0, end + 2);
      return text;
    }
    std::array<char, 65536> bytes{};
    const auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
    if (got <= 0) throw std::runtime_error("MONITOR ended");
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

std::vector<Seen> Monitor::seen() {
  const std::string mark = "mark-" + std::to_string(++marks_);
  server_.run("ECHO", mark);
  std::vector<Seen> all;
  for (;;) {
    auto seen = parse(line().substr(1));
    if (seen.words.size() == 2 && seen.words[1] == mark) return all;
    all.push_back(std::move(seen));
  }
}

std::vector<SeenScript> Monitor::scripts() {
  std::vector<SeenScript> calls;
  for (auto& command : seen()) {
    if (command.words[0] == "evalsha" || command.words[0] == "eval") {
      calls.push_back({std::move(command.words), {}});
    } else if (command.by_script) {
      calls.at(calls.size() - 1).commands.push_back(std::move(command));
    }
  }
  // An EVALSHA that Redis did not know did nothing; the EVAL behind it is the call.
  std::erase_if(calls, [](const SeenScript& call) { return call.commands.empty(); });
  return calls;
}

}  // namespace recant::redis

// Where a request ends does not depend on how the network cut it, and nothing of it can end a line.
#include <algorithm>

#include "http/request_parser.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

using http::RequestParser;
using Step = RequestParser::Step;

/// As small as they may be, so that short inputs reach them.
constexpr http::MessageLimits kLimits{.header_bytes = 1024, .header_fields = 8, .body_bytes = 256};

struct Outcome {
  std::string requests;
  std::size_t complete = 0;
  bool refused = false;
  bool finished = true;
};

bool holds_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  });
}

std::string describe(const http::Request& request) {
  std::string out(request.method);
  require(!holds_control(request.method) && !holds_control(request.path), "a control in a line");
  require(request.path.starts_with('/') || request.path == "*", "a path begins with no slash");
  out.append(" ").append(request.path).append("?").append(request.query.value_or("(none)"));
  for (const auto& [name, value] : request.headers) {
    require(!name.empty() && !holds_control(name) && !holds_control(value), "a control in a field");
    out.append("|").append(name).append(":").append(value);
  }
  require(request.headers.count("Host") <= 1, "two hosts");
  require(request.body.size() <= kLimits.body_bytes, "a body beyond its limit");
  return out + "|" + request.body + (request.keep_alive ? "|keep\n" : "|close\n");
}

Outcome parse(std::string_view bytes, std::size_t piece) {
  RequestParser parser(kLimits);
  Outcome outcome;
  while (true) {
    const Step step = parser.advance();
    if (step == Step::refused) {
      outcome.refused = true;
      outcome.requests += parser.refusal().detail;
      return outcome;
    }
    if (step == Step::complete) {
      outcome.requests += describe(parser.request());
      ++outcome.complete;
      parser.next();
      continue;
    }
    if (bytes.empty()) break;
    const auto room = parser.room();
    require(!room.empty(), "there is no room for what it waits for");
    const auto count = std::min({piece, bytes.size(), room.size()});
    std::copy_n(bytes.begin(), count, room.begin());
    parser.received(count);
    bytes.remove_prefix(count);
  }
  outcome.finished = parser.at_rest();
  return outcome;
}

}  // namespace

bool http_request(std::string_view bytes) {
  const Outcome whole = parse(bytes, bytes.size() + 1);
  for (const std::size_t piece : {1, 2, 7}) {
    const Outcome cut = parse(bytes, piece);
    require(cut.requests == whole.requests && cut.complete == whole.complete,
            "requests depend on how they were cut");
    require(cut.refused == whole.refused, "a refusal depends on how the bytes were cut");
    require(cut.finished == whole.finished, "an end depends on how the bytes were cut");
  }
  return !whole.refused && whole.finished && whole.complete > 0;
}

}  // namespace recant::fuzz

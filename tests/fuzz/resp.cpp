// What Redis says does not depend on how the network cut it (R35).
#include "redis/resp_parser.hpp"

#include "targets.hpp"

namespace recant::fuzz {
namespace {

using redis::Reply;

struct Outcome {
  std::string replies;  // as text, since NaN is not itself
  std::size_t count = 0;
  std::optional<redis::ParseErrc> error;
  bool finished = true;
};

void append(const Reply& reply, std::string& out) {
  out += std::to_string(static_cast<int>(reply.kind()));
  out += '(';
  if (const auto text = reply.text()) out += *text;
  if (reply.is_error()) out += reply.error().detail;
  if (const auto integer = reply.integer()) out += std::to_string(*integer);
  if (const auto real = reply.real()) out += std::to_string(*real);
  if (const auto boolean = reply.boolean()) out += *boolean ? "true" : "false";
  for (const Reply& element : reply.elements()) append(element, out);
  out += ')';
}

/// Small limits, so that short inputs reach them.
Outcome parse(std::string_view bytes, std::size_t piece) {
  redis::RespParser parser({.line_bytes = 128,
                            .blob_bytes = 512,
                            .reply_bytes = 2048,
                            .reply_elements = 64,
                            .depth = 4});
  Outcome outcome;
  while (!bytes.empty()) {
    const auto now = bytes.substr(0, piece);
    bytes.remove_prefix(now.size());
    parser.feed(now);
    while (true) {
      const auto reply = parser.next();
      if (!reply) {
        outcome.error = reply.error();
        const auto again = parser.next();
        require(!again && again.error() == reply.error(), "an error does not stick");
        return outcome;
      }
      if (!*reply) break;
      append(**reply, outcome.replies);
      ++outcome.count;
    }
  }
  outcome.finished = parser.pending_bytes() == 0;
  return outcome;
}

}  // namespace

bool resp(std::string_view bytes) {
  const Outcome whole = parse(bytes, bytes.size() + 1);
  for (const std::size_t piece : {1, 2, 7}) {
    const Outcome cut = parse(bytes, piece);
    require(cut.replies == whole.replies && cut.count == whole.count,
            "replies depend on how they were cut");
    require(cut.error == whole.error, "an error depends on how the bytes were cut");
    require(cut.finished == whole.finished, "an end depends on how the bytes were cut");
  }
  return !whole.error && whole.finished && whole.count > 0;
}

}  // namespace recant::fuzz

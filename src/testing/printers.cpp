#include "testing/printers.hpp"

#include <array>
#include <ostream>
#include <string_view>

namespace recant::redis {

std::ostream& operator<<(std::ostream& out, const Reply& reply) {
  constexpr std::array<std::string_view, 13> kKinds = {
      "null", "simple",  "blob",  "verbatim", "big", "error", "integer",
      "real", "boolean", "array", "set",      "map", "push"};
  out << kKinds.at(static_cast<std::size_t>(reply.kind()));
  if (const auto text = reply.text()) out << '"' << printable(*text) << '"';
  if (reply.is_error()) out << '"' << reply.error().detail << '"';
  if (const auto number = reply.integer()) out << ' ' << *number;
  if (const auto number = reply.real()) out << ' ' << *number;
  if (const auto truth = reply.boolean()) out << (*truth ? " true" : " false");
  if (reply.kind() >= ReplyKind::array) {
    out << '[';
    for (const Reply& element : reply.elements()) out << ' ' << element;
    out << " ]";
  }
  return out;
}

std::ostream& operator<<(std::ostream& out, const RedisError& error) {
  return out << error.code << " (" << error.detail << ')';
}

std::ostream& operator<<(std::ostream& out, RedisErrc code) { return out << name(code); }
std::ostream& operator<<(std::ostream& out, ParseErrc code) { return out << name(code); }

}  // namespace recant::redis

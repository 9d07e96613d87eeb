#include "redis/command.hpp"

#include <array>
#include <charconv>

namespace recant::redis {
namespace {

void append_header(std::string& out, char type, std::size_t count) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), count).ptr;
  out += type;
  out.append(digits.data(), end);
  out += "\r\n";
}

}  // namespace

Command& Command::add(std::string_view argument) {
  append_header(encoded_arguments_, '$', argument.size());
  encoded_arguments_ += argument;
  encoded_arguments_ += "\r\n";
  ++count_;
  return *this;
}

void Command::encode_to(std::string& out) const {
  append_header(out, '*', count_);
  out += encoded_arguments_;
}

}  // namespace recant::redis

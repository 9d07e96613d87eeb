// A command and its encoding: a RESP array of blob strings, so that no argument needs escaping.
//
//   Command("SET", key, value, "PX", 250)
//   Command("MGET").add_all(keys)
//
// Kept in its encoded form. A value: no thread-safety of its own.
#pragma once

#include <concepts>
#include <cstddef>
#include <string>
#include <string_view>

namespace recant::redis {

/// Numbers that are spelled in decimal. `char` and `bool` are more likely a slip.
template <class T>
concept CommandNumber = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

class Command {
 public:
  template <class... Args>
  explicit Command(std::string_view name, const Args&... args) {
    add(name);
    (add(args), ...);
  }

  Command& add(std::string_view argument);
  template <CommandNumber T>
  Command& add(T number) {
    return add(std::string_view(std::to_string(number)));
  }
  template <class Range>
  Command& add_all(const Range& range) {
    for (const auto& argument : range) add(argument);
    return *this;
  }

  /// The name counts as one.
  std::size_t argument_count() const { return count_; }
  /// Appends the bytes that go on the wire.
  void encode_to(std::string& out) const;

 private:
  std::size_t count_ = 0;
  std::string encoded_arguments_;
};

}  // namespace recant::redis

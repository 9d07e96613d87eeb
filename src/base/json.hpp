// JSON (RFC 8259) behind a face of our own: an immutable Value, a strict parser, a serializer.
//
// The parser takes bytes from strangers. It accepts UTF-8 only, one text and nothing behind it,
// and refuses what two readers could understand differently: duplicate member names, lone
// surrogates, numbers that no machine type holds. Sizes are bounded by Limits.
//
//   const json::Value answer = json::Object{{"user_id", id}, {"scope", "a b"}, {"ok", true}};
//   const std::string text = json::serialize(answer);
//   if (const auto body = json::parse(text)) { const std::string* id = body->string("user_id"); }
//
// Values are plain data: read them from any number of threads, write from one.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.hpp"

namespace recant::json {

class Value;
struct Member;
using Array = std::vector<Value>;

/// Members in their order. Names are unique in what parse() returns and after set().
class Object {
 public:
  Object();
  Object(const Object&);
  Object(Object&&) noexcept;
  Object& operator=(const Object&);
  Object& operator=(Object&&) noexcept;
  ~Object();
  Object(std::initializer_list<Member> members);
  explicit Object(std::vector<Member> members);

  /// Nothing (nullptr) when there is no such member.
  const Value* find(std::string_view name) const;
  /// Replaces the member of that name, or appends one.
  Object& set(std::string name, Value value);

  std::size_t size() const;
  bool empty() const { return size() == 0; }
  std::vector<Member>::const_iterator begin() const;
  std::vector<Member>::const_iterator end() const;

  bool operator==(const Object&) const;

 private:
  std::vector<Member> members_;
};

/// Each as_…() gives nothing when the value is of another type: no conversions.
class Value {
 public:
  Value() = default;  // null
  // Implicit, so that a member can be written {"name", value}. No pointer ever becomes a bool.
  // NOLINTBEGIN(google-explicit-constructor)
  Value(std::nullptr_t) {}
  Value(std::same_as<bool> auto b) : data_(b) {}
  template <std::integral Int>
  requires(!std::same_as<Int, bool> && !std::same_as<Int, char>) Value(Int i)
      : Value(from_integer(i)) {}
  Value(char) = delete;  // a number or a text? say which
  Value(double d) : data_(d) {}
  Value(const char* text) : data_(std::string(text)) {}
  Value(std::string_view text) : data_(std::string(text)) {}
  Value(std::string text) : data_(std::move(text)) {}
  Value(Array array) : data_(std::move(array)) {}
  Value(Object object) : data_(std::move(object)) {}
  // NOLINTEND(google-explicit-constructor)

  bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  bool is_number() const { return as_double().has_value(); }
  std::optional<bool> as_bool() const;
  /// A number written without fraction and exponent that fits; 1.0 and 1e3 are not integers here.
  std::optional<std::int64_t> as_int64() const;
  std::optional<std::uint64_t> as_uint64() const;
  /// Any number. -0 is a double, so that its sign is not lost.
  std::optional<double> as_double() const;
  const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  const Array* as_array() const { return std::get_if<Array>(&data_); }
  const Object* as_object() const { return std::get_if<Object>(&data_); }

  /// The member of an object; nullptr when absent or when this is no object.
  const Value* find(std::string_view name) const;
  /// find() and as_string() in one.
  const std::string* string(std::string_view name) const;

  /// Calls the visitor with what is held: monostate (null), bool, int64, uint64, double, string,
  /// Array or Object.
  template <class Visitor>
  decltype(auto) visit(Visitor&& visitor) const {
    return std::visit(std::forward<Visitor>(visitor), data_);
  }

  bool operator==(const Value&) const = default;

 private:
  using Data = std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string,
                            Array, Object>;
  // uint64 holds only what int64 cannot, so that equal numbers compare equal.
  template <std::integral Int>
  static Value from_integer(Int i) {
    Value value;
    if (std::in_range<std::int64_t>(i)) {
      value.data_ = static_cast<std::int64_t>(i);
    } else {
      value.data_ = static_cast<std::uint64_t>(i);
    }
    return value;
  }
  Data data_;
};

struct Member {
  std::string name;
  Value value;
  bool operator==(const Member&) const = default;
};

/// What a text may hold; beyond it, it is refused. The caller bounds the text's own length.
struct Limits {
  /// Arrays and objects within one another, the outermost counted. At most 1,000.
  std::size_t depth = 16;
  /// Members of one object, and elements of one array.
  std::size_t members = 256;
  /// Characters of one number as written.
  std::size_t number_chars = 64;
  /// Bytes of one string or member name, unescaped.
  std::size_t string_bytes = 4096;
};

enum class ParseError {
  syntax,               ///< not JSON by the grammar of RFC 8259, or not UTF-8
  incomplete,           ///< the text ends before the value does
  trailing_bytes,       ///< something other than white space follows the value
  duplicate_name,       ///< an object has two members of one name (compared unescaped)
  too_deep,             ///< Limits::depth
  too_many_members,     ///< Limits::members
  number_too_long,      ///< Limits::number_chars
  number_out_of_range,  ///< no double holds it (1e400), or only as a zero that it is not (1e-400)
  string_too_long,      ///< Limits::string_bytes
};

/// For the end of a sentence: "an object has two members of one name". Quotes nothing of the text.
std::string_view to_string(ParseError error);

Result<Value, ParseError> parse(std::string_view text, const Limits& limits = {});

/// Compact, members in their order. Bytes in strings that are not UTF-8 become U+FFFD, so the
/// result is always JSON; a NaN or an infinity becomes null.
std::string serialize(const Value& value);

}  // namespace recant::json

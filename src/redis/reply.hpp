// One reply of Redis, as a value (RESP3, and RESP2's spellings of null). Readers ask for the shape
// they were promised and get nothing when it is another: a reply is a stranger's bytes.
//
//   const auto reply = co_await redis.run(Command("HGET", key, "gen"));
//   if (!reply) co_return reply.error();
//   const auto generation = reply->text();       // nothing if null, or no text
//
// A value like any other: no thread-safety of its own.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "redis/error.hpp"

namespace recant::redis {

enum class ReplyKind : std::uint8_t {
  null,
  simple_string,
  blob_string,
  verbatim,
  big_number,
  error,
  integer,
  real,
  boolean,
  array,
  set,
  map,   ///< elements() are key, value, key, value …
  push,  ///< out of band; never the answer to a command
};

class Reply {
 public:
  Reply() = default;  ///< null

  static Reply null() { return {}; }
  static Reply integer(std::int64_t value) { return {ReplyKind::integer, value}; }
  static Reply real(double value) { return {ReplyKind::real, value}; }
  static Reply boolean(bool value) { return {ReplyKind::boolean, value}; }
  /// Of one of the text kinds: simple_string, blob_string, verbatim, big_number, error.
  static Reply text(ReplyKind kind, std::string value) { return {kind, std::move(value)}; }
  static Reply blob(std::string value) { return text(ReplyKind::blob_string, std::move(value)); }
  /// Of one of the aggregate kinds: array, set, map, push.
  static Reply aggregate(ReplyKind kind, std::vector<Reply> elements) {
    return {kind, std::move(elements)};
  }
  static Reply array(std::vector<Reply> elements) {
    return aggregate(ReplyKind::array, std::move(elements));
  }

  ReplyKind kind() const { return kind_; }
  bool is_null() const { return kind_ == ReplyKind::null; }
  bool is_error() const { return kind_ == ReplyKind::error; }
  /// The simple string OK.
  bool is_ok() const { return kind_ == ReplyKind::simple_string && text() == "OK"; }

  /// Any string that is not an error (simple, blob, verbatim) and big numbers.
  std::optional<std::string_view> text() const;
  std::optional<std::int64_t> integer() const;
  std::optional<double> real() const;
  std::optional<bool> boolean() const;
  /// Of an array, set, map or push; empty for all else (ask kind() where that matters).
  std::span<const Reply> elements() const;
  /// The value beside `key` in a map; a null pointer when there is none.
  const Reply* find(std::string_view key) const;
  /// Only of an error.
  RedisError error() const;

  bool operator==(const Reply&) const = default;

 private:
  using Value =
      std::variant<std::monostate, std::int64_t, double, bool, std::string, std::vector<Reply>>;
  Reply(ReplyKind kind, Value value) : kind_(kind), value_(std::move(value)) {}

  ReplyKind kind_ = ReplyKind::null;
  Value value_;
};

}  // namespace recant::redis

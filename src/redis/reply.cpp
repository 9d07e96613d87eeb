#include "redis/reply.hpp"

namespace recant::redis {
namespace {

template <class T, class Value>
std::optional<T> held(const Value& value) {
  const T* found = std::get_if<T>(&value);
  return found ? std::optional<T>(*found) : std::nullopt;
}

}  // namespace

std::optional<std::string_view> Reply::text() const {
  const auto* found = std::get_if<std::string>(&value_);
  if (!found || is_error()) return std::nullopt;
  return *found;
}

std::optional<std::int64_t> Reply::integer() const { return held<std::int64_t>(value_); }
std::optional<double> Reply::real() const { return held<double>(value_); }
std::optional<bool> Reply::boolean() const { return held<bool>(value_); }

std::span<const Reply> Reply::elements() const {
  const auto* found = std::get_if<std::vector<Reply>>(&value_);
  return found ? std::span<const Reply>(*found) : std::span<const Reply>();
}

const Reply* Reply::find(std::string_view key) const {
  if (kind_ != ReplyKind::map) return nullptr;
  const auto all = elements();
  for (std::size_t i = 0; i + 1 < all.size(); i += 2) {
    if (all[i].text() == key) return &all[i + 1];
  }
  return nullptr;
}

RedisError Reply::error() const {
  const auto* found = std::get_if<std::string>(&value_);
  return make_error(found ? std::string_view(*found) : std::string_view());
}

}  // namespace recant::redis

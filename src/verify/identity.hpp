// Whom a valid token speaks of: what a check tells the program that asked, and what Redis is to be
// asked about it. Smaller than the token that it was taken from, and copied in one go.
//
// A value like any other; made of a VerifiedToken, or of what the cache kept of one, and of nothing
// else. So whoever holds one holds what a good signature said.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tuple>

#include "base/clock.hpp"

namespace recant::verify {

class VerifiedToken;

/// What a program that asked is told of an identity: subject, session, scope, client_id,
/// issuer_name and audience stand one behind another, so that they can be copied in one go, each
/// with a zero byte behind it, which is where each of `ends` points.
struct Told {
  std::array<std::uint16_t, 6> ends{};
  UnixSeconds expires_at{};
  std::size_t size() const { return ends.back() + 1U; }
};

/// Whom a remembered token's identity is told where it is to stand, without a copy in between.
class Listener {
 public:
  virtual ~Listener() = default;
  /// Where to write told.size() bytes; nullptr: nowhere. What is told and written counts only once
  /// whoever was asked to tell has answered true.
  virtual char* room_for(const Told& told) = 0;
};

class Identity {
  enum Field { kSubject, kSession, kScope, kClientId, kIssuerName, kAudience, kJti, kFieldCount };

  /// Everything but the text: in a form that can be stored as it is.
  struct Shape {
    UnixSeconds expires_at;
    UnixMillis begun;
    std::optional<UnixSeconds> issued_at;
    std::array<std::uint16_t, kFieldCount> ends;
    bool own;
    bool shared_ids;

    bool operator==(const Shape&) const = default;
    Told told() const {
      static_assert(std::tuple_size_v<decltype(Told::ends)> == kAudience + 1);
      Told told{.ends = {}, .expires_at = expires_at};
      std::copy_n(ends.begin(), told.ends.size(), told.ends.begin());
      return told;
    }
  };

 public:
  static Identity of(const VerifiedToken& token);

  /// As backends know it: a foreign issuer's carries its name.
  std::string_view subject() const { return field(kSubject); }
  /// The session's id; empty when it belongs to none, which happens to foreign ones only.
  std::string_view session() const { return field(kSession); }
  /// Space-separated; empty when there is none.
  std::string_view scope() const { return field(kScope); }
  /// Empty when it has none, which happens to foreign ones only.
  std::string_view client_id() const { return field(kClientId); }
  /// `name` of the foreign issuer; empty for ours.
  std::string_view issuer_name() const { return field(kIssuerName); }
  /// Is the token meant for this one (`aud`)?
  bool is_for(std::string_view audience) const;
  /// All of `aud`, with a line feed between two.
  std::string_view audience() const { return field(kAudience); }
  Told told() const { return shape_.told(); }
  std::string_view told_text() const { return text().substr(0, shape_.ends[kAudience] + 1U); }
  UnixSeconds expires_at() const { return shape_.expires_at; }
  /// A token of this server's, not of another issuer.
  bool is_own() const { return shape_.own; }

  // As VerifiedToken has them.

  std::string_view jti() const { return field(kJti); }
  bool has_shared_ids() const { return shape_.shared_ids; }
  UnixMillis begun() const { return shape_.begun; }
  std::optional<UnixSeconds> issued_at() const { return shape_.issued_at; }

  bool operator==(const Identity& other) const {
    return shape_ == other.shape_ && text() == other.text();
  }

 private:
  friend class VerdictCache;
  /// `fill` writes the text, so many bytes.
  template <class Fill>
  Identity(const Shape& shape, std::size_t size, Fill fill) : shape_(shape), size_(size) {
    if (size > near_.size()) far_.resize(size);
    fill(std::span(size > near_.size() ? far_.data() : near_.data(), size));
  }
  std::string_view text() const { return size_ <= near_.size() ? near() : std::string_view(far_); }
  std::string_view near() const { return {near_.data(), size_}; }
  std::string_view field(Field which) const {
    const std::size_t begin = which == kSubject ? 0 : shape_.ends[which - 1] + 1;
    return text().substr(begin, shape_.ends[which] - begin);
  }

  Shape shape_{};
  std::size_t size_ = 0;
  /// The fields one behind another, each with a zero byte behind it: near by, as those of most
  /// tokens fit there, or else all of them in memory of their own.
  std::array<char, 232> near_;
  std::string far_;
};

}  // namespace recant::verify

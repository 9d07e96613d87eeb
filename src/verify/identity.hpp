// Whom a valid token speaks of: what a check tells the program that asked. Smaller than the token
// that it was taken from, and copied in one go.
//
// A value like any other; made of a VerifiedToken, or of what the cache kept of one, and of nothing
// else.
#pragma once

#include <array>
#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/clock.hpp"

namespace recant::verify {

class VerifiedToken;

class Identity {
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
  UnixSeconds expires_at() const { return shape_.expires_at; }
  /// A token of this server's, not of another issuer.
  bool is_own() const { return shape_.own; }

 private:
  friend class VerdictCache;
  enum Field { kSubject, kSession, kScope, kClientId, kIssuerName, kAudience };

  /// Everything but the text: in a form that can be stored as it is.
  struct Shape {
    UnixSeconds expires_at;
    std::array<std::uint16_t, 6> ends;
    bool own;
  };
  std::string_view text() const { return {text_.data(), text_.size()}; }
  /// Of what was found good before; `fill` writes the text, `size` bytes.
  template <class Fill>
  static Identity restore(const Shape& shape, std::size_t size, Fill fill) {
    Identity identity;
    identity.shape_ = shape;
    identity.text_.resize(size, boost::container::default_init);
    fill(std::span<char>(identity.text_.data(), size));
    return identity;
  }

  Identity() = default;
  void add(Field which, std::string_view text);
  std::string_view field(Field which) const {
    const std::size_t begin = which == kSubject ? 0 : shape_.ends[which - 1];
    return text().substr(begin, shape_.ends[which] - begin);
  }

  Shape shape_{};
  /// The fields one behind another; those of most tokens fit without memory of their own.
  boost::container::small_vector<char, 232> text_;
};

}  // namespace recant::verify

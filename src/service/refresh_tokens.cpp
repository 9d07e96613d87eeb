#include "service/refresh_tokens.hpp"

#include <algorithm>
#include <span>
#include <stdexcept>

#include "base/base64url.hpp"
#include "crypto/digest.hpp"

namespace recant::service {
namespace {

constexpr std::string_view kPrefix = "rt_";
constexpr std::uint8_t kVersion = 1;
constexpr std::size_t kMacBytes = 32;
constexpr std::size_t kFixedBytes = 1 + sizeof(RefreshKeyId) + 16 + 4 + sizeof(core::SessionNonce);
constexpr std::size_t kMaxSubjectBytes = 255;
constexpr std::size_t kMaxTextLength =
    kPrefix.size() + (kFixedBytes + kMaxSubjectBytes + kMacBytes) * 4 / 3 + 1;

using Bytes = std::vector<std::uint8_t>;

template <class Range>
void append(Bytes& out, const Range& range) {
  out.insert(out.end(), range.begin(), range.end());
}

template <std::size_t N>
std::array<std::uint8_t, N> take(std::span<const std::uint8_t>& from) {
  std::array<std::uint8_t, N> out{};
  std::copy_n(from.begin(), N, out.begin());
  from = from.subspan(N);
  return out;
}

/// Nothing unless it has a refresh token's form.
std::optional<Bytes> bytes_of(std::string_view token) {
  if (token.size() > kMaxTextLength || !token.starts_with(kPrefix)) return std::nullopt;
  auto bytes = base64url_decode(token.substr(kPrefix.size()));
  if (!bytes || bytes->size() <= kFixedBytes + kMacBytes) return std::nullopt;
  return bytes;
}

Bytes body_of(const RefreshTokenFields& fields, const RefreshKeyId& key_id) {
  Bytes body{kVersion};
  append(body, key_id);
  append(body, fields.sid.bytes());
  for (int shift = 24; shift >= 0; shift -= 8) {
    body.push_back(static_cast<std::uint8_t>(fields.generation >> shift));
  }
  append(body, fields.nonce);
  append(body, fields.subject.text());
  return body;
}

}  // namespace

std::optional<RefreshKeyId> parse_refresh_key_id(std::string_view text) {
  const auto bytes = base64url_decode(text);
  if (!bytes || bytes->size() != sizeof(RefreshKeyId)) return std::nullopt;
  RefreshKeyId id{};
  std::copy(bytes->begin(), bytes->end(), id.begin());
  return id;
}

RefreshTokens::RefreshTokens(std::vector<RefreshSecret> secrets, std::vector<RefreshKeyId> retired)
    : secrets_(std::make_shared<const std::vector<RefreshSecret>>(std::move(secrets))),
      retired_(std::make_shared<const std::vector<RefreshKeyId>>(std::move(retired))) {
  if (secrets_->empty()) throw std::invalid_argument("RefreshTokens needs a secret");
}

RefreshTokens RefreshTokens::with_secrets_of(const RefreshTokens& other) const {
  std::vector<RefreshSecret> all = *secrets_;
  for (const RefreshSecret& secret : *other.secrets_) {
    if (find(secret.id) == nullptr) all.push_back(secret);
  }
  return RefreshTokens(std::move(all), *retired_);
}

const RefreshSecret* RefreshTokens::find(const RefreshKeyId& id) const {
  const auto found = std::find_if(secrets_->begin(), secrets_->end(),
                                  [&](const RefreshSecret& secret) { return secret.id == id; });
  return found == secrets_->end() ? nullptr : &*found;
}

std::string RefreshTokens::current_key_id() const { return base64url_encode(secrets_->front().id); }

bool RefreshTokens::knows(std::string_view key_id) const {
  const auto id = parse_refresh_key_id(key_id);
  return id && find(*id) != nullptr;
}

std::optional<std::string> RefreshTokens::make(const RefreshTokenFields& fields,
                                               std::string_view key_id) const {
  const auto id = parse_refresh_key_id(key_id);
  const RefreshSecret* secret = id ? find(*id) : nullptr;
  if (secret == nullptr) return std::nullopt;

  Bytes bytes = body_of(fields, secret->id);
  append(bytes, crypto::hmac_sha256(secret->secret, bytes));
  return std::string(kPrefix) + base64url_encode(bytes);
}

std::optional<RefreshTokenFields> RefreshTokens::open(std::string_view token) const {
  const auto bytes = bytes_of(token);
  if (!bytes) return std::nullopt;
  const std::span<const std::uint8_t> all{*bytes};
  const auto body = all.first(all.size() - kMacBytes);
  std::span<const std::uint8_t> rest = body;
  if (take<1>(rest)[0] != kVersion) return std::nullopt;
  const RefreshSecret* secret = find(take<sizeof(RefreshKeyId)>(rest));
  if (secret == nullptr) return std::nullopt;
  const auto mac = crypto::hmac_sha256(secret->secret, body);
  if (!crypto::equal_in_constant_time(mac, all.last(kMacBytes))) return std::nullopt;

  const auto sid = Uuid::from_bytes(take<16>(rest));
  core::Generation generation = 0;
  for (const std::uint8_t byte : take<4>(rest)) generation = generation << 8 | byte;
  const auto nonce = take<sizeof(core::SessionNonce)>(rest);
  const std::string_view name{reinterpret_cast<const char*>(rest.data()), rest.size()};
  auto subject = core::Subject::parse(name);
  if (!subject || generation == std::numeric_limits<core::Generation>::max()) return std::nullopt;
  return RefreshTokenFields{sid, generation, nonce, std::move(*subject)};
}

bool RefreshTokens::is_of_retired(std::string_view token) const {
  const auto bytes = bytes_of(token);
  if (!bytes) return false;
  std::span<const std::uint8_t> rest{*bytes};
  if (take<1>(rest)[0] != kVersion) return false;
  const auto id = take<sizeof(RefreshKeyId)>(rest);
  return std::find(retired_->begin(), retired_->end(), id) != retired_->end();
}

std::string RefreshTokens::id_of(std::string_view token) {
  return base64url_encode(crypto::sha256(token));
}

}  // namespace recant::service

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

RefreshTokens::RefreshTokens(std::vector<RefreshSecret> secrets)
    : secrets_(std::make_shared<const std::vector<RefreshSecret>>(std::move(secrets))) {
  if (secrets_->empty()) throw std::invalid_argument("RefreshTokens needs a secret");
}

const RefreshSecret* RefreshTokens::find(const RefreshKeyId& id) const {
  const auto found = std::find_if(secrets_->begin(), secrets_->end(),
                                  [&](const RefreshSecret& secret) { return secret.id == id; });
  return found == secrets_->end() ? nullptr : &*found;
}

std::string RefreshTokens::current_key_id() const { return base64url_encode(secrets_->front().id); }

std::optional<std::string> RefreshTokens::make(const RefreshTokenFields& fields,
                                               std::string_view key_id) const {
  const auto id = base64url_decode(key_id);
  if (!id || id->size() != sizeof(RefreshKeyId)) return std::nullopt;
  RefreshKeyId wanted{};
  std::copy(id->begin(), id->end(), wanted.begin());
  const RefreshSecret* secret = find(wanted);
  if (secret == nullptr) return std::nullopt;

  Bytes bytes = body_of(fields, secret->id);
  append(bytes, crypto::hmac_sha256(secret->secret, bytes));
  return std::string(kPrefix) + base64url_encode(bytes);
}

std::optional<RefreshTokenFields> RefreshTokens::open(std::string_view token) const {
  if (token.size() > kMaxTextLength || !token.starts_with(kPrefix)) return std::nullopt;
  const auto bytes = base64url_decode(token.substr(kPrefix.size()));
  if (!bytes || bytes->size() <= kFixedBytes + kMacBytes) return std::nullopt;

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

std::string RefreshTokens::id_of(std::string_view token) {
  return base64url_encode(crypto::sha256(token));
}

}  // namespace recant::service

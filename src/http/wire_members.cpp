#include "http/wire_members.hpp"

#include "core/plain_utf8.hpp"
#include "core/scope.hpp"
#include "service/tokens.hpp"

namespace recant::http {
namespace {

constexpr std::size_t kDeviceMaxBytes = 128;
constexpr std::size_t kScopeMaxBytes = 1024;
/// So that a token stays far below what verifiers take (8 KiB).
constexpr std::size_t kClaimsMaxBytes = 4096;

}  // namespace

std::string device_of(BodyReader& body) {
  auto device = body.optional_text("device").value_or("");
  if (device.size() > kDeviceMaxBytes || !core::is_plain_utf8(device)) {
    body.complain("device", "at most 128 bytes of text without control characters.");
  }
  return device;
}

std::string scope_of(BodyReader& body) {
  auto scope = body.optional_text("scope").value_or("");
  if (scope.size() > kScopeMaxBytes || !core::is_scope(scope)) {
    body.complain("scope", "words of visible ASCII without quotes, one space between them.");
  }
  return scope;
}

std::string claims_of(BodyReader& body) {
  const auto* claims = body.optional_object("claims");
  if (claims == nullptr || claims->empty()) return {};
  for (const auto& [name, value] : *claims) {
    if (!service::is_reserved_claim(name)) continue;
    body.fail({Code::invalid_claims, "claims: " + name + " is set by the issuer alone."});
    return {};
  }
  auto text = json::serialize(*claims);
  if (text.size() > kClaimsMaxBytes) {
    body.fail({Code::invalid_claims, "claims: at most 4096 bytes of JSON."});
  }
  return text;
}

std::optional<core::Subject> subject_of(BodyReader& body) {
  const auto text = body.optional_text("subject");
  if (!text) return std::nullopt;
  auto subject = core::Subject::parse(*text);
  if (!subject) body.complain("subject", "1 to 255 bytes of text without control characters.");
  return subject;
}

}  // namespace recant::http

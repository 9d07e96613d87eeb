// A token is good only if one of the two tokens whose keys are known says just that.
#include "jose/jws.hpp"

#include <array>

#include "base/base64url.hpp"
#include "jose/jwks.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

// RFC 7515 appendix A.1 and RFC 8037 appendix A.4: the keys, and all that anybody signed with them.
constexpr char kSecret[] =
    R"({"keys":[{"kty":"oct","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]})";
constexpr char kEd25519[] =
    R"({"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]})";
constexpr std::string_view kSigned[] = {
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlf"
    "Q."
    "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
    "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc."
    "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"};

/// Both keys' signatures have one spelling each: a MAC, and Ed25519's, which is made of the
/// message.
bool was_signed(std::string_view token, std::size_t owner) { return token == kSigned[owner]; }

}  // namespace

bool jws(std::string_view bytes) {
  static const std::array keys{*jose::parse_jwks(kSecret), *jose::parse_jwks(kEd25519)};
  static const std::array<const jose::KeySet*, 2> owners{&keys[0], &keys[1]};

  if (const auto parsed = jose::parse_jws(bytes)) {
    const auto first = bytes.find('.');
    const auto payload = bytes.substr(first + 1, bytes.rfind('.') - first - 1);
    require(base64url_encode(parsed->payload()) == payload, "a payload has two spellings");
    require(parsed->header().as_object() != nullptr, "a header is no object");
  }
  const auto verified = jose::verify_jws(bytes, owners);
  if (!verified) return false;
  require(was_signed(bytes, verified->owner), "a token that nobody signed is good");
  return true;
}

}  // namespace recant::fuzz

// Beside libjwt and cpp-jwt: whatever is accepted here, one of them accepts too. They are asked
// about tokens that were accepted only, so that there must be many of those, odd ones among them:
// besides broken signatures the corpus holds odd headers and claims under good ones.
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <algorithm>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "peers.hpp"
#include "tokens.hpp"

namespace recant::verify {
namespace {

using enum crypto::Algorithm;

std::string public_pem(const crypto::SigningKey& key) {
  const SecretString pem = key.export_private();
  const std::unique_ptr<BIO, decltype(&BIO_free)> in(
      BIO_new_mem_buf(pem.reveal().data(), static_cast<int>(pem.reveal().size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> read(
      PEM_read_bio_PrivateKey(in.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PUBKEY(out.get(), read.get());
  char* data = nullptr;
  const long length = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<std::size_t>(length)};
}

/// One for all tests of an algorithm, since an RSA key takes long to draw.
const crypto::SigningKey& key_for(crypto::Algorithm algorithm) {
  static std::map<crypto::Algorithm, crypto::SigningKey> keys;
  const auto found = keys.find(algorithm);
  if (found != keys.end()) return found->second;
  crypto::SystemRandom random;
  return keys.emplace(algorithm, *crypto::SigningKey::generate(algorithm, random)).first->second;
}

/// Names and values, the latter as JSON.
using Members = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kValues[] = {
    "null",  "true", "-0",     "1E+2",          "[]", R"([1,-2.5e-3,null,{"y":"é"}])", "{}",
    R"("")", "1e15", R"("a")", R"("\u00e9\/")", "0",  R"({"a":{"a":{"a":[[[]]]}}})"};

std::string in_quotes(const std::string& text) { return "\"" + text + "\""; }

std::string plain(const Members& members) {
  std::string text = "{";
  for (const auto& [name, value] : members) {
    text += (text.size() > 1 ? "," : "") + in_quotes(name) + ":" + value;
  }
  return text + "}";
}

/// A name of ASCII letters with its first one as \u00xx.
std::string escaped(const std::string& name) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto letter = static_cast<unsigned char>(name.front());
  return std::string("\\u00") + kHex[letter / 16] + kHex[letter % 16] + name.substr(1);
}

class Peers : public testing::TestWithParam<crypto::Algorithm> {
 protected:
  Peers() : verifier_(make_verifier()) {
    const bool secret = crypto::info(GetParam()).family == crypto::KeyFamily::oct;
    peer_key_.algorithm = to_string(GetParam());
    peer_key_.key = secret ? std::string(key_.export_private().reveal()) : public_pem(key_);
  }

  AccessTokenVerifier make_verifier() {
    ForeignIssuer issuer;
    issuer.name = "issuer";
    issuer.issuer = "https://other.example";
    issuer.audience = {"api"};
    issuer.keys = jose::KeySet::of_any_name(key_.verification_key());
    issuer.profile = Profile::jwt;
    return AccessTokenVerifier(options(), jose::KeySet(), {issuer});
  }

  bool accepted(const std::string& token) { return verifier_.verify(token, now_).has_value(); }

  std::string signed_raw(const std::string& header, const std::string& payload) {
    const std::string input = base64url_encode(header) + "." + base64url_encode(payload);
    return input + "." + base64url_encode(key_.sign(input));
  }
  std::string seconds_from_now(int seconds) const {
    return std::to_string(count(now_) / 1000 + seconds);
  }
  Members header() { return {{"alg", in_quotes(peer_key_.algorithm)}, {"typ", in_quotes("JWT")}}; }
  Members claims() {
    return {{"iss", in_quotes("https://other.example")},
            {"sub", in_quotes("a")},
            {"aud", R"(["api"])"},
            {"iat", seconds_from_now(0)},
            {"exp", seconds_from_now(900)},
            {"scope", in_quotes("a b")}};
  }

  /// The same members as somebody else might write them: in another order, with escapes, with
  /// white space, among others that nobody knows.
  std::string reworded(Members members) {
    for (std::size_t more = below(4); more > 0; --more) {
      members.emplace_back("x" + std::to_string(more), kValues[below(std::size(kValues))]);
    }
    std::shuffle(members.begin(), members.end(), engine_);
    std::string text = gap() + "{";
    for (const auto& [name, value] : members) {
      if (text.back() != '{') text += "," + gap();
      text += in_quotes(below(4) == 0 ? escaped(name) : name) + gap() + ":" + gap() + value + gap();
    }
    return text + "}" + gap();
  }
  std::string gap() { return std::string(below(3), " \t\n\r"[below(4)]); }

  /// True if it was accepted; then one of the two accepts it, or the test fails.
  bool compare(const std::string& token) {
    if (!accepted(token)) return false;
    EXPECT_TRUE(libjwt_accepts(token, peer_key_) || cpp_jwt_accepts(token, peer_key_)) << token;
    return true;
  }

  std::string spoiled(std::string text) {
    for (std::size_t changes = 1 + below(3); changes > 0; --changes) {
      const std::size_t at = below(text.size());
      constexpr std::string_view kMarks = " \t\n\"\\,:{}[]019.eE+-aZ_\x80";
      if (below(3) == 0) {
        text.erase(at, 1 + below(4));
      } else if (below(2) == 0) {
        text.insert(at, 1, kMarks[below(kMarks.size())]);
      } else {
        text[at] = kMarks[below(kMarks.size())];
      }
      if (text.empty()) text = " ";
    }
    return text;
  }

  /// The engine is specified to the bit, so a failure comes again (but for the key and the time).
  std::size_t below(std::size_t bound) { return bound == 0 ? 0 : engine_() % bound; }

  const crypto::SigningKey& key_ = key_for(GetParam());
  UnixMillis now_ = SystemClock().wall();  // cpp-jwt asks for the time by itself
  AccessTokenVerifier verifier_;
  PeerKey peer_key_;
  std::mt19937_64 engine_{20261124};
};

TEST_P(Peers, AGoodTokenIsGoodToAll) {
  const std::string token = signed_raw(plain(header()), plain(claims()));
  EXPECT_TRUE(accepted(token));
  EXPECT_TRUE(libjwt_accepts(token, peer_key_));
  EXPECT_TRUE(cpp_jwt_accepts(token, peer_key_));
  const std::string forged =
      token.substr(0, token.rfind('.') + 1) + base64url_encode(key_.sign("another"));
  EXPECT_FALSE(accepted(forged));
  EXPECT_FALSE(libjwt_accepts(forged, peer_key_));
  EXPECT_FALSE(cpp_jwt_accepts(forged, peer_key_));
}

TEST_P(Peers, NothingIsAcceptedThatBothRefuse_Reworded) {
  for (int i = 0; i < 150; ++i) {
    const std::string head = reworded(header());
    const std::string body = reworded(claims());
    EXPECT_TRUE(compare(signed_raw(head, body))) << head << body;
  }
}

TEST_P(Peers, NothingIsAcceptedThatBothRefuse_Spoiled) {
  int refused = 0;
  for (int i = 0; i < 150; ++i) {
    refused += !compare(signed_raw(spoiled(reworded(header())), plain(claims())));
    refused += !compare(signed_raw(plain(header()), spoiled(reworded(claims()))));
  }
  EXPECT_GT(refused, 150);
}

TEST_P(Peers, NothingIsAcceptedThatBothRefuse_Headers) {
  const std::string alg = R"({"alg":")" + peer_key_.algorithm + "\"";
  for (const char* more : {"", R"(,"typ":"jwt")", R"(,"kid":"x")", R"(,"jku":"https://x.example")",
                           R"(,"x":{"y":[1,{}]})", R"(,"x5c":["AAAA"])", R"(,"kid":"\u00e9")"}) {
    EXPECT_TRUE(compare(signed_raw(alg + more + "}", plain(claims())))) << more;
  }
  for (const char* other :
       {"none", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}) {
    const std::string as = R"({"alg":")" + std::string(other) + R"(","typ":"JWT"})";
    EXPECT_EQ(compare(signed_raw(as, plain(claims()))), peer_key_.algorithm == other) << other;
  }
}

TEST_P(Peers, NothingIsAcceptedThatBothRefuse_Tampered) {
  const std::string token = signed_raw(plain(header()), plain(claims()));
  for (int i = 0; i < 600; ++i) {
    const std::string other = spoiled(token);
    if (other != token) {
      EXPECT_FALSE(compare(other)) << other;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, Peers,
                         testing::Values(hs256, hs384, hs512, rs256, rs384, rs512, es256, es384,
                                         es512),
                         [](const auto& test) { return std::string(to_string(test.param)); });

}  // namespace
}  // namespace recant::verify

#include "http/cookies.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace recant::http {
namespace {

using ::testing::HasSubstr;

struct Sent {
  std::vector<std::string> fields;
  std::optional<const char*> access;  // nothing: refused
  const char* refresh = "";
};

TEST(Cookies, AreReadToTheLetter) {
  const std::string at = "__Host-recant_at=", rt = "__Host-recant_rt=";
  const std::vector<Sent> cases = {
      {{}, ""},
      {{""}, ""},
      {{at + "a.b.c"}, "a.b.c"},
      {{rt + "rt_x"}, "", "rt_x"},
      {{at + "a.b.c; " + rt + "rt_x-_~+/="}, "a.b.c", "rt_x-_~+/="},
      {{rt + "r;" + at + "a"}, "a", "r"},
      {{"x=y; " + at + "a; z"}, "a"},
      {{at + "a", rt + "r"}, "a", "r"},  // a gateway wrote HTTP/2's fields one by one
      // Other people's cookies, whatever they look like.
      {{"=; ;;=x; a\"b=\"c d\"; " + at + "a; \xC3\xBC=\x80"}, "a"},
      {{"__host-recant_at=a"}, ""},
      {{"__HOST-RECANT_AT=a"}, ""},
      {{"recant_at=a; __Secure-recant_at=b; x__Host-recant_at=c"}, ""},
      {{"__Host-recant_at =a"}, ""},
      {{"x=__Host-recant_at=a"}, ""},
      // Ours, twice or unsound.
      {{at + "a; " + at + "b"}, std::nullopt},
      {{at + "a; " + at + "a"}, std::nullopt},
      {{at + "a", at + "a"}, std::nullopt},
      {{rt + "a; x=y; " + rt + "a"}, std::nullopt},
      {{at}, std::nullopt},
      {{"__Host-recant_at"}, std::nullopt},
      {{at + "\"a\""}, std::nullopt},
      {{at + "a b"}, std::nullopt},
      {{at + "a,b"}, std::nullopt},
      {{at + " a"}, std::nullopt},
      {{at + "a ; x=y"}, std::nullopt},
      {{at + "a%2Eb"}, std::nullopt},
      {{rt + "\xC3\xBC"}, std::nullopt},
  };
  for (const auto& [fields, access, refresh] : cases) {
    Request request;
    for (const auto& field : fields) request.headers.add("cookie", field);
    const auto got = cookies_of(request);
    const auto name = ::testing::PrintToString(fields);
    ASSERT_EQ(got.has_value(), access.has_value()) << name;
    if (got) {
      EXPECT_EQ(got->access, *access) << name;
      EXPECT_EQ(got->refresh, refresh) << name;
    } else {
      EXPECT_EQ(got.error().code, Code::invalid_request) << name;
    }
  }
}

service::Tokens tokens_of(std::size_t access_bytes) {
  return {std::string(access_bytes, 'a'),
          seconds{900},
          "rt_r",
          seconds{1'209'600},
          *Uuid::parse("0190a1b2-0000-7000-8000-000000000001"),
          *core::Subject::parse("ann"),
          ""};
}

/// ASVS 3.3.1 to 3.3.4.
TEST(Cookies, A10_A16_AreKeptFromScriptsOtherHostsAndOtherSites) {
  Response response(200);
  set_cookies(response, tokens_of(3));
  EXPECT_EQ(response.lines(),
            "Set-Cookie: __Host-recant_at=aaa; Path=/; Secure; HttpOnly; SameSite=Strict; "
            "Max-Age=900\r\n"
            "Set-Cookie: __Host-recant_rt=rt_r; Path=/; Secure; HttpOnly; SameSite=Strict; "
            "Max-Age=1209600\r\n");
  Response cleared(204);
  clear_cookies(cleared);
  EXPECT_EQ(cleared.lines(),
            "Set-Cookie: __Host-recant_at=; Path=/; Secure; HttpOnly; SameSite=Strict; "
            "Max-Age=0\r\n"
            "Set-Cookie: __Host-recant_rt=; Path=/; Secure; HttpOnly; SameSite=Strict; "
            "Max-Age=0\r\n");
}

TEST(Cookies, A10_HoldNameAndValueOf4096Bytes) {
  const std::size_t name = std::string("__Host-recant_at").size();
  EXPECT_TRUE(fit_in_cookies(tokens_of(4096 - name)));
  EXPECT_FALSE(fit_in_cookies(tokens_of(4096 - name + 1)));
}

}  // namespace
}  // namespace recant::http

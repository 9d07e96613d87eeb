// Addresses of what is fetched.
#include "fetch/web_url.hpp"

#include <gmock/gmock.h>

namespace recant::fetch {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(WebUrl, ReadsWhatPeopleWrite) {
  const struct {
    const char* text;
    const char* host;
    int port;
    const char* target;
    const char* written;
  } cases[] = {
      {"https://h/.well-known/jwks.json", "h", 443, "/.well-known/jwks.json",
       "https://h/.well-known/jwks.json"},
      {"https://h/keys?p=b2c%20a", "h", 443, "/keys?p=b2c%20a", "https://h/keys?p=b2c%20a"},
      {"HTTP://[::1]:8080", "::1", 8080, "/", "http://[::1]:8080/"},
  };
  for (const auto& one : cases) {
    const auto url = parse_web_url(one.text);
    ASSERT_TRUE(url) << one.text;
    EXPECT_EQ(url->host, one.host);
    EXPECT_EQ(url->port, one.port);
    EXPECT_EQ(url->target, one.target);
    EXPECT_EQ(url->to_string(), one.written);
  }
}

TEST(WebUrl, RefusesTheRestWithoutQuotingIt) {
  for (const char* text : {"", "h", "ftp://h", "https://", "https://u:pass-word@h", "https://h:0",
                           "https://h:99999", "https://h/#a", "https://h/\r\nX: 1", "https://h/ a",
                           // Boost.URL 1.81 takes these for 127.0.0.1.
                           "http://127.0.0.1.example", "http://127.0.0.1x:80/keys"}) {
    const auto url = parse_web_url(text);
    ASSERT_FALSE(url) << text;
    EXPECT_THAT(url.error(), AllOf(StartsWith("must "), Not(HasSubstr("pass-word"))));
  }
}

TEST(WebUrl, KnowsWhatNoNetworkComesBetween) {
  for (const char* near :
       {"http://127.0.0.1", "http://127.9.9.9:1", "http://[::1]", "http://localhost"}) {
    EXPECT_TRUE(parse_web_url(near)->is_loopback()) << near;
  }
  for (const char* far : {"http://10.0.0.1", "http://h", "http://localhost.example", "http://[::2]",
                          "http://x127.0.0.1", "http://0.0.0.0"}) {
    EXPECT_FALSE(parse_web_url(far)->is_loopback()) << far;
  }
}

}  // namespace
}  // namespace recant::fetch

// Addresses of servers. The client itself is driven end to end, by tests/e2e/cli_*.
#include "http/server_url.hpp"

#include <gmock/gmock.h>

namespace recant::http {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(ServerUrl, ReadsWhatPeopleWrite) {
  const struct {
    const char* text;
    bool tls;
    const char* host;
    int port;
    const char* base;
    const char* written;
  } cases[] = {
      {"http://127.0.0.1:8080", false, "127.0.0.1", 8080, "", "http://127.0.0.1:8080"},
      {"http://localhost", false, "localhost", 80, "", "http://localhost"},
      {"https://login.example.com/", true, "login.example.com", 443, "",
       "https://login.example.com"},
      {"https://h:8443/recant/", true, "h", 8443, "/recant", "https://h:8443/recant"},
      {"HTTPS://[::1]:443", true, "::1", 443, "", "https://[::1]"},
      {"http://h:443", false, "h", 443, "", "http://h:443"},
  };
  for (const auto& one : cases) {
    const auto parsed = parse_server_url(one.text);
    ASSERT_TRUE(parsed) << one.text;
    EXPECT_EQ(parsed->tls, one.tls) << one.text;
    EXPECT_EQ(parsed->host, one.host);
    EXPECT_EQ(parsed->port, one.port);
    EXPECT_EQ(parsed->base, one.base);
    EXPECT_EQ(parsed->to_string(), one.written);
  }
}

TEST(ServerUrl, RefusesTheRestWithoutQuotingIt) {
  for (const char* text :
       {"", "x", "127.0.0.1:8080", "localhost", "ftp://h", "http://", "http://:80", "http:///x",
        "http://user:pass-word@h", "http://h:0", "http://h:99999", "http://h/?a", "http://h/#a",
        "http://h h", "unix:///run/x", "http://h\r\nX: 1"}) {
    const auto parsed = parse_server_url(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_THAT(parsed.error(), AllOf(StartsWith("must "), Not(HasSubstr("pass-word"))));
  }
}

TEST(ServerUrl, ASegmentKeepsItsMeaning) {
  EXPECT_EQ(encode_segment("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(encode_segment("a/b?c#d%e f\xc3\xab"), "a%2Fb%3Fc%23d%25e%20f%C3%AB");
}

}  // namespace
}  // namespace recant::http

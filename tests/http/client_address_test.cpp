#include "http/client_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http_date.hpp"
#include "http/request_id.hpp"

namespace recant::http {
namespace {

using boost::asio::ip::make_address;

TrustedProxies trusting(std::vector<std::string> entries) {
  auto proxies = TrustedProxies::parse(entries);
  EXPECT_TRUE(proxies) << proxies.error();
  return *proxies;
}

struct Case {
  const char* peer;
  std::vector<const char*> forwarded;  // X-Forwarded-For lines
  const char* client;
};

TEST(ClientAddress, IsTheRightMostThatIsNoProxyOfOurs) {
  const auto proxies = trusting({"10.0.0.0/8", "2001:db8::/33", "192.0.2.7"});
  const std::vector<Case> cases = {
      {"203.0.113.9", {"1.2.3.4"}, "203.0.113.9"},  // not a proxy: believed nothing
      {"10.1.1.1", {}, "10.1.1.1"},
      {"10.1.1.1", {"203.0.113.9"}, "203.0.113.9"},
      {"10.1.1.1", {"1.2.3.4, 203.0.113.9"}, "203.0.113.9"},
      {"10.1.1.1", {"1.2.3.4, 203.0.113.9,10.9.9.9 ,\t192.0.2.7"}, "203.0.113.9"},
      {"10.1.1.1", {"203.0.113.9", "10.2.2.2"}, "203.0.113.9"},  // lines are one list
      {"10.1.1.1", {"10.3.3.3, 10.2.2.2"}, "10.3.3.3"},          // nobody else: the outermost
      {"10.1.1.1", {"203.0.113.9:4711"}, "203.0.113.9"},
      {"10.1.1.1", {"[2001:db9::1]:443"}, "2001:db9::1"},
      {"10.1.1.1", {"1.2.3.4, unknown"}, "10.1.1.1"},  // beyond it nothing is known
      {"10.1.1.1", {"1.2.3.4, "}, "10.1.1.1"},
      {"10.1.1.1", {"1.2.3.4, 10.2.2.2, evil\"x"}, "10.1.1.1"},
      {"10.1.1.1", {"fe80::1%1"}, "10.1.1.1"},
      {"::ffff:10.1.1.1", {"203.0.113.9"}, "203.0.113.9"},
      {"::ffff:203.0.113.9", {}, "203.0.113.9"},
      {"2001:db8:7fff::1", {"::ffff:203.0.113.9"}, "203.0.113.9"},
      {"2001:db8:8000::1", {"203.0.113.9"}, "2001:db8:8000::1"},  // bit 33 differs
      {"192.0.2.8", {"203.0.113.9"}, "192.0.2.8"},
  };
  for (const auto& [peer, forwarded, client] : cases) {
    Headers headers;
    for (const auto* line : forwarded) headers.add("x-forwarded-for", line);
    EXPECT_EQ(proxies.client_of(make_address(peer), headers), make_address(client))
        << peer << " / " << testing::PrintToString(forwarded);
  }
}

TEST(ClientAddress, TrustsNobodyUnlessTold) {
  Headers headers;
  headers.add("X-Forwarded-For", "1.2.3.4");
  EXPECT_EQ(TrustedProxies{}.client_of(make_address("127.0.0.1"), headers),
            make_address("127.0.0.1"));
  EXPECT_EQ(trusting({"127.0.0.0/8"}).client_of(make_address("127.0.0.1"), headers),
            make_address("1.2.3.4"));
}

TEST(ClientAddress, NamesABadEntry) {
  for (const char* entry : {"", "localhost", "10.0.0.0/33", "::1/129", "10.0.0.0/", "10.0.0.0/-1",
                            "10.0.0/8", "10.0.0.0/8 ", "fe80::1%1"}) {
    const std::vector<std::string> entries{"127.0.0.1", entry};
    const auto proxies = TrustedProxies::parse(entries);
    ASSERT_FALSE(proxies) << entry;
    EXPECT_THAT(proxies.error(), testing::HasSubstr(std::string("\"") + entry + '"'));
  }
}

// Everybody would choose the address that stands in the log and that throttling counts.
TEST(TrustedProxies, AreNotEverybody) {
  for (const char* entry : {"0.0.0.0/0", "::/0", "1.2.3.4/0"}) {
    const std::vector<std::string> entries{entry};
    const auto proxies = TrustedProxies::parse(entries);
    ASSERT_FALSE(proxies) << entry;
    EXPECT_THAT(proxies.error(), testing::HasSubstr("everybody")) << entry;
  }
}

TEST(TrustedProxies, ANetworkHasNoBitsBehindItsPrefix) {
  struct Bad {
    const char* entry;
    const char* meant;
  };
  for (const auto& [entry, meant] :
       {Bad{"10.1.2.3/8", "10.0.0.0/8"}, Bad{"192.0.2.129/25", "192.0.2.128/25"},
        Bad{"2001:db8::1/33", "2001:db8::/33"}}) {
    const std::vector<std::string> entries{entry};
    const auto proxies = TrustedProxies::parse(entries);
    ASSERT_FALSE(proxies) << entry;
    EXPECT_THAT(proxies.error(), testing::HasSubstr(std::string("write ") + meant)) << entry;
  }
  const std::vector<std::string> fine{"192.0.2.128/25", "192.0.2.7/32", "2001:db8::1/128"};
  EXPECT_TRUE(TrustedProxies::parse(fine));
}

TEST(RequestId, IsTakenOnlyIfItCanStandInALog) {
  EXPECT_TRUE(is_request_id("a"));
  EXPECT_TRUE(is_request_id("0196f7e1-7d4c.A_z"));
  EXPECT_TRUE(is_request_id(std::string(64, 'x')));
  for (const auto& bad : {std::string(), std::string(65, 'x'), std::string("a b"),
                          std::string("a/b"), std::string("\xC3\xA9"), std::string("a\0b", 3)}) {
    EXPECT_FALSE(is_request_id(bad));
  }
}

TEST(HttpDate, IsAnImfFixdate) {
  HttpDate date;
  // RFC 9110 §5.6.7
  EXPECT_EQ(date.at(unix_millis(784'111'777'999)), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(date.at(unix_millis(784'111'778'000)), "Sun, 06 Nov 1994 08:49:38 GMT");
  EXPECT_EQ(date.at(unix_millis(1'709'164'800'000)), "Thu, 29 Feb 2024 00:00:00 GMT");
  EXPECT_EQ(date.at(unix_millis(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
}

}  // namespace
}  // namespace recant::http

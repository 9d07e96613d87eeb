#include "http/origins.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace recant::http {
namespace {

using ::testing::HasSubstr;

TEST(Origins, AreListedAsBrowsersWriteThem) {
  for (const char* good :
       {"https://app.example.com", "https://app.example.com:8443", "https://localhost",
        "https://xn--bcher-kva.example", "https://192.0.2.7", "https://[2001:db8::1]:8443",
        "http://localhost", "http://localhost:5173", "http://app.localhost:8443",
        "http://127.0.0.1:1", "http://[::1]:3000"}) {
    EXPECT_EQ(fault_in_origin(good), std::nullopt) << good;
  }
  for (const char* bad : {"",
                          "app.example.com",
                          "https://",
                          "https:///",
                          "https://app.example.com/",
                          "https://app.example.com/x",
                          "https://app.example.com?x",
                          "https://app.example.com#x",
                          "https://u@app.example.com",
                          "https://App.example.com",
                          "HTTPS://app.example.com",
                          "https://app.example.com:443",
                          "https://app.example.com:",
                          "https://app.example.com:0",
                          "https://app.example.com:08443",
                          "https://app.example.com:65536",
                          "https://app.example.com:8x",
                          "http://localhost:80",
                          "https://a..b",
                          "https://.a",
                          "https://a.",
                          "https://b\xC3\xBC"
                          "cher.example",
                          "https://1.2.3",
                          "https://1.2.3.04",
                          "https://[::1",
                          "https://::1",
                          "https://[2001:DB8::1]",
                          "https://[0:0:0:0:0:0:0:1]",
                          "ftp://localhost",
                          "file://",
                          "https://a b",
                          "https://a,https://b",
                          "https://app.example.com\r\nX: y"}) {
    ASSERT_NE(fault_in_origin(bad), std::nullopt) << bad;
    EXPECT_THAT(*fault_in_origin(bad), HasSubstr("https://")) << bad;
  }
}

TEST(Origins, EverybodyAndNobodyAreNone) {
  for (const char* everybody : {"*", "https://*", "https://*.example.com"}) {
    EXPECT_THAT(fault_in_origin(everybody).value_or(""), HasSubstr("with *")) << everybody;
  }
  EXPECT_THAT(fault_in_origin("null").value_or(""), HasSubstr("null"));
  for (const char* in_the_clear : {"http://app.example.com", "http://192.0.2.7",
                                   "http://localhost.evil.example", "http://127.0.0.1.example"}) {
    EXPECT_THAT(fault_in_origin(in_the_clear).value_or(""), HasSubstr("localhost alone"))
        << in_the_clear;
  }
}

struct Sent {
  std::vector<const char*> sites;
  std::vector<const char*> origins;
  Sender sender;
};

/// Contract §2: `Sec-Fetch-Site: same-origin`, or an Origin of `server.origins`.
TEST(Origins, ASenderIsKnownByWhatBrowsersSay) {
  using enum Sender;
  const Origins listed({"https://app.example.com"});
  const std::vector<Sent> cases = {
      {{}, {}, program},
      {{"same-origin"}, {}, our_page},
      {{"same-origin"}, {"https://login.example.com"}, our_page},
      {{}, {"https://app.example.com"}, our_page},
      {{"same-site"}, {"https://app.example.com"}, our_page},
      {{"cross-site"}, {"https://app.example.com"}, our_page},
      {{}, {"https://login.example.com"}, other_page},
      {{"same-site"}, {}, other_page},
      {{"same-site"}, {"https://evil.example.com"}, other_page},
      {{"cross-site"}, {}, other_page},
      {{"none"}, {}, other_page},  // typed by hand: no page of ours asked
      {{""}, {}, other_page},
      {{"Same-Origin"}, {}, other_page},
      {{"same-origin", "cross-site"}, {}, other_page},
      {{"same-origin", "same-origin"}, {}, other_page},
      {{}, {"null"}, other_page},
      {{}, {""}, other_page},
      {{}, {"https://app.example.com/"}, other_page},
      {{}, {"https://APP.example.com"}, other_page},
      {{}, {"http://app.example.com"}, other_page},
      {{}, {"https://app.example.com:8443"}, other_page},
      {{}, {"https://app.example.com.evil.example"}, other_page},
      {{}, {"https://app.example.com https://evil.example"}, other_page},
      {{}, {"https://app.example.com", "https://evil.example"}, other_page},
      {{"same-origin"}, {"https://app.example.com", "https://app.example.com"}, other_page},
  };
  for (const auto& [sites, origins, sender] : cases) {
    Request request;
    for (const auto* site : sites) request.headers.add("sec-fetch-site", site);
    for (const auto* origin : origins) request.headers.add("origin", origin);
    EXPECT_EQ(sender_of(request, listed), sender)
        << ::testing::PrintToString(sites) << ::testing::PrintToString(origins);
  }
}

}  // namespace
}  // namespace recant::http

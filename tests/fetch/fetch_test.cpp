// One GET: what is taken, and what is not.
#include "fetch/fetch.hpp"

#include <gmock/gmock.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "testing/free_port.hpp"
#include "tls_certificates.hpp"
#include "web_site.hpp"

namespace recant::fetch {
namespace {

using recant::testing::WebSite;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

/// The body, or "not: " and why.
std::string got(const std::string& url, FetchOptions options = {}) {
  boost::asio::io_context io;
  std::string outcome = "nothing";
  boost::asio::co_spawn(io, fetch(*parse_web_url(url), std::move(options)),
                        [&](const std::exception_ptr& error, Result<Fetched, std::string> fetched) {
                          if (error) std::rethrow_exception(error);
                          outcome = fetched ? fetched->body : "not: " + fetched.error();
                        });
  io.run();
  return outcome;
}

TEST(Fetch, TakesTheBodyOfA200) {
  WebSite site;
  site.say_body("{\"keys\":[]}");
  EXPECT_EQ(got(site.url()), "{\"keys\":[]}");
  ASSERT_EQ(site.requests().size(), 1U);
  EXPECT_THAT(site.requests().front(),
              AllOf(StartsWith("GET /keys HTTP/1.1\r\n"),
                    HasSubstr("\r\nHost: 127.0.0.1:" + std::to_string(site.port()) + "\r\n")));
}

TEST(Fetch, TakesABodyInChunksAndOneThatEndsWithTheConnection) {
  WebSite site;
  site.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_EQ(got(site.url()), "abcde");
  site.say("HTTP/1.1 200 OK\r\n\r\nabcde");
  EXPECT_EQ(got(site.url()), "abcde");
}

TEST(Fetch, TakesNothingElse) {
  WebSite site;
  const struct {
    const char* answer;
    const char* why;
  } cases[] = {
      {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "answered 404"},
      {"HTTP/1.1 204 No Content\r\n\r\n", "answered 204"},
      {"HTTP/1.1 302 Found\r\nLocation: http://elsewhere/\r\nContent-Length: 0\r\n\r\n",
       "answered 302, and redirects are not followed"},
      {"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "ended the connection before"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", "ended the connection"},
      {"SSH-2.0-OpenSSH_9.2\r\n\r\n", "sent no HTTP/1.1 answer"},
  };
  for (const auto& one : cases) {
    site.say(one.answer);
    EXPECT_THAT(got(site.url()), HasSubstr(one.why)) << one.answer;
  }
  EXPECT_EQ(site.requests().size(), std::size(cases));  // nothing was asked twice, nor elsewhere
}

TEST(Fetch, TakesNoMoreThanItIsTold) {
  WebSite site;
  const FetchOptions small{.answer_bytes = 100};
  site.say_body(std::string(100, 'x'));
  EXPECT_EQ(got(site.url(), small), std::string(100, 'x'));
  site.say_body(std::string(101, 'x'));
  EXPECT_THAT(got(site.url(), small), HasSubstr("sent more than is taken"));
  site.say("HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'));
  EXPECT_THAT(got(site.url(), small), HasSubstr("sent more than is taken"));
  site.say("HTTP/1.1 200 OK\r\nX: " + std::string(20'000, 'x') + "\r\n\r\n");
  EXPECT_THAT(got(site.url()), HasSubstr("sent no HTTP/1.1 answer"));
  site.say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;" + std::string(100'000, 'x'));
  EXPECT_THAT(got(site.url()), HasSubstr("sent more than is taken"));
}

TEST(Fetch, DoesNotWaitForever) {
  WebSite site;
  site.be_silent();
  EXPECT_EQ(got(site.url(), {.timeout = milliseconds{100}}), "not: did not answer in time");
}

TEST(Fetch, SaysThatNobodyIsThere) {
  const std::string nobody = "http://127.0.0.1:" + std::to_string(recant::testing::free_port());
  EXPECT_THAT(got(nobody), StartsWith("not: cannot be reached: "));
}

class FetchOverTls : public ::testing::Test {
 protected:
  const Certificate authority{Certificate::Kind{.name = "authority"}};
  const Certificate own{Certificate::Kind{}, &authority};
  WebSite site{*crypto::TlsContext::for_server(own.pem(), SecretString(own.key_pem()))};

  static FetchOptions believing(const std::string& authorities) {
    return {.tls = *crypto::TlsContext::for_client(authorities)};
  }
};

TEST_F(FetchOverTls, TakesItFromWhomItNamed) {
  site.say_body("secured");
  EXPECT_EQ(got(site.url("127.0.0.1"), believing(authority.pem())), "secured");
  EXPECT_EQ(got(site.url("localhost"), believing(authority.pem())), "secured");
}

TEST_F(FetchOverTls, TakesNothingFromAnybodyElse) {
  site.say_body("secured");
  const Certificate stranger(Certificate::Kind{.name = "stranger"});
  EXPECT_THAT(got(site.url(), believing(stranger.pem())), StartsWith("not: was not believed: "));
  const Certificate other(Certificate::Kind{.name = "other", .alternatives = "DNS:other"},
                          &authority);
  WebSite elsewhere(*crypto::TlsContext::for_server(other.pem(), SecretString(other.key_pem())));
  elsewhere.say_body("secured");
  EXPECT_THAT(got(elsewhere.url(), believing(authority.pem())),
              StartsWith("not: was not believed: "));
  EXPECT_TRUE(elsewhere.requests().empty());
}

TEST_F(FetchOverTls, DoesNotFallBackToTheClear) {
  WebSite clear;
  clear.say_body("in the clear");
  std::string url = clear.url();
  url.insert(4, "s");
  FetchOptions options = believing(authority.pem());
  options.timeout = milliseconds{300};  // it waits for a line, and gets a handshake
  EXPECT_EQ(got(url, std::move(options)), "not: did not answer in time");
}

}  // namespace
}  // namespace recant::fetch

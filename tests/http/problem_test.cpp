#include "http/problem.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "base/json.hpp"

namespace recant::http {
namespace {

using testing::HasSubstr;
using testing::Not;

/// Contract §2, written out again from its text.
TEST(Problem, HasTheContractsCodesAndStatuses) {
  const std::map<std::string, int> contract = {{"invalid_request", 400},
                                               {"invalid_credentials", 401},
                                               {"invalid_token", 401},
                                               {"invalid_grant", 401},
                                               {"insufficient_scope", 403},
                                               {"forbidden", 403},
                                               {"wrong_password", 403},
                                               {"account_disabled", 403},
                                               {"csrf", 403},
                                               {"not_found", 404},
                                               {"method_not_allowed", 405},
                                               {"username_taken", 409},
                                               {"name_taken", 409},
                                               {"last_key", 409},
                                               {"session_limit", 409},
                                               {"payload_too_large", 413},
                                               {"unsupported_media_type", 415},
                                               {"weak_password", 422},
                                               {"invalid_claims", 422},
                                               {"no_jti", 422},
                                               {"throttled", 429},
                                               {"busy", 503},
                                               {"unavailable", 503}};
  std::map<std::string, int> ours;
  for (int i = 0; i <= static_cast<int>(Code::unavailable); ++i) {
    const auto code = static_cast<Code>(i);
    ours[std::string(name_of(code))] = status_of(code);
    EXPECT_FALSE(reason_phrase(status_of(code)).empty());
  }
  EXPECT_EQ(ours, contract);
}

TEST(Problem, IsProblemJson) {
  const auto response =
      to_response({.code = Code::invalid_grant, .detail = "Sign in again.", .reason = "reused"});
  EXPECT_EQ(response.status(), 401);
  EXPECT_THAT(response.lines(), HasSubstr("Content-Type: application/problem+json\r\n"));
  const auto body = json::parse(response.body());
  ASSERT_TRUE(body);
  EXPECT_EQ(body->find("status")->as_int64(), 401);
  EXPECT_EQ(*body->string("title"), "Unauthorized");
  EXPECT_EQ(*body->string("code"), "invalid_grant");
  EXPECT_EQ(*body->string("detail"), "Sign in again.");
  EXPECT_EQ(*body->string("reason"), "reused");
  const auto plain = json::parse(to_response({Code::not_found, "No."}).body());
  EXPECT_EQ(plain->find("reason"), nullptr);
}

TEST(Problem, O12_ChallengesByRfc6750) {
  EXPECT_THAT(to_response({Code::invalid_token, "Send one."}).lines(),
              HasSubstr("WWW-Authenticate: Bearer realm=\"recant\"\r\n"));
  EXPECT_THAT(to_response({Code::invalid_credentials, "Wrong."}).lines(),
              HasSubstr("WWW-Authenticate: Bearer realm=\"recant\"\r\n"));
  EXPECT_THAT(to_response({.code = Code::invalid_token,
                           .detail = "revoked: logout",
                           .challenge = Challenge::invalid_token})
                  .lines(),
              HasSubstr("WWW-Authenticate: Bearer realm=\"recant\", error=\"invalid_token\", "
                        "error_description=\"revoked: logout\"\r\n"));
  const auto scope = to_response({.code = Code::insufficient_scope,
                                  .detail = "No.",
                                  .challenge = Challenge::insufficient_scope,
                                  .scope = "orders:write b"});
  EXPECT_EQ(scope.status(), 403);
  EXPECT_THAT(scope.lines(),
              HasSubstr("WWW-Authenticate: Bearer realm=\"recant\", "
                        "error=\"insufficient_scope\", scope=\"orders:write b\"\r\n"));
  EXPECT_THAT(to_response({Code::forbidden, "No."}).lines(), Not(HasSubstr("WWW-Authenticate")));
}

TEST(Problem, J49_QuotesNothingThatEndsTheChallenge) {
  const auto value =
      challenge_value({.code = Code::invalid_token,
                       .detail = "a\"b\\c\r\nX: y\x7f\xC3\xA9" + std::string(500, 'z'),
                       .challenge = Challenge::invalid_token});
  EXPECT_THAT(value, HasSubstr("error_description=\"a'b'c''X: y'''zzz"));
  EXPECT_LT(value.size(), 300u);
}

TEST(Problem, SaysWhenToTryAgain) {
  EXPECT_THAT(to_response({Code::unavailable, "No."}).lines(), HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(
      to_response({.code = Code::throttled, .detail = "No.", .retry_after = seconds{42}}).lines(),
      HasSubstr("Retry-After: 42\r\n"));
  EXPECT_THAT(to_response({Code::not_found, "No."}).lines(), Not(HasSubstr("Retry-After")));
}

TEST(Response, J49_FieldValuesCannotEndTheLine) {
  const auto response = Response(200).header("X-Auth-Subject", "a\r\nX-Auth-Scope: all\n\x01");
  EXPECT_EQ(response.lines(), "X-Auth-Subject: a??X-Auth-Scope: all??\r\n");
}

TEST(Response, IsFramedByItsRequest) {
  const auto written = [](const Response& response, const Framing& framing) {
    std::string out;
    write_response(out, response, framing);
    return out;
  };
  Response response(200);
  response.body("text/plain", "hello");
  const Framing plain{.date = "D", .request_id = "i"};
  EXPECT_EQ(written(response, plain),
            "HTTP/1.1 200 OK\r\nDate: D\r\nX-Request-Id: i\r\nContent-Length: 5\r\n"
            "Content-Type: text/plain\r\n\r\nhello");
  auto head = plain;
  head.head = true;
  EXPECT_TRUE(
      written(response, head).ends_with("Content-Length: 5\r\nContent-Type: text/plain\r\n\r\n"));
  auto closing = plain;
  closing.keep_alive = false;
  EXPECT_THAT(written(response, closing), HasSubstr("\r\nConnection: close\r\n"));
  auto old = plain;
  old.http11 = false;
  EXPECT_THAT(written(response, old), HasSubstr("\r\nConnection: keep-alive\r\n"));
  // RFC 9110 §8.6
  EXPECT_THAT(written(Response(204), plain), Not(HasSubstr("Content-Length")));
  EXPECT_THAT(written(Response(200), plain), HasSubstr("Content-Length: 0\r\n"));
}

}  // namespace
}  // namespace recant::http

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/credentials.hpp"
#include "http/wire_requests.hpp"
#include "http/wire_responses.hpp"

namespace recant::http {
namespace {

using ::testing::StartsWith;

Request with_body(std::string body, std::string_view type = "application/json") {
  Request request;
  request.headers.add("Content-Type", type);
  request.body = std::move(body);
  return request;
}

Request with_query(std::string_view query) {
  Request request;
  request.query = query;
  return request;
}

/// What is wrong, or "".
template <class T>
std::string fault(const Parsed<T>& parsed) {
  return parsed ? "" : parsed.error().detail;
}

struct Case {
  std::string body;
  std::string fault;  // how the sentence begins; "" for a good body
};

TEST(Wire, BodiesAreReadStrictly) {
  const std::vector<Case> cases = {
      {R"({"username":"a","password":"b"})", ""},
      {R"({"username":"a","password":"b","device":"tv"})", ""},
      {"", "The body is not JSON: "},
      {"{", "The body is not JSON: "},
      {R"({"username":"a","password":"b"} x)", "The body is not JSON: "},
      {R"({"username":"a","username":"a","password":"b"})", "The body is not JSON: "},
      {R"({"username":"a","user\u006eame":"a","password":"b"})", "The body is not JSON: "},
      {"[]", "The body must be a JSON object."},
      {"null", "The body must be a JSON object."},
      {R"({"password":"b"})", "username: is missing"},
      {R"({"username":"a"})", "password: is missing"},
      {R"({"username":1,"password":"b"})", "username: must be a string."},
      {R"({"username":"a","password":null})", "password: must be a string."},
      {R"({"username":"a","password":["b"]})", "password: must be a string."},
      {R"({"username":"a","password":"b","extra":1})", "extra: this call has no such member."},
      {R"({"username":"a","password":"b","device":5})", "device: must be a string."},
      {R"({"username":"a","password":"b","device":"a\u0007"})", "device: at most 128 bytes"},
  };
  for (const auto& [body, expected] : cases) {
    const auto got = fault(parse_login(with_body(body)));
    EXPECT_EQ(got.empty(), expected.empty()) << body << got;
    EXPECT_THAT(got, StartsWith(expected)) << body;
  }
  const auto device = [](std::size_t size) {
    return R"({"username":"a","password":"b","device":")" + std::string(size, 'x') + "\"}";
  };
  EXPECT_EQ(fault(parse_login(with_body(device(128)))), "");
  EXPECT_THAT(fault(parse_login(with_body(device(129)))), StartsWith("device: "));
}

TEST(Wire, OnlyJsonIsUnderstood) {
  const std::string body = R"({"refresh_token":"rt_x"})";
  for (const char* type : {"application/json", "Application/JSON",
                           "application/json; charset=utf-8", "application/json ;x=y"}) {
    EXPECT_TRUE(parse_refresh(with_body(body, type))) << type;
  }
  for (const char* type : {"", "text/json", "application/jsonx",
                           "application/x-www-form-urlencoded", "application/json, text/plain"}) {
    const auto parsed = parse_refresh(with_body(body, type));
    ASSERT_FALSE(parsed) << type;
    EXPECT_EQ(parsed.error().code, Code::unsupported_media_type);
  }
  Request bare;
  bare.body = body;
  EXPECT_EQ(parse_refresh(bare).error().code, Code::unsupported_media_type);
  auto twice = with_body(body);
  twice.headers.add("content-type", "application/json");
  EXPECT_EQ(parse_refresh(twice).error().code, Code::unsupported_media_type);
}

TEST(Wire, LogoutNeedsNoBody) {
  EXPECT_EQ(*parse_refresh_if_any(Request{}), std::nullopt);
  EXPECT_EQ(*parse_refresh_if_any(with_body("{}")), std::nullopt);
  EXPECT_EQ(*parse_refresh_if_any(with_body(R"({"refresh_token":"rt_x"})")), "rt_x");
}

TEST(Wire, ClaimsOfOursAreNobodyElses) {
  const auto code = [](const std::string& claims) {
    const auto parsed = parse_new_session(with_body(R"({"subject":"s","claims":)" + claims + "}"));
    return parsed ? "ok" : std::string(name_of(parsed.error().code));
  };
  EXPECT_EQ(code(R"({"tenant":"t","deep":{"sub":"fine here"}})"), "ok");
  EXPECT_EQ(code("{}"), "ok");
  // Design §5: iss sub aud client_id iat exp jti sid, scope, auth_time; nbf would end a token's
  // use.
  for (const char* ours : {"iss", "sub", "aud", "client_id", "iat", "exp", "jti", "sid", "scope",
                           "auth_time", "nbf"}) {
    EXPECT_EQ(code(std::string(R"({"a":1,")") + ours + R"(":1})"), "invalid_claims") << ours;
  }
  EXPECT_EQ(code("[]"), "invalid_request");
  EXPECT_EQ(code(R"({"a":")" + std::string(5000, 'x') + "\"}"), "invalid_claims");
}

TEST(Wire, ScopesAreWords) {
  const auto scope = [](const std::string& text) {
    return fault(parse_new_session(with_body(R"({"subject":"s","scope":")" + text + "\"}")));
  };
  EXPECT_EQ(scope("read write"), "");
  EXPECT_EQ(scope(""), "");
  for (const char* bad : {"a  b", " a", "a ", R"(a\"b)", R"(a\\b)", R"(a\n)", "\xC3\xA9"}) {
    EXPECT_THAT(scope(bad), StartsWith("scope: ")) << bad;
  }
}

template <class Target>
const Target* target_of(const Parsed<service::RevocationOrder>& order) {
  return order ? std::get_if<Target>(&order->target) : nullptr;
}

TEST(Wire, ARevocationNamesOneTarget) {
  const auto parse = [](const char* body) { return parse_revocation(with_body(body)); };
  const std::string sid = "018bcfe5-6400-7cc3-98c4-dc0c0c07398f";

  const auto token = parse(R"({"token":"rt_x","reason":"on a bus","wait":true})");
  ASSERT_NE(target_of<service::RevokeToken>(token), nullptr) << fault(token);
  EXPECT_EQ(target_of<service::RevokeToken>(token)->token, "rt_x");
  EXPECT_EQ(token->reason.text(), "on a bus");
  EXPECT_TRUE(token->wait);

  const auto jti = parse(R"({"jti":"j","exp":1700000900,"subject":"s"})");
  ASSERT_NE(target_of<service::RevokeJti>(jti), nullptr) << fault(jti);
  EXPECT_EQ(target_of<service::RevokeJti>(jti)->jti, "j");
  EXPECT_EQ(count(target_of<service::RevokeJti>(jti)->expires_at), 1700000900);
  EXPECT_EQ(jti->reason, core::Reason::admin);
  EXPECT_FALSE(jti->wait);

  const auto session = parse_revocation(with_body(R"({"subject":"s","session":")" + sid + "\"}"));
  ASSERT_NE(target_of<service::RevokeSession>(session), nullptr) << fault(session);
  EXPECT_EQ(target_of<service::RevokeSession>(session)->session, sid);
  EXPECT_EQ(target_of<service::RevokeSession>(session)->subject->text(), "s");

  EXPECT_NE(target_of<service::RevokeSubject>(parse(R"({"subject":"s"})")), nullptr);
  EXPECT_NE(target_of<service::RevokeAll>(parse(R"({"all":true})")), nullptr);
}

TEST(Wire, ARevocationThatIsNotClearIsRefused) {
  const std::vector<Case> cases = {
      {"{}", "Name one of"},
      {R"({"reason":"x"})", "Name one of"},
      {R"({"subject":"s","all":true})", "Name one of"},
      {R"({"subject":"s","token":"t"})", "Name one of"},
      {R"({"jti":"j","exp":1,"session":"x"})", "Name one of"},
      {R"({"exp":1,"all":true})", "Name one of"},
      {R"({"all":false})", "all: "},
      {R"({"all":"true"})", "all: "},
      {R"({"jti":"j"})", "exp: "},
      {R"({"exp":1})", "jti: "},
      {R"({"jti":"","exp":1})", "jti: "},
      {R"({"jti":"a\nb","exp":1})", "jti: "},
      {R"({"jti":"j","exp":-1})", "exp: "},
      {R"({"jti":"j","exp":1.5})", "exp: "},
      {R"({"jti":"j","exp":"soon"})", "exp: "},
      {R"({"jti":"j","exp":1,"subject":""})", "subject: "},
      {R"({"session":"x"})", "session: "},
      {R"({"session":1})", "session: "},
      {R"({"token":""})", "token: "},
      {R"({"subject":""})", "subject: "},
      {R"({"subject":7})", "subject: "},
      {R"({"subject":"s","reason":""})", "reason: "},
      {R"({"subject":"s","reason":"a\nb"})", "reason: "},
      {R"({"subject":"s","wait":"yes"})", "wait: "},
      {R"({"subject":"s","issuer":""})", "issuer: "},
      {R"({"subject":"s","really":true})", "really: "},
  };
  for (const auto& [body, expected] : cases) {
    const auto order = parse_revocation(with_body(body));
    ASSERT_FALSE(order) << body;
    EXPECT_EQ(order.error().code, Code::invalid_request) << body;
    EXPECT_THAT(order.error().detail, StartsWith(expected)) << body;
  }
}

TEST(Wire, PagesAreBounded) {
  EXPECT_EQ(parse_page(Request{})->limit, 100);
  const auto page = parse_page(with_query("limit=7&after=a%2Bb&other=1"));
  EXPECT_EQ(page->limit, 7);
  EXPECT_EQ(page->after, "a+b");
  for (const char* bad :
       {"limit=0", "limit=101", "limit=-1", "limit=+1", "limit=1.5", "limit=", "limit=x",
        "limit=99999999999999999999", "limit=1&limit=1", "after=a&after=b", "after=%zz"}) {
    EXPECT_FALSE(parse_page(with_query(bad))) << bad;
  }
}

TEST(Wire, QueriesAreFormEncoded) {
  const auto request = with_query("&scope=a+b%20c&&x&%73cope=2&=");
  const Query query(request);
  EXPECT_FALSE(query.malformed());
  EXPECT_EQ(query.count("scope"), 2u);
  EXPECT_EQ(*query.find("scope"), "a b c");
  EXPECT_EQ(*query.find("x"), "");
  EXPECT_EQ(query.find("y"), nullptr);
  for (const char* bad : {"a=%", "a=%4", "a=%zz", "%00=1"}) {
    const auto malformed = with_query(bad);
    EXPECT_TRUE(Query(malformed).malformed()) << bad;
  }
}

struct Sent {
  std::vector<const char*> authorization;
  const char* query;
  const char* token;  // nullptr: invalid_request
};

TEST(Credentials, O12_J10_OneBearerTokenInOneField) {
  const std::vector<Sent> cases = {
      {{}, "", ""},
      {{"Bearer abc.d-e_f~+/="}, "", "abc.d-e_f~+/="},
      {{"bearer   x"}, "", "x"},
      {{"BEARER x"}, "scope=a", "x"},
      {{"Basic YTpi"}, "", ""},
      {{"Bearerx"}, "", ""},
      {{"x"}, "", ""},
      {{"Bearer"}, "", nullptr},
      {{"Bearer a b"}, "", nullptr},
      {{"Bearer a,b"}, "", nullptr},
      {{"Bearer a", "Bearer a"}, "", nullptr},
      {{"Basic YTpi", "Bearer a"}, "", nullptr},
      {{"Bearer a"}, "access_token=a", nullptr},
      {{}, "access_token=a", nullptr},
      {{}, "x=1&access%5Ftoken", nullptr},
  };
  for (const auto& [authorization, query, token] : cases) {
    auto request = with_query(query);
    for (const auto* value : authorization) request.headers.add("authorization", value);
    const auto got = bearer_of(request);
    const auto name = ::testing::PrintToString(authorization) + query;
    EXPECT_EQ(got.has_value(), token != nullptr) << name;
    if (got && token != nullptr) {
      EXPECT_EQ(*got, token) << name;
    }
    if (!got) {
      EXPECT_EQ(got.error().code, Code::invalid_request) << name;
    }
  }
}

TEST(Wire, J49_PercentEncodingIsVisibleAndOneToOne) {
  EXPECT_EQ(encode_in_header("user@example.com/7~"), "user@example.com/7~");
  EXPECT_EQ(encode_in_header("a b%41\r\n\xC3\xA9\x7f"), "a%20b%2541%0D%0A%C3%A9%7F");
  EXPECT_EQ(encode_in_header(""), "");
}

TEST(Wire, TimesAreRfc3339WithMilliseconds) {
  EXPECT_EQ(rfc3339(unix_millis(1'700'000'000'007)), "2023-11-14T22:13:20.007Z");
  EXPECT_EQ(rfc3339(unix_millis(1'709'164'800'000)), "2024-02-29T00:00:00.000Z");
}

TEST(Wire, ACallerIsBounded) {
  Request request;
  request.id = "r";
  request.client = boost::asio::ip::make_address("2001:db8::1");
  const std::string agent(300, 'a');
  request.headers.add("User-Agent", agent);
  const auto caller = caller_of(request);
  EXPECT_EQ(caller.request_id, "r");
  EXPECT_EQ(caller.address, "2001:db8::1");
  EXPECT_EQ(caller.user_agent.size(), 256u);
}

}  // namespace
}  // namespace recant::http

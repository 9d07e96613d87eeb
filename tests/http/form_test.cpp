// Forms as OAuth's calls take them (RFC 6749 §3.2 and appendix B; security bar O01), and who calls
// as a request says it (§2.3.1).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/client_credentials.hpp"
#include "http/form.hpp"

namespace recant::http {
namespace {

using ::testing::HasSubstr;
using ::testing::IsNull;
using ::testing::Pointee;

constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

Request with_form(std::string body, std::string_view type = kFormType) {
  Request request;
  request.headers.add("Content-Type", type);
  request.body = std::move(body);
  return request;
}

/// What is wrong, or "".
std::string fault(std::string_view text) {
  const auto form = Form::parse(text);
  return form ? "" : form.error().detail;
}

TEST(Form, ReadsWhatFormsAndUrlSearchParamsWrite) {
  const auto form = *Form::parse("token=a.b-c_d&scope=read+write&note=caf%C3%A9%26%3d&empty=&bare");
  EXPECT_THAT(form.find("token"), Pointee(std::string("a.b-c_d")));
  EXPECT_THAT(form.find("scope"), Pointee(std::string("read write")));
  EXPECT_THAT(form.find("note"), Pointee(std::string("caf\u00e9&=")));
  EXPECT_THAT(form.find("nothing"), IsNull());
  EXPECT_EQ(form.parameters().size(), 5u);
  EXPECT_TRUE(Form::parse("")->parameters().empty());
}

TEST(Form, AParameterWithoutAValueIsAbsent) {
  const auto form = *Form::parse("token=&token_type_hint");
  EXPECT_THAT(form.find("token"), IsNull());
  EXPECT_THAT(form.find("token_type_hint"), IsNull());
}

TEST(Form, O01_EachParameterStandsOnce) {
  for (const char* twice : {"token=a&token=a", "token=a&token=", "unknown=a&token=b&unknown=c",
                            "token=a&%74oken=b", "a+b=1&a%20b=2"}) {
    EXPECT_THAT(fault(twice), HasSubstr("stands more than once")) << twice;
  }
  EXPECT_EQ(fault("token=a&Token=b&token%5f=c"), "");
}

TEST(Form, O01_WhatIsNotEncodedAsItMustBeIsRefused) {
  for (const char* bad :
       {"token=a%", "token=a%2", "token=a%zz", "token=%00", "token=%0a", "token=%7F", "token=%ff",
        "token=%c3", "token=%ed%a0%80", "token=a b", "token=a\r\n", "token=\xc3\xa9", "%=a", "=a",
        "&", "&token=a", "token=a&", "a=1&&b=2", "tok%0aen=a"}) {
    EXPECT_NE(fault(bad), "") << bad;
  }
}

TEST(Form, IsBounded) {
  std::string many;
  for (std::size_t i = 0; i < Form::kMaxParameters; ++i) many += "p" + std::to_string(i) + "=1&";
  many.pop_back();
  EXPECT_EQ(fault(many), "");
  EXPECT_THAT(fault(many + "&one=more"), HasSubstr("more than 32"));
  EXPECT_EQ(fault("token=" + std::string(Form::kMaxValueBytes, 'a')), "");
  EXPECT_THAT(fault("token=" + std::string(Form::kMaxValueBytes + 1, 'a')), HasSubstr("16384"));
  EXPECT_EQ(fault(std::string(Form::kMaxNameBytes, 'a') + "=1"), "");
  EXPECT_NE(fault(std::string(Form::kMaxNameBytes + 1, 'a') + "=1"), "");
}

TEST(Form, FaultsQuoteNoValue) {
  EXPECT_THAT(fault("token=secret%"), Not(HasSubstr("secret")));
  EXPECT_THAT(fault("token=secret&token=secret"), Not(HasSubstr("secret")));
}

TEST(Form, O01_IsTakenFromABodyOfItsTypeAlone) {
  EXPECT_TRUE(Form::of(with_form("token=a")));
  EXPECT_TRUE(Form::of(with_form("token=a", "Application/X-WWW-Form-Urlencoded; charset=UTF-8")));
  for (const char* type : {"application/json", "text/plain", "multipart/form-data; boundary=x", "",
                           "application/x-www-form-urlencodedd"}) {
    EXPECT_FALSE(Form::of(with_form("token=a", type))) << type;
  }
  auto twice = with_form("token=a");
  twice.headers.add("Content-Type", kFormType);
  EXPECT_FALSE(Form::of(twice));

  auto request = with_form("token=a");
  request.query = "";
  EXPECT_TRUE(Form::of(request));
  request.query = "client_secret=x";
  const auto refused = Form::of(request);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().detail, HasSubstr("query"));
}

// --- who calls --------------------------------------------------------------------------------

/// As the table below spells it: "nobody", "public ID", "secret ID/SECRET", "bearer TOKEN", or the
/// name of an error.
std::string who(const std::vector<std::string>& authorization, const std::string& body) {
  auto request = with_form(body);
  for (const auto& value : authorization) request.headers.add("Authorization", value);
  const auto client = client_of(request, *Form::of(request));
  if (!client) return std::string(name_of(client.error().code));
  if (const auto* one = std::get_if<PublicClient>(&*client)) return "public " + one->client_id;
  if (const auto* one = std::get_if<ConfidentialClient>(&*client)) {
    return "secret " + one->client_id + "/" + std::string(one->secret.reveal());
  }
  if (const auto* one = std::get_if<BearerClient>(&*client)) {
    return "bearer " + std::string(one->token.reveal());
  }
  return "nobody";
}

TEST(ClientCredentials, AreTakenByOneMethodAlone) {
  const std::string basic = "Basic b3JkZXJzOnNlY3JldA==";  // orders:secret
  struct Case {
    std::vector<std::string> authorization;
    std::string body;
    std::string expected;
  };
  for (const auto& [authorization, body, expected] : std::vector<Case>{
           {{}, "token=x", "nobody"},
           {{}, "client_id=web", "public web"},
           {{}, "client_id=web&client_secret=", "public web"},
           {{}, "client_id=orders&client_secret=s%2Bt", "secret orders/s+t"},
           {{}, "client_secret=secret", "invalid_request"},
           {{basic}, "token=x", "secret orders/secret"},
           {{"bAsIc   b3JkZXJzOnNlY3JldA=="}, "", "secret orders/secret"},
           {{basic}, "client_id=orders", "secret orders/secret"},
           {{basic}, "client_id=other", "invalid_request"},
           {{basic}, "client_secret=secret", "invalid_request"},
           {{basic}, "client_id=orders&client_secret=secret", "invalid_request"},
           {{basic, basic}, "", "invalid_request"},
           {{basic, "Bearer x"}, "", "invalid_request"},
           {{"Bearer ak_x"}, "token=x", "bearer ak_x"},
           {{"Bearer ak_x"}, "client_id=orders", "invalid_request"},
           {{"Bearer ak_x"}, "client_secret=secret", "invalid_request"},
           {{"Bearer a b"}, "", "invalid_request"},
           {{"Bearer"}, "", "invalid_request"},
           {{"Digest x"}, "", "invalid_client"},
           {{"Basic"}, "", "invalid_client"},
           {{""}, "", "invalid_client"},
       }) {
    EXPECT_EQ(who(authorization, body), expected)
        << ::testing::PrintToString(authorization) << body;
  }
}

TEST(ClientCredentials, BasicHoldsTwoFormTextsInPaddedBase64) {
  const auto pair = [](std::string_view text) {
    const auto basic = parse_basic(text);
    return basic ? basic->client_id + "|" + std::string(basic->secret.reveal()) : "(none)";
  };
  EXPECT_EQ(pair("b3JkZXJzOnNlY3JldA=="), "orders|secret");
  // RFC 6749 §2.3.1: each half encoded as in a form; `%2D` is what strict encoders make of `-`.
  EXPECT_EQ(pair("YSUzQWIrYyUyRGQ6cyUyQnQlM0E="), "a:b c-d|s+t:");
  EXPECT_EQ(pair("YTpiOmM="), "a|b:c");
  EXPECT_EQ(pair("Og=="), "|");
  for (const char* bad :
       {"", "b3JkZXJzOnNlY3JldA", "b3JkZXJzOnNlY3JldA=", "b3JkZXJzOnNlY3JldB==", "b3JkZXJz",
        "b3JkZXJzOnNlY3JldA== ", "YTpi====", "!!!!", "YTo-YTo-", "YTolenoK", "YTr/"}) {
    EXPECT_EQ(pair(bad), "(none)") << bad;
  }
}

}  // namespace
}  // namespace recant::http

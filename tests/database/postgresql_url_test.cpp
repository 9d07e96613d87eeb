// What becomes of a postgresql:// URL: how the way is secured, and what of it may be shown.
#include "database/postgresql_url.hpp"

#include <gmock/gmock.h>

namespace recant::database {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

PostgresqlTarget parsed(const std::string& url) {
  const auto target = parse_postgresql_url(url);
  if (target) return *target;
  ADD_FAILURE() << url << ": " << target.error();
  return {};
}

std::string refusal(const std::string& url) {
  const auto target = parse_postgresql_url(url);
  return target ? "taken" : target.error();
}

constexpr const char* kVerified = "sslmode=verify%2Dfull";

TEST(PostgresqlUrl, A11_BeyondThisMachineTheServerIsVerified) {
  for (const char* url : {
           "postgresql://u:p@db.example.com/recant",
           "postgres://u@db.example.com:5433/recant",
           "postgresql://u@10.0.0.7/recant",
           "postgresql://u@[2001:db8::1]/recant",
           "postgresql://u@127.0.0.1,db.example.com/recant",
           "postgresql://u@localhost/recant?hostaddr=10.0.0.7",
           "postgresql:///recant?host=db.example.com",
           "postgresql://u@localhost.example.com/recant",
           "postgresql://u@127.0.0.1,10.0.0.7/recant?hostaddr=127.0.0.1,",
           "postgresql://u@10.0.0.7/recant?hostaddr=,",
           "postgresql://u@127.0.0.1.example.com/recant",
       }) {
    const PostgresqlTarget target = parsed(url);
    EXPECT_THAT(target.connect_string,
                AllOf(HasSubstr(kVerified),
                      HasSubstr("sslrootcert=%2Fetc%2Fssl%2Fcerts%2Fca%2Dcertificates%2Ecrt")))
        << url;
    EXPECT_EQ(target.warning, "") << url;
  }
}

TEST(PostgresqlUrl, A11_OnThisMachineNothingIsAskedOfTls) {
  for (const char* url : {
           "postgresql:///recant",
           "postgresql://u@/recant?host=/run/postgresql",
           "postgresql://u@%2Frun%2Fpostgresql/recant",
           "postgresql://u@127.0.0.1/recant",
           "postgresql://u@127.8.9.1:5433/recant",
           "postgresql://u@[::1]/recant",
           "postgresql://u@localhost/recant",
           "postgresql://u@db.example.com/recant?hostaddr=127.0.0.1",
       }) {
    const PostgresqlTarget target = parsed(url);
    EXPECT_THAT(target.connect_string,
                AllOf(HasSubstr("sslmode=prefer"), Not(HasSubstr("rootcert"))))
        << url;
    EXPECT_EQ(target.warning, "") << url;
  }
}

TEST(PostgresqlUrl, A11_WhatTheUrlSaysCountsAndWhatIsWeakIsWarnedOf) {
  struct Case {
    const char* mode;
    const char* warning;
  };
  for (const Case& each :
       {Case{"disable", "unencrypted"}, Case{"allow", "unencrypted"}, Case{"prefer", "unencrypted"},
        Case{"require", "whoever is on the way"}, Case{"verify-ca", "the same authority"}}) {
    const PostgresqlTarget target =
        parsed("postgresql://u@db.example.com/recant?sslmode=" + std::string(each.mode));
    EXPECT_THAT(target.connect_string, Not(HasSubstr(kVerified))) << each.mode;
    EXPECT_THAT(target.warning, AllOf(HasSubstr(each.mode), HasSubstr(each.warning)));
  }
  const PostgresqlTarget own = parsed("postgresql://u@db.example.com/recant?sslrootcert=/own.crt");
  EXPECT_THAT(own.connect_string,
              AllOf(HasSubstr(kVerified), HasSubstr("sslrootcert=%2Fown%2Ecrt")));
  EXPECT_EQ(own.warning, "");
}

/// GSS would go before TLS, and PGHOSTADDR would name another host than the one that was looked at.
TEST(PostgresqlUrl, A11_NothingGoesAroundIt) {
  const PostgresqlTarget target = parsed("postgresql://u@db.example.com/recant");
  EXPECT_THAT(target.connect_string,
              AllOf(HasSubstr("gssencmode=disable"), HasSubstr("hostaddr=&")));
  EXPECT_THAT(refusal("postgresql://u@db.example.com/recant?service=other"), HasSubstr("service"));
}

TEST(PostgresqlUrl, IsShownWithoutItsPassword) {
  struct Case {
    const char* url;
    const char* shown;
  };
  for (const Case& each : {
           Case{"postgresql://u:s3cret@db.example.com:5433/recant?sslmode=require",
                "postgresql://u@db.example.com:5433/recant"},
           Case{"postgresql://u@h/recant?password=s3cret", "postgresql://u@h/recant"},
           Case{"postgresql:///recant?host=/run/pg&user=u&password=s3cret",
                "postgresql://u@/recant?host=/run/pg"},
       }) {
    const PostgresqlTarget target = parsed(each.url);
    EXPECT_EQ(target.shown, each.shown);
    EXPECT_TRUE(target.has_password);
    EXPECT_THAT(target.warning, Not(HasSubstr("s3cret")));
  }
  EXPECT_FALSE(parsed("postgresql://u@h/recant").has_password);
}

TEST(PostgresqlUrl, WhatIsNoneIsRefusedAndNotQuoted) {
  for (const char* url :
       {"postgresql://u:s3cret@h/recant?no_such=1", "postgresql://u:s3cret@[::1/x",
        "postgresql://u:s3cret%00@h/x", "postgresql://u:s3cret@h/x?sslmode"}) {
    EXPECT_THAT(refusal(url), AllOf(HasSubstr("must be postgresql://"), Not(HasSubstr("s3cret"))))
        << url;
  }
}

/// What is unescaped in a password is taken for a host, a port or a database, and would be shown.
TEST(PostgresqlUrl, ATornPasswordIsRefusedAndNotQuoted) {
  for (const char* url : {"postgresql://u:s3cret/x@127.0.0.1:5432/d",
                          "postgresql://u:s3cret/12@h/d", "postgresql://u:x@s3cret@h/d",
                          "postgresql://u@h/d?port=s3cret", "postgresql://u@h/d?port=5432,s3cret",
                          "postgresql://u@h?dbname=postgresql://u:s3cret@h/x"}) {
    EXPECT_THAT(refusal(url), AllOf(HasSubstr("percent-encode"), Not(HasSubstr("s3cret")))) << url;
  }
  EXPECT_THAT(parsed("postgresql://u:s3cret%2Fx%40@h:5432,i:5433/d").shown,
              Not(HasSubstr("s3cret")));
}

TEST(PostgresqlUrl, AnSslmodeThatThereIsNotIsNamed) {
  for (const char* mode : {"", "bogus", "VERIFY-FULL", "verify-full "}) {
    EXPECT_THAT(refusal("postgresql://u@h/d?sslmode=" + std::string(mode)),
                HasSubstr("verify-full beyond this machine"))
        << mode;
  }
}

}  // namespace
}  // namespace recant::database

#include "app/server_tls.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "../tls_certificates.hpp"
#include "testing/temporary_directory.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = Certificate::Kind;

constexpr long kDay = 86400;

class ServerTlsTest : public ::testing::Test {
 protected:
  std::string write(const std::string& name, const std::string& text) {
    const std::string path = (home_.path() / name).string();
    std::ofstream(path) << text;
    EXPECT_EQ(::chmod(path.c_str(), 0600), 0);
    return path;
  }
  Config::Server server(const std::string& certificate, const std::string& key) {
    Config::Server config;
    config.tls_cert = write("cert.pem", certificate);
    config.tls_key = write("key.pem", key);
    return config;
  }
  Config::Server server(const Certificate& certificate) {
    return server(certificate.pem(), certificate.key_pem());
  }
  std::string refused(const Config::Server& config) {
    const auto tls = load_server_tls(config, SystemClock().wall());
    return tls ? "not refused" : tls.error().sentence;
  }
  std::vector<std::string> warnings(const Config::Server& config) {
    const auto tls = load_server_tls(config, SystemClock().wall());
    if (tls && *tls) return (*tls)->warnings;
    ADD_FAILURE() << (tls ? "plain" : tls.error().sentence);
    return {};
  }

  testing::TemporaryDirectory home_;
};

TEST_F(ServerTlsTest, WithoutACertificateHttpIsPlain) {
  const auto tls = load_server_tls({}, SystemClock().wall());
  ASSERT_TRUE(tls);
  EXPECT_FALSE(*tls);
}

TEST_F(ServerTlsTest, AGoodPairIsTakenWithoutAWord) {
  EXPECT_THAT(warnings(server(Certificate(Kind{.until_seconds = 90 * kDay}))), IsEmpty());
}

TEST_F(ServerTlsTest, WhatIsWrongNamesTheFileAndNothingOfTheKey) {
  const Certificate good(Kind{}), other(Kind{});
  const std::string cert = (home_.path() / "cert.pem").string();
  const std::string key = (home_.path() / "key.pem").string();
  EXPECT_THAT(refused(server("nonsense", good.key_pem())),
              AllOf(HasSubstr("server.tls_cert"), HasSubstr(cert), HasSubstr("BEGIN CERTIFICATE")));
  EXPECT_THAT(refused(server(good.pem(), "nonsense hunter2")),
              AllOf(HasSubstr("server.tls_key"), HasSubstr(key), HasSubstr("BEGIN PRIVATE KEY"),
                    Not(HasSubstr("hunter2"))));
  EXPECT_THAT(refused(server(good.pem(), good.key_pem("x"))),
              AllOf(HasSubstr("server.tls_key"), HasSubstr("passphrase")));
  EXPECT_THAT(refused(server(good.pem(), other.key_pem())),
              AllOf(HasSubstr(cert), HasSubstr(key), HasSubstr("not that of the certificate")));

  Config::Server missing = server(good);
  missing.tls_cert = (home_.path() / "none").string();
  EXPECT_THAT(refused(missing),
              AllOf(HasSubstr("server.tls_cert"), HasSubstr("none"), HasSubstr("No such file")));
  missing = server(good);
  missing.tls_key = home_.path().string();
  EXPECT_THAT(refused(missing), AllOf(HasSubstr("server.tls_key"), HasSubstr("is a directory")));
}

TEST_F(ServerTlsTest, TimesThatClientsWillMindAreSaid) {
  EXPECT_THAT(warnings(server(Certificate(Kind{.from_seconds = -2 * kDay, .until_seconds = -60}))),
              ElementsAre(AllOf(HasSubstr("cert.pem"), HasSubstr("has expired at 20"))));
  EXPECT_THAT(warnings(server(Certificate(Kind{.until_seconds = 13 * kDay}))),
              ElementsAre(AllOf(HasSubstr("expires at 20"), HasSubstr("SIGHUP"))));
  EXPECT_THAT(warnings(server(Certificate(Kind{.until_seconds = 15 * kDay}))), IsEmpty());
  EXPECT_THAT(warnings(server(Certificate(Kind{.from_seconds = 3600, .until_seconds = 90 * kDay}))),
              ElementsAre(HasSubstr("counts from 20")));
}

TEST_F(ServerTlsTest, AKeyThatEverybodyCanReadIsSaid) {
  const Config::Server config = server(Certificate(Kind{.until_seconds = 90 * kDay}));
  ASSERT_EQ(::chmod(config.tls_key.c_str(), 0640), 0);  // a group for those who need it
  EXPECT_THAT(warnings(config), IsEmpty());
  ASSERT_EQ(::chmod(config.tls_key.c_str(), 0644), 0);
  EXPECT_THAT(warnings(config), ElementsAre(AllOf(HasSubstr("key.pem"), HasSubstr("chmod o-r"))));
}

}  // namespace
}  // namespace recant::app

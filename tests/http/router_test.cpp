#include "http/router.hpp"

#include <gtest/gtest.h>

namespace recant::http {
namespace {

using Kind = Router::Match::Kind;

constexpr auto kEndpoints = std::to_array<Endpoint>({
    {"GET", "/v1/admin/users"},                  // 0
    {"POST", "/v1/admin/users"},                 // 1
    {"GET", "/v1/admin/users/{user}"},           // 2
    {"DELETE", "/v1/admin/users/{user}"},        // 3
    {"POST", "/v1/admin/users/{user}/disable"},  // 4
    {"*", "/v1/check"},                          // 5
    {"*", "/v1/check/*"},                        // 6
    {"GET", "/v1/admin/users/everybody"},        // 7
});

const Router& router() {
  static const Router instance(kEndpoints);
  return instance;
}

struct Case {
  const char* method;
  const char* path;
  int index;  // -1: not found
  std::vector<std::string> params;
};

TEST(Router, O49_MatchesWithoutNormalisation) {
  const std::vector<Case> cases = {
      {"GET", "/v1/admin/users", 0, {}},
      {"HEAD", "/v1/admin/users", 0, {}},
      {"POST", "/v1/admin/users", 1, {}},
      {"GET", "/v1/admin/users/ann", 2, {"ann"}},
      {"GET", "/v1/admin/users/everybody", 7, {}},
      {"GET", "/v1/admin/users/a%20%C3%A9%2B+", 2, {"a \xC3\xA9++"}},
      {"DELETE", "/v1/admin/users/%61", 3, {"a"}},
      {"POST", "/v1/admin/users/ann/disable", 4, {"ann"}},
      {"BREW", "/v1/check", 5, {}},
      {"GET", "/v1/check/", 6, {}},
      {"PUT", "/v1/check/a//../%2e", 6, {}},
      // A decoded slash belongs to the name and is no separator.
      {"GET", "/v1/admin/users/a%2Fdisable", 2, {"a/disable"}},
      {"GET", "/v1/admin/users/%252F", 2, {"%2F"}},  // once
      {"GET", "/v1/admin/users/a;b", 2, {"a;b"}},
      {"GET", "/v1/admin/users/", -1, {}},
      {"GET", "/v1/admin/users/.", -1, {}},
      {"GET", "/v1/admin/users/..", -1, {}},
      {"GET", "/v1/admin/users/a/", -1, {}},
      {"GET", "/v1/admin/users/%", -1, {}},
      {"GET", "/v1/admin/users/%4", -1, {}},
      {"GET", "/v1/admin/users/%zz", -1, {}},
      {"GET", "/v1/admin/users/%00", -1, {}},
      {"GET", "/v1/admin/users;x=1", -1, {}},
      {"GET", "/v1//admin/users", -1, {}},
      {"GET", "//v1/admin/users", -1, {}},
      {"GET", "/v1/./admin/users", -1, {}},
      {"GET", "/v1/x/../admin/users", -1, {}},
      {"GET", "/v1/%61dmin/users", -1, {}},
      {"GET", "/V1/admin/users", -1, {}},
      {"GET", "/v1/checks", -1, {}},
      {"GET", "/v1", -1, {}},
      {"GET", "/", -1, {}},
      {"GET", "", -1, {}},
      {"OPTIONS", "*", -1, {}},
  };
  for (const auto& [method, path, index, params] : cases) {
    const auto match = router().match(method, path);
    EXPECT_EQ(match.kind, index < 0 ? Kind::not_found : Kind::found) << method << ' ' << path;
    if (index < 0) continue;
    EXPECT_EQ(match.index, static_cast<std::size_t>(index)) << path;
    EXPECT_EQ(match.params, params) << path;
  }
}

TEST(Router, NamesTheMethodsAPathTakes) {
  const auto users = router().match("DELETE", "/v1/admin/users");
  EXPECT_EQ(users.kind, Kind::method_not_allowed);
  EXPECT_EQ(users.allow, "GET, HEAD, POST");
  EXPECT_EQ(router().match("get", "/v1/admin/users").kind, Kind::method_not_allowed);
  EXPECT_EQ(router().match("PUT", "/v1/admin/users/ann").allow, "GET, HEAD, DELETE");
}

}  // namespace
}  // namespace recant::http

// The calls about keys, on the wire. What they do is shown in tests/app and end to end.
#include <gmock/gmock.h>

#include "api_fixture.hpp"
#include "base/json.hpp"

namespace recant::http {
namespace {

using service::KeyKind;
using service::KeyState;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Fields kKeeper = ApiUnderTest::bearer("the-keys-key");
constexpr const char* kRotate = "/v1/admin/keys/rotate";

service::KeyView a_key() {
  return {KeyKind::access,
          "kid-1",
          crypto::Algorithm::es256,
          KeyState::verifying,
          unix_millis(1'700'000'000'000),
          unix_millis(1'700'000'001'000),
          unix_millis(1'700'000'002'000),
          unix_millis(1'700'000'003'000),
          {}};
}

TEST(KeysApi, NeedsTheScopeKeys) {
  ApiUnderTest api;
  for (const char* key : {"the-admin-key", "the-revoke-key"}) {
    EXPECT_EQ(api.ask("GET", "/v1/admin/keys", ApiUnderTest::bearer(key)).status(), 403);
    EXPECT_EQ(api.ask("POST", kRotate, ApiUnderTest::bearer(key)).status(), 403);
  }
  EXPECT_EQ(api.ask("GET", "/v1/admin/keys", kKeeper).status(), 200);
  EXPECT_EQ(api.ask("POST", kRotate, kKeeper).status(), 200);
}

TEST(KeysApi, ListsWhatIsKnownOfEachKey) {
  ApiUnderTest api;
  const service::KeyView own{KeyKind::refresh, "id-2", {}, KeyState::signing, {}, {}, {}, {},
                             "/etc/k.pem"};
  api.ring.report = {{a_key(), own}, unix_millis(1'700'000'004'000)};
  api.use_ring();
  const auto answer = json::parse(api.ask("GET", "/v1/admin/keys", kKeeper).body());
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer, *json::parse(R"({"keys":[
    {"kid":"kid-1","kind":"access","alg":"ES256","state":"verifying",
     "created_at":"2023-11-14T22:13:20.000Z","signs_from":"2023-11-14T22:13:21.000Z",
     "signs_until":"2023-11-14T22:13:22.000Z","removed_at":"2023-11-14T22:13:23.000Z"},
    {"kid":"id-2","kind":"refresh","alg":null,"state":"signing","created_at":null,
     "signs_from":null,"signs_until":null,"removed_at":null,"file":"/etc/k.pem"}],
    "next_rotation_at":"2023-11-14T22:13:24.000Z"})"));
}

TEST(KeysApi, RotatesBothKindsUnlessToldOtherwise) {
  ApiUnderTest api;
  EXPECT_EQ(api.ask("POST", kRotate, kKeeper).status(), 200);  // no body at all
  EXPECT_THAT(api.key_desk.last.kinds, ElementsAre(KeyKind::access, KeyKind::refresh));
  EXPECT_EQ(api.key_desk.last.signs_in, std::nullopt);
  EXPECT_THAT(api.key_desk.last.retire, IsEmpty());
  EXPECT_EQ(api.post(kRotate, R"({"signs_in":0,"only":"refresh"})", kKeeper).status(), 200);
  EXPECT_EQ(api.key_desk.last.signs_in, seconds(0));
  EXPECT_THAT(api.key_desk.last.kinds, ElementsAre(KeyKind::refresh));
  EXPECT_EQ(api.post(kRotate, R"({"retire":"kid-1"})", kKeeper).status(), 200);
  EXPECT_EQ(api.key_desk.last.retire, "kid-1");
}

TEST(KeysApi, AnswersWhatWasDoneAndHowThingsStand) {
  ApiUnderTest api;
  api.key_desk.rotation = {{{a_key()}, {}}, {"kid-2", "id-3"}, {"kid-1"}};
  const auto answer = json::parse(api.ask("POST", kRotate, kKeeper).body());
  ASSERT_TRUE(answer);
  EXPECT_EQ(*answer->find("made"), *json::parse(R"(["kid-2","id-3"])"));
  EXPECT_EQ(*answer->find("retired"), *json::parse(R"(["kid-1"])"));
  EXPECT_EQ(answer->find("keys")->as_array()->size(), 1u);
  EXPECT_TRUE(answer->find("next_rotation_at")->is_null());
}

TEST(KeysApi, ARefusalIsAProblem) {
  ApiUnderTest api;
  api.key_desk.refusal = service::Failure{service::FailureCode::not_found, "No such key.", {}};
  const auto response = api.post(kRotate, R"({"retire":"x"})", kKeeper);
  EXPECT_EQ(response.status(), 404);
  EXPECT_THAT(response.body(), HasSubstr("No such key."));
}

TEST(KeysApi, NamesWhatIsWrongWithAnOrder) {
  ApiUnderTest api;
  const std::string long_id(129, 'x');
  for (const auto& [body, named] : std::vector<std::pair<std::string, const char*>>{
           {R"({"signs_in":-1})", "signs_in: 0 to 604800"},
           {R"({"signs_in":604801})", "signs_in: 0 to 604800"},
           {R"({"signs_in":"5"})", "signs_in"},
           {R"({"only":"both"})", "only: access or refresh"},
           {R"({"retire":""})", "retire: "},
           {R"({"retire":")" + long_id + R"("})", "retire: "},
           {R"({"retire":"k","signs_in":1})", "signs_in: not beside retire"},
           {R"({"now":true})", "now"},
           {R"([])", "object"}}) {
    const auto response = api.post(kRotate, body, kKeeper);
    EXPECT_EQ(response.status(), 400) << body;
    EXPECT_THAT(response.body(), HasSubstr(named)) << body;
  }
  EXPECT_EQ(api.ask("POST", kRotate, kKeeper, "{}").status(), 415);
}

}  // namespace
}  // namespace recant::http

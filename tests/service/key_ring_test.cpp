// What a thread is handed, from a book and the keys.
#include "service/key_ring.hpp"

#include <gmock/gmock.h>

#include "base/base64url.hpp"
#include "crypto/random.hpp"

namespace recant::service {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

constexpr UnixMillis kNow = unix_millis(1'700'000'000'000);

class KeyRingTest : public ::testing::Test {
 protected:
  /// Adds an access key and a refresh secret in that state; the kid.
  std::string add(KeyState state) {
    auto key = *crypto::SigningKey::generate(crypto::Algorithm::eddsa, random_);
    const std::string kid = jose::thumbprint(key);
    const RefreshSecret secret{random_.bytes<8>(), random_.bytes<32>()};
    book_.keys.push_back({KeyKind::access, kid, key.algorithm(), kNow, state, kNow, {}, {}, {}});
    book_.keys.push_back(
        {KeyKind::refresh, base64url_encode(secret.id), {}, kNow, state, kNow, {}, {}, {}});
    material_.access.push_back({kid, std::move(key)});
    material_.refresh.push_back(secret);
    return kid;
  }
  KeyRing ring() { return make_key_ring(book_, material_, {}, {}); }
  std::string secret_of(std::size_t index) const {
    return base64url_encode(material_.refresh[index].id);
  }

  crypto::SystemRandom random_;
  KeyBook book_;
  KeyMaterial material_;
};

TEST_F(KeyRingTest, OneSignsAndAllButTheRetiredVerify) {
  const std::string verifying = add(KeyState::verifying);
  const std::string signing = add(KeyState::signing);
  const std::string published = add(KeyState::published);
  const std::string retired = add(KeyState::retired);
  const KeyRing made = ring();
  EXPECT_EQ(made.signing.kid, signing);
  EXPECT_EQ(made.refresh.current_key_id(), secret_of(1));
  for (const auto& kid : {verifying, signing, published}) {
    EXPECT_NE(made.verification.find(kid), nullptr);
    EXPECT_THAT(made.jwks, HasSubstr(kid));
  }
  for (const std::size_t known : {0, 1, 2}) EXPECT_TRUE(made.refresh.knows(secret_of(known)));
  // Even where its key is still at hand.
  EXPECT_EQ(made.verification.find(retired), nullptr);
  EXPECT_THAT(made.jwks, Not(HasSubstr(retired)));
  EXPECT_FALSE(made.refresh.knows(secret_of(3)));
  EXPECT_THAT(made.report.keys, SizeIs(8));
}

TEST_F(KeyRingTest, KnowingBothGoesOnSigningAsBefore) {
  const std::string signing = add(KeyState::signing);
  const KeyRing now = ring();
  book_.keys[0].state = book_.keys[1].state = KeyState::verifying;
  const std::string successor = add(KeyState::signing);
  const KeyRing next = ring();
  EXPECT_FALSE(knows_signers_of(now, next));
  const KeyRing both = knowing_both(now, next);
  EXPECT_TRUE(knows_signers_of(both, next));
  EXPECT_EQ(both.signing.kid, signing);
  EXPECT_EQ(both.refresh.current_key_id(), secret_of(0));
  EXPECT_NE(both.verification.find(successor), nullptr);
  EXPECT_TRUE(both.refresh.knows(secret_of(1)));
  EXPECT_THAT(both.jwks, HasSubstr(successor));
}

TEST_F(KeyRingTest, AFileOfOnesOwnMayBeAKeyOfOurs) {
  add(KeyState::verifying);
  const OwnKey own{material_.access[0], "own.pem"};
  book_.keys[1].state = KeyState::signing;
  const KeyRing made = make_key_ring(book_, material_, {own}, {});
  EXPECT_EQ(made.signing.kid, own.named.kid);
  EXPECT_THAT(made.verification.keys(), SizeIs(1));
}

}  // namespace
}  // namespace recant::service

#include "app/seal_file.hpp"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include "testing/temporary_directory.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Each as `openssl rand -base64 32` printed it.
constexpr const char* kOne = "q9vHfN3mY8iS2QJx5W0gTzU+Rk7aLd1/oEpCbZ4sVnA=\n";
constexpr const char* kOther = "Xo0wYp8D+2cKfQ7sLr1mZtB5uNhGj3vEaI6kTq9PzR4=\n";

class SealFileTest : public ::testing::Test {
 protected:
  OrRefusal<std::vector<crypto::Sealer>> read(const std::string& text, mode_t mode = 0600) {
    testing::write_text(file_, text);
    EXPECT_EQ(::chmod(file_.c_str(), mode), 0);
    return read_seal_file(file_);
  }
  std::string refusal(const std::string& text, mode_t mode = 0600) {
    const auto sealers = read(text, mode);
    return sealers ? "taken" : sealers.error().sentence;
  }

  const testing::TemporaryDirectory home_;
  const std::filesystem::path file_ = home_ / "seal";
};

TEST_F(SealFileTest, HoldsASecretALine) {
  const auto one = read(kOne);
  const auto both = read(std::string(kOther) + kOne);
  ASSERT_TRUE(one && both);
  ASSERT_EQ(one->size(), 1u);
  ASSERT_EQ(both->size(), 2u);
  EXPECT_EQ((*both)[1].id(), (*one)[0].id());
  EXPECT_NE((*both)[0].id(), (*one)[0].id());
}

TEST_F(SealFileTest, TheLastLineMayLackItsEndAndBase64url) {
  std::string line(kOne);
  line.pop_back();
  EXPECT_EQ(read(line)->front().id(), read(kOne)->front().id());
  EXPECT_EQ(read("q9vHfN3mY8iS2QJx5W0gTzU-Rk7aLd1_oEpCbZ4sVnA")->front().id(),
            read(kOne)->front().id());
}

TEST_F(SealFileTest, A09_WhatIsShortOrTypedOrNoBase64IsRefused) {
  for (const std::string& text :
       {std::string(), std::string("\n"), std::string("a passphrase that is long enough, really"),
        std::string("q9vHfN3mY8iS2QJx5W0gTzU+Rk7aLd1/oEpCbZ4s\n"), std::string(44, 'A'),
        std::string(kOne) + "\n" + kOther, std::string(kOne) + "x\n"}) {
    EXPECT_THAT(refusal(text), AllOf(HasSubstr(file_.string()),
                                     HasSubstr("openssl rand -base64 32"), Not(HasSubstr("q9vH"))))
        << text;
  }
}

TEST_F(SealFileTest, A09_NobodyElseMayReadIt) {
  for (const mode_t mode : {0640, 0604, 0660, 0644}) {
    EXPECT_THAT(refusal(kOne, mode), HasSubstr("run chmod 600 " + file_.string()))
        << std::oct << mode;
  }
  EXPECT_THAT(read_seal_file(home_ / "missing").error().sentence, HasSubstr("missing"));
}

}  // namespace
}  // namespace recant::app

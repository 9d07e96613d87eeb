// docs/configuration.md says what the table of settings says, and its examples are good.
#include "app/settings_table.hpp"

#include <sstream>

#include "app/config_commands.hpp"
#include "cli/command_line.hpp"
#include "config_fixture.hpp"
#include "testing/repository.hpp"

namespace recant::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

std::string page() {
  std::ifstream in(testing::repository() / "docs/configuration.md");
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

/// What stands between two lines; everything before it is taken off `text`.
std::string take_between(std::string& text, const std::string& from, const std::string& to) {
  const auto begin = text.find(from);
  if (begin == std::string::npos) return {};
  const auto inner = begin + from.size();
  const auto end = text.find(to, inner);
  std::string found = text.substr(inner, end - inner);
  text.erase(0, end);
  return found;
}

TEST(SettingsTable, TheDocumentIsUpToDate) {
  std::string text = page();
  const std::string written = take_between(text, "<!-- scripts/documents writes what follows -->\n",
                                           "<!-- end of what scripts/documents writes -->\n");
  EXPECT_EQ(written, settings_table()) << "run scripts/documents";
}

TEST(SettingsTable, EverySettingSaysWhatIsAllowed) {
  for (const auto all : {settings(), issuer_settings()}) {
    for (const Setting& setting : all) {
      EXPECT_THAT(allowed_text(setting), Not(IsEmpty())) << setting.name();
      EXPECT_THAT(allowed_text(setting), Not(HasSubstr("each ."))) << setting.name();
      EXPECT_TRUE(setting.help.ends_with('.')) << setting.name();
      EXPECT_THAT(settings_table(), HasSubstr("| `" + std::string(setting.key) + "` | "));
    }
  }
}

class ExampleTest : public ConfigTest {
 public:
  int config_check() {
    const cli::Command commands[] = {config_check_command({})};
    std::istringstream in;
    return cli::run_command_line(commands, {"config", "check", "--config", *sources_.file},
                                 {in, out_, err_});
  }
  std::ostringstream out_, err_;
};

TEST_F(ExampleTest, IsGoodAsItStands) {
  std::string text = page();
  const std::string example = take_between(text, "```toml\n", "```\n");
  ASSERT_THAT(example, Not(IsEmpty()));
  const Config config = file(example).good();
  EXPECT_EQ(config.token.issuer, "https://login.example.com");
  EXPECT_EQ(config.server.ops_listen, "127.0.0.1:9090");
  EXPECT_EQ(config.server.identity_headers, std::vector<std::string>{"subject=X-User"});
  EXPECT_EQ(config_check(), 0) << err_.str();
  EXPECT_THAT(out_.str(), HasSubstr("The configuration is good"));
}

// What is commented out there is an example, too: a line of the form `# key = value` or `# [[…]]`.
TEST_F(ExampleTest, IsGoodWithEverythingInIt) {
  std::string text = page();
  std::istringstream in(take_between(text, "```toml\n", "```\n"));
  std::string whole;
  int uncommented = 0;
  for (std::string line; std::getline(in, line);) {
    const auto equals = line.find(" = ");
    const bool setting =
        line.starts_with("# ") && equals != std::string::npos && line.find(' ', 2) == equals;
    if (setting || line.starts_with("# [[")) {
      line.erase(0, 2);
      ++uncommented;
    }
    whole += line + "\n";
  }
  EXPECT_GT(uncommented, 5);
  const Config config = file(whole).good();
  EXPECT_EQ(config.server.tls_key, "/etc/recant/tls/privkey.pem");
  EXPECT_EQ(config.redis.ca, "/etc/recant/redis-ca.pem");
  ASSERT_EQ(config.issuers.size(), 1u);
  EXPECT_EQ(config.issuers[0].profile, "jwt");
}

TEST_F(ExampleTest, TheVariablesSayTheSame) {
  std::string text = page();
  take_between(text, "```toml\n", "```\n");
  std::istringstream in(take_between(text, "```sh\n", "```\n"));
  int count = 0;
  for (std::string line; std::getline(in, line); ++count) {
    const auto equals = line.find('=');
    std::string name = line.substr(0, equals), value = line.substr(equals + 1);
    if (name.ends_with("_FILE")) value = write("secret", "redis://recant:secret@redis.internal\n");
    variable(name, value);
  }
  EXPECT_GT(count, 3);
  const Config config = good();
  EXPECT_EQ(config.token.audience, (std::vector<std::string>{"api", "reports"}));
  EXPECT_EQ(config.redis.url, "redis://recant:secret@redis.internal");
}

}  // namespace
}  // namespace recant::app

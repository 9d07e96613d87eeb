// A configuration put together from a file, variables and flags, and what it leads to.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "app/load_config.hpp"

namespace recant::app {

class ConfigTest : public ::testing::Test {
 public:
  ConfigTest() {
    std::string name = (std::filesystem::temp_directory_path() / "recant-test-XXXXXX").string();
    directory_ = ::mkdtemp(name.data());
  }
  ~ConfigTest() override { std::filesystem::remove_all(directory_); }

  std::string write(const std::string& name, const std::string& text) {
    const auto path = directory_ / name;
    std::ofstream(path) << text;
    return path.string();
  }
  ConfigTest& file(const std::string& text) {
    sources_.file = write("recant.toml", text);
    return *this;
  }
  ConfigTest& variable(const std::string& name, const std::string& value) {
    sources_.environment.push_back({name, value});
    return *this;
  }
  ConfigTest& flag(const std::string& section, const std::string& key, const std::string& value) {
    sources_.flags.push_back({section, key, value, true, "--" + section + "." + key});
    return *this;
  }
  Config good() {
    const auto loaded = load_config(sources_);
    if (loaded) return loaded->config;
    for (const auto& sentence : loaded.error()) ADD_FAILURE() << sentence;
    return {};
  }
  std::vector<std::string> bad() {
    const auto loaded = load_config(sources_);
    if (!loaded) return loaded.error();
    ADD_FAILURE() << "was accepted";
    return {};
  }
  std::string only_error() {
    const auto errors = bad();
    EXPECT_EQ(errors.size(), 1u) << ::testing::PrintToString(errors);
    return errors.empty() ? "" : errors.front();
  }

  std::filesystem::path directory_;
  ConfigSources sources_;
};

struct Mistake {
  const char* toml;
  std::vector<const char*> says;  // file and line go without saying
  int line = 1;
};
inline void PrintTo(const Mistake& mistake, std::ostream* out) { *out << mistake.toml; }

class MistakeTest : public ConfigTest, public ::testing::WithParamInterface<Mistake> {};

}  // namespace recant::app

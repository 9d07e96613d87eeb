// The demo's own `recant serve`: this very program, as a child, in a directory of its own, with a
// private Redis and on a free port. It ends with the demo, however that ends (demo/caretaker).
//
// Used on the main thread.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/child_process.hpp"
#include "base/result.hpp"
#include "redis/url.hpp"

namespace recant::demo {

struct InstanceOptions {
  std::filesystem::path program;         // whose `serve` is run
  std::filesystem::path temporary;       // where the directory is made
  std::vector<std::string> environment;  // of the server, NAME=value; no RECANT_… among them
  std::string settings;                  // of recant.toml, beside those that make it private
};

class Instance {
 public:
  /// Returns when it is ready to serve. On failure one sentence, and nothing is left.
  static Result<std::unique_ptr<Instance>, std::string> start(const InstanceOptions& options);
  ~Instance();
  Instance(const Instance&) = delete;
  Instance& operator=(const Instance&) = delete;

  unsigned short port() const { return port_; }
  const std::filesystem::path& directory() const { return directory_; }
  /// Where its Redis listens.
  redis::Address redis() const;
  /// The key that its first start wrote.
  std::string admin_key() const;
  /// Returns when nothing of it is left. Does nothing the second time.
  void end();

 private:
  explicit Instance(std::filesystem::path directory);
  std::filesystem::path data() const { return directory_ / "data"; }
  std::filesystem::path log() const { return directory_ / "server.log"; }
  Result<void, std::string> launch(const InstanceOptions& options);
  Result<void, std::string> wait_until_ready();
  std::optional<unsigned short> port_in_log() const;
  std::string last_words() const;

  const std::filesystem::path directory_;
  std::optional<ChildProcess> server_;
  unsigned short port_ = 0;
};

}  // namespace recant::demo

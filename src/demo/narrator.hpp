// Who tells what the demo does: to a person (TextNarrator) or to a script (JsonNarrator). The story
// says what happened; how it looks is theirs.
//
// One thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "demo/http_client.hpp"
#include "demo/redis_view.hpp"

namespace recant::demo {

/// The words of a command: {"GET", key}.
using RedisCommand = std::vector<std::string>;

struct Scene {
  std::string url;
  std::string directory;
  std::string strategy;
};

struct Step {
  std::string_view name;   // for scripts: "sign_in"
  std::string_view title;  // for people
};

/// How much of an exchange is worth reading, the second time it is seen.
enum class Detail { full, brief };

class Narrator {
 public:
  virtual ~Narrator() = default;
  virtual void begin(const Scene& scene) = 0;
  virtual void step(const Step& step) = 0;
  virtual void say(std::string_view paragraph) = 0;
  virtual void exchanged(const HttpRequest& request, const HttpResponse& response,
                         Detail detail) = 0;
  /// The two parts of a JWT that anybody can read.
  virtual void token(const json::Object& header, const json::Object& claims) = 0;
  /// How the recipe spells what has just been done.
  virtual void recipe(const std::vector<RedisCommand>& commands) = 0;
  /// A command that was sent to Redis, and what it answered.
  virtual void asked(const RedisCommand& command, const std::string& answer) = 0;
  virtual void keys(const std::vector<KeyChange>& changes) = 0;
  /// Between two steps. False: whoever watches has seen enough.
  virtual bool pause() = 0;
  /// Everything is gone.
  virtual void end(const Scene& scene) = 0;
};

}  // namespace recant::demo

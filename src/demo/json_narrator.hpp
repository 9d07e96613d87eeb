// Tells the demo to a script: one JSON object a line, each with an `event`.
#pragma once

#include <iosfwd>

#include "demo/narrator.hpp"

namespace recant::demo {

class JsonNarrator final : public Narrator {
 public:
  explicit JsonNarrator(std::ostream& out) : out_(out) {}

  void begin(const Scene& scene) override;
  void step(const Step& step) override;
  /// Sentences are for people.
  void say(std::string_view /*paragraph*/) override {}
  void exchanged(const HttpRequest& request, const HttpResponse& response, Detail detail) override;
  void token(const json::Object& header, const json::Object& claims) override;
  void recipe(const std::vector<RedisCommand>& commands) override;
  void asked(const RedisCommand& command, const std::string& answer) override;
  void keys(const std::vector<KeyChange>& changes) override;
  bool pause() override { return true; }
  void end(const Scene& scene) override;

 private:
  void event(const char* name, const json::Object& members);
  std::ostream& out_;
};

}  // namespace recant::demo

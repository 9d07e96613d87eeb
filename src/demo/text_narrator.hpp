// Tells the demo to a person at a terminal of 80 columns, or into a file.
#pragma once

#include <iosfwd>
#include <string>
#include <string_view>

#include "demo/narrator.hpp"

namespace recant::demo {

struct TextOptions {
  bool colour = false;
  bool pause = false;  // wait for Enter between two steps
};

class TextNarrator final : public Narrator {
 public:
  TextNarrator(std::istream& in, std::ostream& out, TextOptions options)
      : in_(in), out_(out), options_(options) {}

  void begin(const Scene& scene) override;
  void step(const Step& step) override;
  void say(std::string_view paragraph) override;
  void exchanged(const HttpRequest& request, const HttpResponse& response, Detail detail) override;
  void token(const json::Object& header, const json::Object& claims) override;
  void recipe(const std::vector<RedisCommand>& commands) override;
  void asked(const RedisCommand& command, const std::string& answer) override;
  void keys(const std::vector<KeyChange>& changes) override;
  bool pause() override;
  void end(const Scene& scene) override;

 private:
  std::string styled(std::string_view ansi, const std::string& text) const;
  void members_with_notes(std::string_view part, const json::Object& object);
  void key(const KeyChange& change);

  std::istream& in_;
  std::ostream& out_;
  const TextOptions options_;
};

}  // namespace recant::demo

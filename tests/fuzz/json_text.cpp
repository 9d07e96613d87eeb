// What the strict parser takes, it writes again as the same value; narrower limits refuse and never
// change what is read.
#include "base/json.hpp"
#include "targets.hpp"

namespace recant::fuzz {
namespace {

constexpr json::Limits kWide{
    .depth = 1000, .members = 100'000, .number_chars = 100'000, .string_bytes = 1'000'000};

void require_unique_names(const json::Value& value) {
  if (const json::Array* array = value.as_array()) {
    for (const json::Value& element : *array) require_unique_names(element);
  }
  if (const json::Object* object = value.as_object()) {
    for (const json::Member& member : *object) {
      require(object->find(member.name) == &member.value, "an object has one name twice (J08)");
      require_unique_names(member.value);
    }
  }
}

}  // namespace

bool json_text(std::string_view bytes) {
  const auto value = json::parse(bytes);
  const auto wide = json::parse(bytes, kWide);
  if (!value) return false;
  require(wide && *wide == *value, "wider limits refuse or change a text");
  require_unique_names(*value);
  const std::string written = json::serialize(*value);
  const auto again = json::parse(written, kWide);
  require(again && *again == *value, "a value is not what its own text says");
  require(json::serialize(*again) == written, "one value has two texts");
  return true;
}

}  // namespace recant::fuzz

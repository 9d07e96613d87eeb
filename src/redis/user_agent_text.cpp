#include "redis/user_agent_text.hpp"

#include <algorithm>
#include <array>

namespace recant::redis {
namespace {

struct Stretch {
  char byte;
  std::string_view text;
};

/// Longer ones before those that they begin with. Records are kept for months, so a byte keeps its
/// meaning for ever; new ones are added behind.
constexpr std::array kStretches{
    Stretch{'\x01', "Mozilla/5.0 ("},
    Stretch{'\x02', ") AppleWebKit/537.36 (KHTML, like Gecko) Chrome/"},
    Stretch{'\x03', ".0.0.0 Safari/537.36"},
    Stretch{'\x04', ".0.0.0 Mobile Safari/537.36"},
    Stretch{'\x05', ") AppleWebKit/605.1.15 (KHTML, like Gecko) Version/"},
    Stretch{'\x06', " Safari/605.1.15"},
    Stretch{'\x07', " Mobile/15E148 Safari/604.1"},
    Stretch{'\x0e', "Windows NT 10.0; Win64; x64"},
    Stretch{'\x0f', "Macintosh; Intel Mac OS X 10_15_7"},
    Stretch{'\x10', "X11; Linux x86_64"},
    Stretch{'\x11', "Linux; Android "},
    Stretch{'\x12', "iPhone; CPU iPhone OS "},
    Stretch{'\x13', " like Mac OS X"},
    Stretch{'\x14', ") Gecko/20100101 Firefox/"},
    Stretch{'\x15', " Edg/"},
};

constexpr bool is_control(char c) { return static_cast<unsigned char>(c) < ' '; }

}  // namespace

std::string pack_user_agent(std::string_view text) {
  std::string packed;
  while (!text.empty()) {
    const auto* const stretch =
        std::find_if(kStretches.begin(), kStretches.end(),
                     [&](const Stretch& known) { return text.starts_with(known.text); });
    if (stretch != kStretches.end()) {
      packed.push_back(stretch->byte);
      text.remove_prefix(stretch->text.size());
    } else {
      packed.push_back(is_control(text.front()) ? '?' : text.front());
      text.remove_prefix(1);
    }
  }
  return packed;
}

std::string unpack_user_agent(std::string_view packed) {
  std::string text;
  for (const char c : packed) {
    const auto* const stretch = std::find_if(kStretches.begin(), kStretches.end(),
                                             [&](const Stretch& known) { return known.byte == c; });
    if (stretch != kStretches.end()) {
      text += stretch->text;
    } else {
      text.push_back(is_control(c) ? '?' : c);
    }
  }
  return text;
}

}  // namespace recant::redis

#include "http/request_id.hpp"

#include <algorithm>
#include <cstring>

namespace recant::http {

bool is_request_id(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '_' || c == '-';
  });
}

RequestIds::RequestIds(RandomSource& random) {
  const auto seed = random.bytes<16>();
  std::memcpy(&state_, seed.data(), 8);
  std::memcpy(&prefix_, seed.data() + 8, 8);
}

/// splitmix64 (Steele, Lea, Flood 2014): a permutation, so one thread never repeats itself.
std::uint64_t RequestIds::draw() {
  state_ += 0x9e3779b97f4a7c15U;
  auto z = state_;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

void RequestIds::next(std::string& out) {
  constexpr std::string_view digits = "0123456789abcdef";
  out.resize(32);
  const std::array<std::uint64_t, 2> words{prefix_, draw()};
  std::size_t i = 0;
  for (const auto word : words) {
    for (int shift = 60; shift >= 0; shift -= 4) out[i++] = digits[(word >> shift) & 0xf];
  }
}

}  // namespace recant::http

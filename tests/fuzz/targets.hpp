// What is fuzzed: one function a target, which takes any bytes, holds what becomes of them against
// what must be true of it, and throws Broken where it is not. libFuzzer drives them in the preset
// `fuzz` (scripts/fuzz); fuzz_test drives the same functions over corpus/ in every build.
// Stateless; thread-safe.
#pragma once

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

namespace recant::fuzz {

class Broken : public std::logic_error {
  using logic_error::logic_error;
};

inline void require(bool holds, const char* what) {
  if (!holds) throw Broken(what);
}

struct Target {
  std::string_view name;  ///< also of its folder in corpus/
  /// Were the bytes taken, rather than refused? Of a seed its name says so: good-… or bad-….
  bool (*run)(std::string_view bytes);
};

bool base64url(std::string_view bytes);
bool json_text(std::string_view bytes);
bool jws(std::string_view bytes);
bool jwks(std::string_view bytes);
bool access_token(std::string_view bytes);
bool refresh_token(std::string_view bytes);
bool resp(std::string_view bytes);
bool http_request(std::string_view bytes);
bool configuration(std::string_view bytes);
bool form(std::string_view bytes);

inline constexpr Target kTargets[] = {
    {"base64url", base64url},
    {"json_text", json_text},
    {"jws", jws},
    {"jwks", jwks},
    {"access_token", access_token},
    {"resp", resp},
    {"refresh_token", refresh_token},
    {"configuration", configuration},
    {"http_request", http_request},
    {"form", form},
};

}  // namespace recant::fuzz

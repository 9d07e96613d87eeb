// What Boost.URL 1.81 leaves out: of `http://127.0.0.1.example` it reads 127.0.0.1 and drops the
// rest, which would be another machine than the one that was written. Pure.
#pragma once

#include <string_view>

namespace recant {

/// Is `read` all of what stands between `//` and the path in `url`?
inline bool is_whole_authority(std::string_view url, std::string_view read) {
  const auto begin = url.find("//");
  if (begin == std::string_view::npos) return false;
  const std::string_view rest = url.substr(begin + 2);
  return rest.substr(0, rest.find_first_of("/?#")) == read;
}

}  // namespace recant

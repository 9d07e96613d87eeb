// Which route does a request take? The path is split at its slashes first and each segment is then
// percent-decoded once, so an encoded slash never becomes a separator. Nothing is normalised into a
// match: `//`, `.`, `..`, `;x`, a trailing slash and unfinished escapes are other paths, which is
// 404 (security bar O49).
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace recant::http {

/// `method` `*` takes any. In `pattern` `{name}` takes one segment that is not empty, and a final
/// `/…` in the form of `/*` takes whatever follows, raw.
struct Endpoint {
  std::string_view method;
  std::string_view pattern;
};

/// Decodes %XX once. Nothing for an unfinished escape or a NUL.
std::optional<std::string> percent_decode(std::string_view text);

/// Immutable once made; thread-safe. Literal segments win over parameters.
class Router {
 public:
  struct Match {
    enum class Kind { found, not_found, method_not_allowed } kind;
    std::size_t index = 0;            // into the endpoints, when found
    std::vector<std::string> params;  // in order, when found
    std::string allow;                // for the Allow field, when the method is not allowed
  };

  /// The texts must outlive the router.
  explicit Router(std::span<const Endpoint> endpoints);

  /// HEAD takes the route of GET.
  Match match(std::string_view method, std::string_view path) const;

 private:
  struct Entry {
    Endpoint endpoint;
    std::vector<std::string_view> segments;
    bool open_end = false;
    bool literal = false;  // compared whole
    std::size_t index = 0;
  };
  bool fits(const Entry& entry, std::string_view path, std::vector<std::string>& params) const;

  std::vector<Entry> entries_;  // those with more literal segments first
};

}  // namespace recant::http

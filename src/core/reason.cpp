#include "core/reason.hpp"

#include <algorithm>

namespace recant::core {

const Reason Reason::logout{"logout"};
const Reason Reason::logout_all{"logout_all"};
const Reason Reason::password_change{"password_change"};
const Reason Reason::disabled{"disabled"};
const Reason Reason::deleted{"deleted"};
const Reason Reason::evicted{"evicted"};
const Reason Reason::admin{"admin"};
const Reason Reason::reused{"reused"};
const Reason Reason::foreign{"foreign"};

std::optional<Reason> Reason::parse(std::string_view text) {
  constexpr std::size_t kMaxBytes = 64;
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (text.empty() || text.size() > kMaxBytes || !printable) return std::nullopt;
  return Reason{text};
}

}  // namespace recant::core

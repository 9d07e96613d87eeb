#include "core/policy.hpp"

#include <algorithm>
#include <charconv>

namespace recant::core {
namespace {

constexpr std::string_view kVersion = "v=1";
constexpr std::string_view kStrategy = "strategy=";
constexpr std::string_view kWhitelistedUntil = "whitelisted_until=";
constexpr std::string_view kMaxStaleness = "max_staleness=";
constexpr std::string_view kStalenessBefore = "staleness_before=";
constexpr std::string_view kAllowCachedFor = "allow_cached_for=";
constexpr std::string_view kKeys = "keys=";

/// In decimal, at most so many digits, no sign and nothing around them.
std::optional<std::int64_t> parse_number(std::string_view digits, std::size_t most_digits) {
  std::int64_t number = 0;
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, number);
  const bool is_number = error == std::errc() && end == last && digits.front() != '-';
  if (!is_number || digits.size() > most_digits) return std::nullopt;
  return number;
}

/// Up to the year 33658.
std::optional<UnixSeconds> parse_seconds(std::string_view digits) {
  const auto number = parse_number(digits, 12);
  if (!number) return std::nullopt;
  return UnixSeconds{seconds{*number}};
}

/// Up to the year 5138.
std::optional<UnixMillis> parse_instant(std::string_view digits) {
  const auto number = parse_number(digits, 14);
  if (!number) return std::nullopt;
  return unix_millis(*number);
}

std::optional<milliseconds> parse_within(std::string_view digits, milliseconds least,
                                         milliseconds most) {
  const auto number = parse_number(digits, 12);
  if (!number || *number < least.count() || *number > most.count()) return std::nullopt;
  return milliseconds{*number};
}

std::optional<milliseconds> parse_staleness(std::string_view digits) {
  return parse_within(digits, milliseconds{1}, kLargestStaleness);
}

std::optional<EarlierStaleness> parse_earlier(std::string_view text) {
  const auto at = text.find('@');
  if (at == std::string_view::npos) return std::nullopt;
  const auto bound = parse_staleness(text.substr(0, at));
  const auto until = parse_instant(text.substr(at + 1));
  if (!bound || !until) return std::nullopt;
  return EarlierStaleness{*bound, *until};
}

/// Plain ones are told by no word, and so by no other.
std::optional<KeyForm> parse_form(std::string_view name) {
  for (const KeyForm form : {KeyForm::tagged, KeyForm::converting}) {
    if (name == name_of(form)) return form;
  }
  return std::nullopt;
}

/// Covers the leases that either is about.
std::optional<EarlierStaleness> both(const std::optional<EarlierStaleness>& a,
                                     const std::optional<EarlierStaleness>& b) {
  if (!a || !b) return a ? a : b;
  return EarlierStaleness{std::max(a->bound, b->bound), std::max(a->until, b->until)};
}

/// The words of a policy, one after another, into their places.
class Reading {
 public:
  /// False where the word says what it cannot.
  bool take(std::string_view word) {
    if (word.starts_with(kStrategy) && !has_strategy_) {
      const auto strategy = parse_strategy(word.substr(kStrategy.size()));
      if (strategy) policy_.strategy = *strategy;
      return has_strategy_ = strategy.has_value();
    }
    if (word.starts_with(kWhitelistedUntil)) {
      policy_.whitelisted_until = parse_seconds(word.substr(kWhitelistedUntil.size()));
      return policy_.whitelisted_until.has_value();
    }
    if (word.starts_with(kMaxStaleness)) {
      return put(policy_.max_staleness, parse_staleness(word.substr(kMaxStaleness.size())));
    }
    if (word.starts_with(kStalenessBefore)) {
      return put(policy_.earlier_staleness, parse_earlier(word.substr(kStalenessBefore.size())));
    }
    if (word.starts_with(kAllowCachedFor)) {
      return put(allowance_, parse_within(word.substr(kAllowCachedFor.size()), milliseconds{0},
                                          kLongestAllowance));
    }
    if (word.starts_with(kKeys)) return put(form_, parse_form(word.substr(kKeys.size())));
    return true;
  }

  std::optional<Policy> policy() {
    if (!has_strategy_) return std::nullopt;
    policy_.allow_cached_for = allowance_.value_or(milliseconds{0});
    policy_.keys = form_.value_or(KeyForm::plain);
    return policy_;
  }

 private:
  /// Once: which of two would count, readers might see differently.
  template <class T>
  static bool put(std::optional<T>& place, std::optional<T> value) {
    if (place || !value) return false;
    place = value;
    return true;
  }

  Policy policy_;
  bool has_strategy_ = false;
  std::optional<milliseconds> allowance_;
  std::optional<KeyForm> form_;
};

}  // namespace

std::string_view name_of(Strategy strategy) {
  return strategy == Strategy::whitelist ? "whitelist" : "blacklist";
}

std::optional<Strategy> parse_strategy(std::string_view name) {
  for (const Strategy strategy : {Strategy::blacklist, Strategy::whitelist}) {
    if (name == name_of(strategy)) return strategy;
  }
  return std::nullopt;
}

std::string_view name_of(KeyForm form) {
  switch (form) {
    case KeyForm::plain:
      return "plain";
    case KeyForm::tagged:
      return "tagged";
    case KeyForm::converting:
      return "converting";
  }
  return "unknown";
}

std::string Policy::text() const {
  std::string words{kVersion};
  const auto add = [&words](std::string_view name, std::string_view value) {
    words.append(" ").append(name).append(value);
  };
  add(kStrategy, name_of(strategy));
  if (strategy == Strategy::blacklist && whitelisted_until) {
    add(kWhitelistedUntil, std::to_string(count(*whitelisted_until)));
  }
  if (max_staleness) add(kMaxStaleness, std::to_string(max_staleness->count()));
  if (earlier_staleness) {
    add(kStalenessBefore, std::to_string(earlier_staleness->bound.count()) + '@' +
                              std::to_string(count(earlier_staleness->until)));
  }
  if (allow_cached_for > milliseconds{0}) {
    add(kAllowCachedFor, std::to_string(allow_cached_for.count()));
  }
  if (keys != KeyForm::plain) add(kKeys, name_of(keys));
  return words;
}

bool Policy::wants_place(std::optional<UnixSeconds> issued_at) const {
  if (strategy == Strategy::whitelist) return true;
  return whitelisted_until && (!issued_at || *issued_at <= *whitelisted_until);
}

milliseconds Policy::largest_lease(UnixMillis now) const {
  milliseconds largest = max_staleness.value_or(milliseconds{0});
  if (earlier_staleness && now <= earlier_staleness->until) {
    largest = std::max(largest, earlier_staleness->bound);
  }
  return largest;
}

Policy stricter(const Policy& a, const Policy& b) {
  Policy both_say;
  both_say.strategy = stricter(a.strategy, b.strategy);
  both_say.whitelisted_until = std::max(a.whitelisted_until, b.whitelisted_until);
  // An optional without a value is less than any with one.
  both_say.max_staleness = std::min(a.max_staleness, b.max_staleness);
  both_say.earlier_staleness = both(a.earlier_staleness, b.earlier_staleness);
  both_say.allow_cached_for = std::min(a.allow_cached_for, b.allow_cached_for);
  both_say.keys = a.keys == b.keys ? a.keys : KeyForm::converting;
  return both_say;
}

bool agree(const Policy& a, const Policy& b) {
  return a.strategy == b.strategy && a.max_staleness == b.max_staleness &&
         a.allow_cached_for == b.allow_cached_for;
}

std::optional<Policy> Policy::parse(std::string_view text) {
  const auto next_word = [&text] {
    const auto end = text.find(' ');
    const auto word = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    return word;
  };
  if (next_word() != kVersion) return std::nullopt;
  Reading reading;
  while (!text.empty()) {
    if (!reading.take(next_word())) return std::nullopt;
  }
  return reading.policy();
}

}  // namespace recant::core

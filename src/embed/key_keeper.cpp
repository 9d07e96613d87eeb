#include "embed/key_keeper.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "jose/jws.hpp"

namespace recant::embed {

namespace asio = boost::asio;
using Looked = Result<std::optional<verify::IssuerKeys>, std::string>;

namespace {

/// A thumbprint says nothing of what a key is called, nor of what it is for.
bool are_same(const verify::IssuerKeys& a, const verify::IssuerKeys& b) {
  return a.thumbprints == b.thumbprints &&
         std::ranges::equal(a.keys.keys(), b.keys.keys(),
                            [](const jose::NamedKey& one, const jose::NamedKey& other) {
                              return one.kid == other.kid &&
                                     one.key.algorithm() == other.key.algorithm();
                            });
}

}  // namespace

struct KeyKeeper::Place {
  Place(const KeySource& from, JwksSchedule when) : source(from), schedule(when) {}

  const KeySource& source;
  JwksSchedule schedule;
  KeyFile file;
  std::optional<verify::IssuerKeys> keys;
  std::string last_failure;  // told once
};

KeyKeeper::KeyKeeper(KeyKeeperOptions options, const Clock& clock, RandomSource& random,
                     const Log& log)
    : options_(std::move(options)), clock_(clock), random_(random), log_(log) {
  JwksScheduleOptions files = options_.urls;
  files.every = options_.file_every;
  files.longest_pause = options_.file_every;
  const auto add = [&](const KeySource& source) {
    const auto& when = source.url() != nullptr ? options_.urls : files;
    places_.push_back(
        std::make_unique<Place>(source, JwksSchedule(when, random_, clock_.steady())));
  };
  add(options_.own_keys);
  for (const KeySource& source : options_.other_keys) add(source);
  note_state();
}

KeyKeeper::~KeyKeeper() = default;

std::optional<std::string> KeyKeeper::read_files() {
  for (const auto& place : places_) {
    if (place->source.url() != nullptr) continue;
    const auto now = clock_.steady();
    place->schedule.begun(now);
    took(*place, place->file.look(place->source));
    if (!place->last_failure.empty()) return place->last_failure;
  }
  return std::nullopt;
}

KeyKeeper::VerifierPtr KeyKeeper::verifier() const {
  const auto keys_of = [](const Place& place) {
    return place.keys ? place.keys->keys : jose::KeySet();
  };
  auto others = options_.others;
  for (std::size_t i = 0; i < others.size(); ++i) others[i].keys = keys_of(*places_[i + 1]);
  return std::make_shared<const verify::AccessTokenVerifier>(
      options_.own, keys_of(*places_.front()), std::move(others));
}

void KeyKeeper::start(const asio::any_io_executor& executor, OnKeys on_keys) {
  on_keys_ = std::move(on_keys);
  timer_.emplace(executor);
  for (const auto& place : places_) {
    if (!place->schedule.due()) place->schedule.failed(clock_.steady());
    place->file = {};  // whatever was read of it may not have arrived
  }
  if (!is_published_) publish();
  asio::post(executor, [this] { wake(); });
  const std::lock_guard lock(mutex_);
  executor_ = executor;
  looking_for_ = false;
}

void KeyKeeper::stop() noexcept {
  timer_.reset();
  const std::lock_guard lock(mutex_);
  executor_.reset();
}

void KeyKeeper::wake() {
  const auto now = clock_.steady();
  for (std::size_t i = 0; i < places_.size(); ++i) {
    forget_if_old(*places_[i], now);
    const auto due = places_[i]->schedule.due();
    if (due && *due <= now) look(i);
  }
  arm_timer();
}

void KeyKeeper::arm_timer() {
  std::optional<SteadyInstant> next;
  const auto consider = [&](std::optional<SteadyInstant> instant) {
    if (instant && (!next || *instant < *next)) next = instant;
  };
  for (const auto& place : places_) {
    consider(place->schedule.due());
    if (place->keys) consider(place->schedule.counts_until());
  }
  if (!next) return;
  timer_->expires_after(std::max(*next - clock_.steady(), SteadyInstant::duration::zero()));
  timer_->async_wait([this](const boost::system::error_code& error) {
    if (!error) wake();
  });
}

void KeyKeeper::look(std::size_t index) {
  Place& place = *places_[index];
  place.schedule.begun(clock_.steady());
  if (place.source.url() != nullptr) {
    asio::co_spawn(timer_->get_executor(), look_at_url(index), rethrown);
  } else {
    took(place, place.file.look(place.source));
  }
}

Task<void> KeyKeeper::look_at_url(std::size_t index) {
  Place& place = *places_[index];
  const fetch::WebUrl& url = *place.source.url();
  fetch::FetchOptions how;
  std::string wrong;
  if (url.tls) {
    auto context = tls();
    if (context) {
      how.tls = *std::move(context);
    } else {
      wrong = context.error();
    }
  }
  Looked outcome = wrong;
  if (wrong.empty()) {
    auto fetched = co_await fetch::fetch(url, std::move(how));
    if (!fetched) {
      outcome = fetched.error();
    } else if (auto keys = verify::read_issuer_jwks(fetched->body, place.source.algorithms)) {
      outcome = std::optional(*std::move(keys));
    } else {
      outcome = keys.error();
    }
  }
  took(place, std::move(outcome));
  arm_timer();
}

void KeyKeeper::took(Place& place, Looked outcome) {
  const auto now = clock_.steady();
  std::string wrong = outcome ? std::string() : outcome.error();
  if (outcome && *outcome) {
    if (&place == places_.front().get()) give_way(**outcome);
    if (const auto other = other_owner(place, **outcome)) {
      wrong = "has a key that is also " + *other +
              "'s: give each a key of its own, or either could sign in the other's name";
    }
  }
  if (!wrong.empty()) {
    place.schedule.failed(now);
    place.file = {};
    wrong = place.source.where() + " " + wrong;
    if (std::exchange(place.last_failure, wrong) != wrong) {
      log_.error(wrong + (place.keys ? ". The keys that were there still count." : "."));
    }
    note_state();
    return;
  }
  place.schedule.succeeded(now);
  if (!std::exchange(place.last_failure, {}).empty()) {
    log_.info(place.source.where() + " can be read again.");
  }
  if (!*outcome) return;
  const bool changed = !place.keys || !are_same(*place.keys, **outcome);
  if (changed) is_published_ = false;
  place.keys = **std::move(outcome);
  if (!is_published_) publish();
}

void KeyKeeper::forget_if_old(Place& place, SteadyInstant now) {
  if (!place.keys || place.schedule.counts(now)) return;
  log_.error(place.source.where() +
             " could not be read for so long that the keys that were there count no longer.");
  forget(place);
  publish();
}

/// Until it has been read once more, also where its file is as it was.
void KeyKeeper::forget(Place& place) {
  is_published_ = false;
  place.keys.reset();
  place.file = {};
}

/// Whoever publishes a key of our own issuer's as his, to be the first, does not take it from us.
void KeyKeeper::give_way(const verify::IssuerKeys& own) {
  for (const auto& other : places_) {
    verify::KeyOwners owners;
    owners.take(own, places_.front()->source.owner);
    if (other == places_.front() || !other->keys) continue;
    if (!owners.take(*other->keys, other->source.owner)) continue;
    other->last_failure =
        other->source.where() + " has a key that is also " + places_.front()->source.owner + "'s";
    log_.error(other->last_failure + ": its keys count no longer.");
    forget(*other);
  }
}

std::optional<std::string> KeyKeeper::other_owner(const Place& place,
                                                  const verify::IssuerKeys& keys) const {
  verify::KeyOwners owners;
  for (const auto& other : places_) {
    if (other.get() != &place && other->keys) owners.take(*other->keys, other->source.owner);
  }
  return owners.take(keys, place.source.owner);
}

Result<crypto::TlsContext, std::string> KeyKeeper::tls() {
  const bool is_named = !options_.ca_file.empty();
  const auto stamp = is_named ? stamp_of(options_.ca_file) : std::nullopt;
  if (tls_ && stamp == tls_read_) return *tls_;
  std::string authorities;
  if (is_named) {
    auto file = read_file(options_.ca_file);
    if (!file) return "cannot be fetched: jwks_ca " + options_.ca_file + " " + file.error();
    authorities = std::move(file->bytes);
    // No authorities at all would mean those of the system.
    if (authorities.empty()) return "cannot be fetched: jwks_ca " + options_.ca_file + " is empty";
  }
  const auto made = crypto::TlsContext::for_client(authorities);
  if (!made) {
    return "cannot be fetched: jwks_ca " + options_.ca_file +
           " cannot be used: " + std::string(to_string(made.error()));
  }
  tls_ = *made;
  tls_read_ = stamp;
  return *made;
}

void KeyKeeper::publish() {
  note_state();
  if (on_keys_) on_keys_(verifier());
  is_published_ = true;
}

void KeyKeeper::note_state() {
  std::vector<jose::KeySet> sets;
  std::string missing;
  for (const auto& place : places_) {
    if (!place->source.is_secret()) {
      sets.push_back(place->keys ? place->keys->keys : jose::KeySet());
    }
    if (place->keys) continue;
    if (!missing.empty()) missing += "; ";
    missing +=
        "the keys of " + place->source.owner + " are not there: " +
        (place->last_failure.empty() ? "they have not been fetched yet" : place->last_failure);
  }
  const std::lock_guard lock(mutex_);
  public_ = std::move(sets);
  missing_ = std::move(missing);
}

bool KeyKeeper::look_for_key_of(std::string_view token) {
  const auto parsed = jose::parse_jws(token);
  if (!parsed) return false;
  const std::string* const kid = parsed->header().string("kid");
  const std::lock_guard lock(mutex_);
  const bool is_known =
      kid != nullptr && std::ranges::any_of(public_, [&](const jose::KeySet& set) {
        return set.find(*kid) != nullptr;
      });
  // Issuers may give one name to different keys, so that it says nothing while some are missing.
  if (is_known && missing_.empty()) return false;
  if (looking_for_ || !executor_) return true;
  asio::post(*executor_, [this] {
    {
      const std::lock_guard again(mutex_);
      looking_for_ = false;
    }
    const auto now = clock_.steady();
    for (const auto& place : places_) {
      if (!place->source.is_secret()) place->schedule.unknown_kid(now);
    }
    wake();
  });
  looking_for_ = true;
  return true;
}

std::string KeyKeeper::missing() const {
  const std::lock_guard lock(mutex_);
  return missing_;
}

}  // namespace recant::embed

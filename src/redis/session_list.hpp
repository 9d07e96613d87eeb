// Pages through a subject's sessions over their index, which is by end. Reads only, and a bounded
// number of them a call, however many sessions there are: a page may be shorter than asked for,
// even empty, while its `next` says that there are more.
//
// One a thread, like the connection it uses; not thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/watermark.hpp"
#include "redis/commander.hpp"
#include "redis/keys.hpp"
#include "service/session_store.hpp"

namespace recant::redis {

class SessionList {
 public:
  /// Both outlive the list.
  SessionList(Commander& redis, const Keys& keys) : redis_(redis), keys_(keys) {}

  Task<service::Stored<service::SessionPage>> page(core::Subject subject, std::string after,
                                                   int limit);

 private:
  /// Where a session stands in the index.
  struct Place {
    std::int64_t end;
    Uuid sid;
  };
  /// What says, without a record, that a session is dead.
  struct Liveness {
    UnixMillis now;
    std::optional<core::Watermark> subject;
    std::optional<core::Watermark> everybody;
    bool may_live(const Place& place) const;
  };
  /// A stretch of the index behind a place.
  struct Stretch {
    std::vector<Place> places;
    bool last;  // nothing alive is behind it
  };
  template <class T>
  using Answer = Task<service::Stored<T>>;

  static bool comes_before(const Place& left, const Place& right);
  static std::string cursor_of(const Place& place);
  static std::optional<Place> parse_cursor(std::string_view text);

  Answer<Liveness> read_liveness(const core::Subject& subject);
  Answer<Stretch> read_stretch(const core::Subject& subject, std::optional<Place> after,
                               UnixMillis now);
  /// Appends those that are alive.
  Answer<void> read_records(const core::Subject& subject, std::span<const Place> places,
                            UnixMillis now, std::vector<service::SessionEntry>& sessions);

  Commander& redis_;
  const Keys& keys_;
};

}  // namespace recant::redis

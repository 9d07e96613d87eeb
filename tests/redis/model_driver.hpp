// The model's side of the contract test: what core/refresh_family says must be answered. It knows
// instants and generations, and nothing of Redis, keys, scripts or the store.
// One thread.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>

#include "core/refresh_family.hpp"

namespace recant::redis {

/// What a rotation must answer.
struct Prediction {
  core::RefreshOutcome outcome;
  std::optional<seconds> retry_after;
  // Only where a generation is answered:
  bool live = false;
  core::Generation generation = 0;
  core::AccessGrant access{};
  UnixMillis end{};
  std::string jti{};  // empty: a new one
};

/// What holds for several sessions at once, as it stands.
struct Watermarks {
  std::optional<core::Watermark> subject;
  std::optional<core::Watermark> everybody;
};

/// One session.
class ModelSession {
 public:
  ModelSession(UnixMillis begun, UnixMillis now, const core::SessionNonce& nonce,
               const core::SessionLifetimes& lifetimes, core::Strategy strategy, std::string jti);

  const core::AccessGrant& first_access() const { return family_->access.at(0); }
  UnixMillis end() const { return family_->end; }

  Prediction refresh(const core::PresentedRefresh& presented, const Watermarks& watermarks,
                     core::Strategy strategy, UnixMillis now,
                     const core::SessionLifetimes& lifetimes);
  /// The jti that was made for the generation that is live now.
  void name_live_jti(std::string jti);

  /// Ended by whoever may: everything it has is dead. Without its record nobody knows its tokens.
  void close();
  void close_without_record();
  /// Its record's time ended at about the moment when it was to be closed, so it is gone, and what
  /// became of its tokens is not known.
  void lose_record() {
    family_.reset();
    whitelist_.clear();
  }
  void blacklist() { blacklisted_ = true; }
  void blacklist_jti(const std::string& jti) { blacklisted_jtis_.insert(jti); }
  /// By a foreign hand; a jti of another session is none of its business.
  void set_whitelisted(const std::string& jti, bool stands);
  void delete_refresh_key() { refresh_keys_.clear(); }
  /// As if the clock had stepped back since the generation was superseded. False if none is known.
  bool supersede_in_future(UnixMillis at);

  /// What Redis would hold had it been restored from an older copy.
  struct Copy {
    std::optional<core::RefreshFamily> family;
    std::map<core::Generation, std::string> jtis;
  };
  Copy copy() const { return {family_, jtis_}; }
  /// `with_refresh_key`: the live token's key came back too.
  void rewind(Copy copy, bool with_refresh_key);

  /// Does the record stand, and for longer than until `now`?
  bool has_record(UnixMillis now) const { return family_ && family_->end > now; }
  bool is_blacklisted() const { return blacklisted_; }
  std::optional<core::Generation> live_generation() const;
  /// The key of whose refresh token should stand.
  std::optional<core::Generation> refresh_key(UnixMillis now) const;
  std::optional<UnixMillis> superseded_at(core::Generation generation) const;
  /// Of each jti that the session ever had: should it stand on the whitelist?
  const std::map<std::string, bool>& whitelist() const { return whitelist_; }

 private:
  std::optional<core::RefreshFamily> family_;
  std::map<core::Generation, std::string> jtis_;
  std::set<std::string> blacklisted_jtis_;
  std::map<std::string, bool> whitelist_;
  std::set<core::Generation> refresh_keys_{0};
  bool blacklisted_ = false;
};

}  // namespace recant::redis

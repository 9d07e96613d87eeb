#include "model_driver.hpp"

#include <utility>

namespace recant::redis {

using core::RefreshOutcome;
using core::Whitelisting;

ModelSession::ModelSession(UnixMillis begun, UnixMillis now, const core::SessionNonce& nonce,
                           const core::SessionLifetimes& lifetimes, core::Strategy strategy,
                           std::string jti)
    : family_(core::make_family(begun, now, nonce, lifetimes, strategy)) {
  name_live_jti(std::move(jti));
}

Prediction ModelSession::refresh(const core::PresentedRefresh& presented,
                                 const Watermarks& watermarks, core::Strategy strategy,
                                 UnixMillis now, const core::SessionLifetimes& lifetimes) {
  core::RevocationState state{watermarks.subject, watermarks.everybody, blacklisted_, true,
                              strategy};
  if (family_) {
    for (auto& [generation, grant] : family_->access) {
      const auto& jti = jtis_[generation];
      grant.revoked = blacklisted_jtis_.contains(jti);
      if (grant.whitelisting == Whitelisting::never) continue;
      grant.whitelisting = whitelist_.at(jti) ? Whitelisting::stands : Whitelisting::gone;
    }
    state.refresh_key_present = refresh_keys_.contains(family_->generation);
  }
  const auto decision = core::decide_refresh(family_, state, presented, now, lifetimes);
  Prediction prediction{decision.outcome, decision.retry_after};
  if (decision.close) close();
  if (decision.outcome == RefreshOutcome::rotated) {
    refresh_keys_.erase(family_->generation);
    refresh_keys_.erase(presented.generation);
    family_ = core::rotate(*std::move(family_), presented.generation, now, lifetimes, strategy);
    refresh_keys_.insert(family_->generation);
    jtis_[family_->generation].clear();
  }
  if (decision.outcome == RefreshOutcome::rotated || decision.outcome == RefreshOutcome::repeated) {
    prediction.live = true;
    prediction.generation = family_->generation;
    prediction.access = family_->access.at(family_->generation);
    prediction.end = family_->end;
    prediction.jti = jtis_[family_->generation];
  }
  return prediction;
}

void ModelSession::name_live_jti(std::string jti) {
  const auto generation = family_->generation;
  whitelist_[jti] = family_->access.at(generation).whitelisting == Whitelisting::stands;
  jtis_[generation] = std::move(jti);
}

void ModelSession::set_whitelisted(const std::string& jti, bool stands) {
  const auto found = whitelist_.find(jti);
  if (found != whitelist_.end()) found->second = stands;
}

void ModelSession::close() {
  if (family_) {
    for (const auto& [generation, grant] : family_->access) {
      blacklisted_jtis_.insert(jtis_[generation]);
      if (grant.whitelisting != Whitelisting::never) whitelist_.at(jtis_[generation]) = false;
    }
    refresh_keys_.erase(family_->generation);
  }
  blacklisted_ = true;
  family_.reset();
}

void ModelSession::close_without_record() {
  blacklisted_ = true;
  family_.reset();
}

bool ModelSession::supersede_in_future(UnixMillis at) {
  if (!family_ || family_->superseded.empty()) return false;
  family_->superseded.rbegin()->second = at;
  return true;
}

void ModelSession::rewind(Copy copy, bool with_refresh_key) {
  family_ = std::move(copy.family);
  jtis_ = std::move(copy.jtis);
  if (family_ && with_refresh_key) refresh_keys_.insert(family_->generation);
}

std::optional<core::Generation> ModelSession::live_generation() const {
  if (!family_) return std::nullopt;
  return family_->generation;
}

std::optional<core::Generation> ModelSession::refresh_key(UnixMillis now) const {
  if (!has_record(now) || !refresh_keys_.contains(family_->generation)) return std::nullopt;
  return family_->generation;
}

std::optional<UnixMillis> ModelSession::superseded_at(core::Generation generation) const {
  if (!family_) return std::nullopt;
  const auto found = family_->superseded.find(generation);
  if (found == family_->superseded.end()) return std::nullopt;
  return found->second;
}

}  // namespace recant::redis

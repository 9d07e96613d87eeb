#include "verify/judgement.hpp"

namespace recant::verify {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::valid:
      return "valid";
    case Verdict::invalid:
      return "invalid";
    case Verdict::revoked:
      return "revoked";
    case Verdict::unavailable:
      return "unavailable";
  }
  return "unknown";
}

std::string_view name_of(Source source) {
  switch (source) {
    case Source::local:
      return "local";
    case Source::cache:
      return "cache";
    case Source::redis:
      return "redis";
    case Source::outlived:
      return "outlived";
  }
  return "unknown";
}

std::string_view name_of(Ignorance ignorance) {
  switch (ignorance) {
    case Ignorance::no_answer:
      return "redis";
    case Ignorance::unknown_policy:
      return "policy";
    case Ignorance::other_keys:
      return "other_keys";
    case Ignorance::clocks_differ:
      return "clock";
    case Ignorance::overloaded:
      return "busy";
    case Ignorance::stopped:
      return "stopped";
  }
  return "unknown";
}

std::string_view Judgement::cause() const {
  if (error) return name_of(*error);
  if (revoked_by) return name_of(*revoked_by);
  if (ignorance) return name_of(*ignorance);
  return {};
}

}  // namespace recant::verify

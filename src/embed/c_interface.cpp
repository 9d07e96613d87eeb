// recant/recant.h over recant/verifier.hpp. Nothing is decided here.
#include <recant/recant.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <new>
#include <recant/verifier.hpp>
#include <string>
#include <utility>

#include "embed/option_names.hpp"

struct recant_options {
  recant::VerifierOptions options;
  std::string message;
};
struct recant_verifier {
  std::unique_ptr<recant::Verifier> verifier;
};
struct recant_checked {
  recant::Checked checked;
};

namespace {

using recant::Checked;
using recant::Verdict;

static_assert(static_cast<int>(Verdict::valid) == RECANT_VALID);
static_assert(static_cast<int>(Verdict::invalid) == RECANT_INVALID);
static_assert(static_cast<int>(Verdict::revoked) == RECANT_REVOKED);
static_assert(static_cast<int>(Verdict::unavailable) == RECANT_UNAVAILABLE);

/// Short enough for a std::string to need none.
constexpr const char* kNoMemory = "out of memory";

recant_verdict to_c(Verdict verdict) { return static_cast<recant_verdict>(verdict); }

std::string_view text_of(const char* text) {
  return text == nullptr ? std::string_view() : std::string_view(text);
}
std::string_view text_of(const char* text, std::size_t length) {
  return text == nullptr ? std::string_view() : std::string_view(text, length);
}

/// Says why not, where that can be said.
int fail(recant_options* options, const char* why) noexcept {
  try {
    options->message = why;
  } catch (...) {
    options->message.clear();
  }
  return -1;
}

recant_verdict keep(Checked checked, recant_checked* into) {
  const recant_verdict verdict = to_c(checked.verdict());
  if (into != nullptr) into->checked = std::move(checked);
  return verdict;
}

template <class Text>
const char* text_or_none(const recant_checked* checked, Text text) {
  return checked == nullptr ? "" : (checked->checked.*text)().data();
}

}  // namespace

extern "C" {

const char* recant_version(void) { return recant::version(); }

const char* recant_verdict_name(recant_verdict verdict) {
  if (verdict == RECANT_NOT_CACHED) return "not_cached";
  return recant::to_string(static_cast<Verdict>(verdict));
}

recant_options* recant_options_new(void) {
  try {
    return new recant_options();
  } catch (...) {
    return nullptr;
  }
}

void recant_options_free(recant_options* options) { delete options; }

int recant_options_set(recant_options* options, const char* name, const char* value) {
  if (options == nullptr) return -1;
  try {
    const auto wrong = recant::embed::set_option(options->options, text_of(name), text_of(value));
    return wrong ? fail(options, wrong->c_str()) : 0;
  } catch (...) {
    return fail(options, kNoMemory);
  }
}

int recant_options_add_issuer(recant_options* options) {
  if (options == nullptr) return -1;
  try {
    options->options.issuers.emplace_back();
    return 0;
  } catch (...) {
    return fail(options, kNoMemory);
  }
}

void recant_options_set_log(recant_options* options, recant_log log, void* user) {
  if (options == nullptr) return;
  if (log == nullptr) {
    options->options.log = nullptr;
    return;
  }
  // Two pointers: std::function keeps them without asking for memory.
  options->options.log = [log, user](recant::LogLevel level, std::string_view line) {
    log(user, static_cast<int>(level), std::string(line).c_str());
  };
}

const char* recant_options_message(const recant_options* options) {
  return options == nullptr ? "" : options->message.c_str();
}

recant_verifier* recant_verifier_new(recant_options* options) {
  if (options == nullptr) return nullptr;
  try {
    auto created = recant::Verifier::create(options->options);
    if (!created) {
      fail(options, created.message());
      return nullptr;
    }
    return new recant_verifier{std::move(created.verifier)};
  } catch (...) {
    fail(options, kNoMemory);
    return nullptr;
  }
}

void recant_verifier_free(recant_verifier* verifier) { delete verifier; }

int recant_ready(recant_verifier* verifier) {
  return verifier != nullptr && verifier->verifier->ready() ? 1 : 0;
}

size_t recant_why_not_ready(recant_verifier* verifier, char* text, size_t size) {
  const std::string why =
      verifier == nullptr ? std::string("no verifier") : verifier->verifier->why_not_ready();
  if (text != nullptr && size > 0) {
    const std::size_t count = std::min(size - 1, why.size());
    std::memcpy(text, why.data(), count);
    text[count] = '\0';
  }
  return why.size();
}

recant_verdict recant_check_cached(recant_verifier* verifier, const char* token, size_t length,
                                   recant_checked* checked) {
  if (verifier == nullptr) return keep(Checked(), checked);
  auto known = verifier->verifier->check_cached(text_of(token, length));
  if (known) return keep(*std::move(known), checked);
  // Nothing of an earlier token stays there to be read.
  keep(Checked(), checked);
  return RECANT_NOT_CACHED;
}

recant_verdict recant_check(recant_verifier* verifier, const char* token, size_t length,
                            uint32_t deadline_ms, recant_checked* checked) {
  if (verifier == nullptr) return keep(Checked(), checked);
  const std::chrono::milliseconds deadline(deadline_ms);
  return keep(verifier->verifier->check(text_of(token, length), deadline), checked);
}

void recant_check_async(recant_verifier* verifier, const char* token, size_t length,
                        recant_done done, void* user) {
  if (done == nullptr) return;
  const auto tell = [done, user](const Checked& checked) {
    const recant_checked shown{checked};
    done(user, &shown);
  };
  if (verifier == nullptr) return tell(Checked());
  verifier->verifier->check(text_of(token, length), tell);
}

recant_checked* recant_checked_new(void) { return new (std::nothrow) recant_checked(); }
recant_checked* recant_checked_copy(const recant_checked* checked) {
  return checked == nullptr ? recant_checked_new() : new (std::nothrow) recant_checked(*checked);
}
void recant_checked_free(recant_checked* checked) { delete checked; }

recant_verdict recant_checked_verdict(const recant_checked* checked) {
  return checked == nullptr ? RECANT_UNAVAILABLE : to_c(checked->checked.verdict());
}
const char* recant_checked_reason(const recant_checked* checked) {
  return text_or_none(checked, &Checked::reason);
}
const char* recant_checked_subject(const recant_checked* checked) {
  return text_or_none(checked, &Checked::subject);
}
const char* recant_checked_session(const recant_checked* checked) {
  return text_or_none(checked, &Checked::session);
}
const char* recant_checked_scope(const recant_checked* checked) {
  return text_or_none(checked, &Checked::scope);
}
const char* recant_checked_client_id(const recant_checked* checked) {
  return text_or_none(checked, &Checked::client_id);
}
const char* recant_checked_issuer(const recant_checked* checked) {
  return text_or_none(checked, &Checked::issuer);
}
int recant_checked_has_scope(const recant_checked* checked, const char* word) {
  return checked != nullptr && checked->checked.has_scope(text_of(word)) ? 1 : 0;
}
int recant_checked_has_audience(const recant_checked* checked, const char* name) {
  return checked != nullptr && checked->checked.has_audience(text_of(name)) ? 1 : 0;
}
int64_t recant_checked_expires_at(const recant_checked* checked) {
  if (checked == nullptr) return 0;
  const auto since_epoch = checked->checked.expires_at().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::seconds>(since_epoch).count();
}

}  // extern "C"

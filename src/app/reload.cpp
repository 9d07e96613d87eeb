#include "app/reload.hpp"

#include "app/foreign_issuers.hpp"
#include "app/own_key_files.hpp"

namespace recant::app {
namespace {

void tell_what_takes_a_restart(const Config& running, const Config& changed, Log& log) {
  for (const Setting& setting : settings()) {
    if (setting.name() == "keys.files") continue;
    if (value_text(setting, running) == value_text(setting, changed)) continue;
    log.write(LogLevel::warn, "a setting has changed, which takes a restart",
              {{"setting", setting.name()}});
  }
}

}  // namespace

OrRefusal<std::vector<service::OwnKey>> read_own_keys_again(const Config& running,
                                                            const ConfigSources& sources,
                                                            Log& log) {
  const auto loaded = load_config(sources);
  if (!loaded) {
    Refusal refusal;
    for (const std::string& mistake : loaded.error()) {
      refusal.sentence += (refusal.sentence.empty() ? "" : " ") + mistake;
    }
    return refusal;
  }
  if (loaded->config.keys.files.empty()) {
    return Refusal{"keys.files is empty now: it takes a restart for Recant to make keys again."};
  }
  auto own =
      read_own_keys(loaded->config.keys.files, *crypto::parse_algorithm(running.token.algorithm));
  if (!own) return own.error();
  // None of them may be another issuer's too.
  if (auto issuers = load_foreign_issuers(running.issuers, service::own_key_set(*own)); !issuers) {
    return issuers.error();
  }
  tell_what_takes_a_restart(running, loaded->config, log);
  return own;
}

}  // namespace recant::app

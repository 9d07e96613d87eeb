// What SIGHUP reads again of the keys.
#pragma once

#include <vector>

#include "app/load_config.hpp"
#include "app/log.hpp"
#include "app/refusal.hpp"
#include "service/key_ring.hpp"

namespace recant::app {

/// The keys that keys.files names now: the configuration is read again and nothing else is taken
/// from it; the log says which other settings have changed, and that those take a restart. A
/// refusal says why the keys stay as they are.
OrRefusal<std::vector<service::OwnKey>> read_own_keys_again(const Config& running,
                                                            const ConfigSources& sources, Log& log);

}  // namespace recant::app

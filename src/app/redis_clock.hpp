// How far the clock of Redis is ahead of ours. Ends of entries and sessions are of its making, so
// two that disagree revoke too early or too late.
//
// On the thread of its connection.
#pragma once

#include <chrono>
#include <optional>

#include "base/clock.hpp"
#include "base/task.hpp"
#include "redis/commander.hpp"

namespace recant::app {

/// Against the middle of the time that the answer took; nothing when there is no answer.
Task<std::optional<std::chrono::duration<double>>> ask_clock_offset(redis::Commander& redis,
                                                                    const Clock& clock);

}  // namespace recant::app

// How replies and errors of Redis look in a test's output. Only for tests: a reply may hold what no
// log should.
#pragma once

#include <iosfwd>

#include "redis/reply.hpp"
#include "redis/resp_parser.hpp"

namespace recant::redis {

std::ostream& operator<<(std::ostream& out, const Reply& reply);
std::ostream& operator<<(std::ostream& out, const RedisError& error);
std::ostream& operator<<(std::ostream& out, RedisErrc code);
std::ostream& operator<<(std::ostream& out, ParseErrc code);

}  // namespace recant::redis

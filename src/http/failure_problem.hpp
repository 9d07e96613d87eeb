// What the use cases' failures are on the wire.
#pragma once

#include "http/problem.hpp"
#include "service/failure.hpp"

namespace recant::http {

/// The one place where a use case's failure becomes a code, and so a status.
Problem to_problem(const service::Failure& failure);
/// As above, for the failure of a token that was sent: clients may refresh on it.
Problem to_token_problem(const service::Failure& failure);

}  // namespace recant::http

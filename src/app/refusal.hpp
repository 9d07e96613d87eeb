// Why the program does not go on: one sentence for the operator that names the thing and the
// remedy, and quotes no secret.
#pragma once

#include <string>

#include "base/result.hpp"

namespace recant::app {

struct Refusal {
  std::string sentence;
};

template <class T>
using OrRefusal = Result<T, Refusal>;

}  // namespace recant::app

// Why a database cannot be used at start-up: one sentence for the operator that names the path and
// the remedy.
#pragma once

#include <string>

#include "base/result.hpp"

namespace recant::database {

struct OpenError {
  std::string sentence;
};

template <class T>
using Opened = Result<T, OpenError>;

}  // namespace recant::database

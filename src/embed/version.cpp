#include <recant/verifier.hpp>

namespace recant {

const char* version() noexcept { return RECANT_VERSION; }

}  // namespace recant

// For a value that is to be made where it stands, in an optional say, by a constructor that only
// few may call, or of what is large and not to be moved.
#pragma once

#include <type_traits>

namespace recant {

/// Converts to what `make` makes, and that is all: nothing is copied or moved on the way.
///
///   std::optional<Large> large(std::in_place, MadeBy([&] { return Large(…); }));
template <class Make>
class MadeBy {
 public:
  explicit MadeBy(Make make) : make_(make) {}
  operator std::invoke_result_t<const Make&>() const {  // NOLINT(google-explicit-constructor)
    return make_();
  }

 private:
  Make make_;
};

}  // namespace recant

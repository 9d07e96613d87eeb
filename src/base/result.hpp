// What can fail in an expected way returns Result<T, E>; exceptions are for what nobody expects
// and are caught once, at the edge of a request. E is the one documented error enum of a room,
// or a struct around it.
#pragma once

#include <boost/system/result.hpp>

namespace recant {

/// Holds a T or an E. Test it (`if (!r)`) before `*r`; `r.error()` tells why not.
template <class T, class E>
using Result = boost::system::result<T, E>;

}  // namespace recant

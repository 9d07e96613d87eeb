// The one place where Boost.JSON is compiled: nothing of Boost is linked.
#include <boost/json/src.hpp>

// The one place where Boost.URL is compiled: nothing of Boost is linked.
#include <boost/url/src.hpp>

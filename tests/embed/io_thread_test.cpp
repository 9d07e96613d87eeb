#include "embed/io_thread.hpp"

#include <gtest/gtest.h>

namespace recant::embed {
namespace {

TEST(IoThreadTest, TakesNothingWhereItEndedBeforeAnythingLivedThere) {
  bool has_lived = false;
  IoThread thread;
  thread.end();
  thread.start({.begin = [&](IoThread::Context&) { has_lived = true; },
                .end = [] {},
                .failed = [](std::string_view) {}});
  thread.end();
  EXPECT_FALSE(has_lived);
  EXPECT_FALSE(thread.post([] {})) << "its context is gone";
}

}  // namespace
}  // namespace recant::embed

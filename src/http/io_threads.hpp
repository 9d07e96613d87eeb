// Event loops, one a thread (concurrency hint 1: each is run by its own thread only, everybody else
// may post to it).
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <cstddef>
#include <memory>
#include <thread>
#include <vector>

namespace recant::http {

/// Construct, stop and destroy on one thread. The contexts live until destruction, so declare this
/// before whatever holds sockets or timers of theirs.
class IoThreads {
 public:
  explicit IoThreads(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) loops_.push_back(std::make_unique<Loop>());
  }
  ~IoThreads() { stop(); }
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  std::size_t size() const { return loops_.size(); }
  boost::asio::io_context& io(std::size_t i) { return loops_.at(i)->io; }

  void run() {
    for (auto& loop : loops_) loop->thread = std::thread([io = &loop->io] { io->run(); });
  }
  /// Leaves what is pending undone, and joins.
  void stop() {
    for (auto& loop : loops_) loop->io.stop();
    for (auto& loop : loops_) {
      if (loop->thread.joinable()) loop->thread.join();
    }
  }

 private:
  struct Loop {
    boost::asio::io_context io{1};
    boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work{
        io.get_executor()};
    std::thread thread;
  };
  std::vector<std::unique_ptr<Loop>> loops_;
};

}  // namespace recant::http

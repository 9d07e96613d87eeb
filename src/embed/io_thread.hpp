// The library's thread: an io_context and who runs it. It takes no signals, which are the embedding
// program's.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <thread>

namespace recant::embed {

class IoThread {
 public:
  IoThread() = default;
  /// join() first.
  ~IoThread() = default;
  IoThread(const IoThread&) = delete;
  IoThread& operator=(const IoThread&) = delete;

  /// std::system_error when there can be no thread.
  void start();
  /// Waits for its end, which follows context().stop().
  void join();
  boost::asio::io_context& context() { return context_; }

 private:
  boost::asio::io_context context_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{
      context_.get_executor()};
  std::thread thread_;
};

}  // namespace recant::embed

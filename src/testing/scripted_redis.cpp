#include "testing/scripted_redis.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/write.hpp>
#include <utility>

#include "redis/resp_parser.hpp"

namespace recant::testing {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

const std::string kHelloReply =
    "%7\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n$5\r\nproto\r\n:3\r\n"
    "$2\r\nid\r\n:1\r\n$4\r\nmode\r\n$10\r\nstandalone\r\n$4\r\nrole\r\n$6\r\nmaster\r\n"
    "$7\r\nmodules\r\n*0\r\n";

// One connection: reads commands, which are RESP arrays and so read by the same parser, and plays a
// line for each.
class ScriptedRedis::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(ScriptedRedis& owner, tcp::socket socket, Conversation lines, std::size_t index)
      : owner_(owner), socket_(std::move(socket)), lines_(std::move(lines)), index_(index) {}

  void read() {
    socket_.async_read_some(asio::buffer(buffer_),
                            [self = shared_from_this()](error_code error, std::size_t size) {
                              if (error) return;
                              self->parser_.feed({self->buffer_.data(), size});
                              if (self->play()) self->read();
                            });
  }

 private:
  /// False once the connection is closed.
  bool play() {
    while (true) {
      auto command = parser_.next();
      if (!command) return false;
      if (!*command) return true;
      {
        const std::lock_guard lock(owner_.mutex_);
        owner_.commands_[index_].push_back(std::move(**command));
      }
      if (played_ == lines_.size()) continue;
      const Line& line = lines_[played_++];
      error_code ignored;
      if (const auto* say = std::get_if<Say>(&line)) {
        asio::write(socket_, asio::buffer(say->bytes), ignored);
      } else if (const auto* last = std::get_if<SayAndClose>(&line)) {
        asio::write(socket_, asio::buffer(last->bytes), ignored);
        socket_.shutdown(tcp::socket::shutdown_both, ignored);
        socket_.close(ignored);
        return false;
      }
    }
  }

  ScriptedRedis& owner_;
  tcp::socket socket_;
  Conversation lines_;
  std::size_t index_;
  std::size_t played_ = 0;
  redis::RespParser parser_;
  std::array<char, 4096> buffer_{};
};

ScriptedRedis::ScriptedRedis(std::vector<Conversation> conversations)
    : conversations_(std::move(conversations)),
      acceptor_(io_, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
  accept();
  thread_ = std::thread([this] { io_.run(); });
}

ScriptedRedis::~ScriptedRedis() {
  io_.stop();
  thread_.join();
}

void ScriptedRedis::accept() {
  acceptor_.async_accept([this](error_code error, tcp::socket socket) {
    if (error) return;
    std::size_t index = 0;
    {
      const std::lock_guard lock(mutex_);
      index = commands_.size();
      commands_.emplace_back();
    }
    const auto& lines = conversations_[std::min(index, conversations_.size() - 1)];
    std::make_shared<Session>(*this, std::move(socket), lines, index)->read();
    accept();
  });
}

std::shared_ptr<const redis::Target> ScriptedRedis::target() const {
  auto target = std::make_shared<redis::Target>();
  target->address = redis::TcpAddress{"127.0.0.1", acceptor_.local_endpoint().port()};
  return target;
}

std::vector<redis::Reply> ScriptedRedis::commands(std::size_t index) const {
  const std::lock_guard lock(mutex_);
  return index < commands_.size() ? commands_[index] : std::vector<redis::Reply>();
}

std::size_t ScriptedRedis::connections() const {
  const std::lock_guard lock(mutex_);
  return commands_.size();
}

}  // namespace recant::testing

#include "redis/connection.hpp"

#include <array>
#include <boost/asio/any_completion_handler.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <optional>
#include <utility>
#include <vector>

#include "crypto/tls_wire.hpp"
#include "redis/dial.hpp"
#include "redis/tls_client.hpp"

namespace recant::redis {

namespace asio = boost::asio;
using Replies = Result<std::vector<Reply>, RedisError>;

// Executes the actions of the state machine and tells it what came of them. Handlers keep the
// driver alive; those of an earlier connection are known by their Link and say nothing more.
class Connection::Driver : public std::enable_shared_from_this<Driver> {
 public:
  using ReplyHandler = asio::any_completion_handler<void(Replies)>;
  using StopHandler = asio::any_completion_handler<void()>;

  Driver(asio::any_io_executor executor, std::shared_ptr<const Target> target,
         ConnectionOptions options, const Clock& clock, RandomSource& random,
         ConnectionObserver* observer)
      : executor_(std::move(executor)),
        address_(target->address),
        tls_(target->tls ? std::optional<TlsClient>(*target->tls) : std::nullopt),
        clock_(clock),
        observer_(observer),
        timer_(executor_),
        fsm_(std::move(target), std::move(options), random) {}

  void start() {
    fsm_.start(clock_.steady());
    pump();
  }

  void submit(std::string bytes, std::size_t commands, ReplyHandler handler) {
    fsm_.submit(keep(std::move(handler)), std::move(bytes), commands, clock_.steady());
    if (!flush_posted_) {
      flush_posted_ = true;
      asio::post(executor_, [self = shared_from_this()] {
        self->flush_posted_ = false;
        self->fsm_.flush(self->clock_.steady());
        self->pump();
      });
    }
    pump();
  }

  void stop(StopHandler handler) {
    stop_handlers_.push_back(std::move(handler));
    fsm_.stop(clock_.steady());
    pump();
  }

  void abort() noexcept {
    observer_ = nullptr;
    try {
      fsm_.abort();
      pump();
    } catch (...) {  // NOLINT(bugprone-empty-catch): there is no memory to tell anybody
    }
    if (pumping_) return;  // which goes on, and tells
    // Whoever was not told, now or by a pump that threw before, waits here, and keeps us alive.
    for (std::size_t id = 0; id < handlers_.size(); ++id) handlers_[id].reset();
  }

  bool is_up() const { return fsm_.state() == ConnectionFsm::State::ready; }

 private:
  /// The life of one socket.
  struct Link {
    std::optional<Socket> socket;
    asio::cancellation_signal cancel_dialling;
    crypto::TlsWire wire;
    bool connected = false;  ///< the state machine knows
    std::array<char, 16 * 1024> incoming;
    std::string outgoing;
    bool sending = false;       ///< `outgoing` is on its way
    bool owes_written = false;  ///< the state machine waits for its Write to be done
  };
  using LinkPtr = std::shared_ptr<Link>;

  RequestId keep(ReplyHandler handler) {
    if (free_.empty()) {
      handlers_.emplace_back(std::move(handler));
      free_.reserve(handlers_.capacity());  // to be given back takes no memory
      return static_cast<RequestId>(handlers_.size() - 1);
    }
    const RequestId id = free_.back();
    free_.pop_back();
    handlers_[id].emplace(std::move(handler));
    return id;
  }

  /// Executes what the state machine wants. What an observer or handler asks meanwhile is queued.
  void pump() {
    if (pumping_) return;
    execute_all();
    arm_timer();
    if (fsm_.state() == ConnectionFsm::State::stopped) {
      timer_.cancel();
      for (StopHandler& handler : std::exchange(stop_handlers_, {})) post(std::move(handler));
    }
  }

  /// One that throws is lost; those after it wait for the next pump.
  void execute_all() {
    struct Pumping {
      explicit Pumping(bool& is) : is_(is) { is_ = true; }
      ~Pumping() { is_ = false; }
      bool& is_;
    };
    const Pumping meanwhile(pumping_);
    for (;;) {
      if (executed_ == batch_.size()) {
        executed_ = 0;
        fsm_.take_actions(batch_);
        if (batch_.empty()) return;
      }
      std::visit([this](auto& what) { execute(what); }, batch_[executed_++]);
    }
  }

  /// Never inline: the coroutine may come back with its next command before we are through, and
  /// those that are resumed together are sent together.
  template <class Handler, class... Values>
  void post(Handler handler, Values... values) {
    asio::post(executor_, [handler = std::move(handler), ... values = std::move(values)]() mutable {
      std::move(handler)(std::move(values)...);
    });
  }

  void execute(action::Connect&) {
    link_ = std::make_shared<Link>();
    if (tls_ && !secure(*link_)) return;
    auto done = [self = shared_from_this(), link = link_](const std::exception_ptr& error,
                                                          Dialled dialled) {
      if (self->link_ == link) self->on_dialled(error, std::move(dialled));
    };
    asio::co_spawn(executor_, dial(address_),
                   asio::bind_cancellation_slot(link_->cancel_dialling.slot(), std::move(done)));
  }

  void on_dialled(const std::exception_ptr& error, Dialled dialled) {
    if (error || !dialled.socket) {
      fsm_.connect_failed(error ? "the attempt failed" : dialled.why_not, clock_.steady());
    } else {
      link_->socket = std::move(dialled.socket);
      advance(link_, {});
      read();
    }
    pump();
  }

  /// Puts TLS between; there is no way back to the clear from here.
  bool secure(Link& link) {
    const auto context = tls_->context();
    if (!context) {
      fsm_.connect_failed(context.error(), clock_.steady(), true);
      return false;
    }
    link.wire = crypto::TlsWire(*context, std::get<TcpAddress>(address_).host);
    return true;
  }

  /// After each step of the wire: sends what it wants sent, and says what has come of it.
  void advance(const LinkPtr& link, std::string_view text) {
    flush(link);
    const auto now = clock_.steady();
    if (!link->connected && link->wire.is_open()) {
      link->connected = true;
      fsm_.connected(now);
    }
    if (!text.empty()) fsm_.received(text, now);
    if (const crypto::TlsSession* ended = link->wire.ended()) report(*ended, link->connected);
  }

  void report(const crypto::TlsSession& ended, bool connected) {
    const bool failed = ended.state() == crypto::TlsSession::State::failed;
    const TlsRefusal refusal =
        failed ? explain(ended, std::get<TcpAddress>(address_).host) : TlsRefusal{"End of file"};
    const auto now = clock_.steady();
    // In TLS 1.3 a server judges our certificate after the handshake is over for us.
    connected ? fsm_.closed(refusal.why, now, refusal.lasting)
              : fsm_.connect_failed(refusal.why, now, refusal.lasting);
  }

  /// The socket itself failed.
  void broke(const LinkPtr& link, const boost::system::error_code& error) {
    const auto now = clock_.steady();
    link->connected
        ? fsm_.closed(error.message(), now)
        : fsm_.connect_failed("it ended the connection while TLS was being set up (" +
                                  error.message() + "); rediss:// needs a port that speaks TLS",
                              now);
  }

  void execute(action::Close&) {
    if (!link_) return;
    const LinkPtr link = std::exchange(link_, nullptr);
    boost::system::error_code ignored;
    if (link->socket) {
      link->socket->close(ignored);
    } else {
      link->cancel_dialling.emit(asio::cancellation_type::terminal);
    }
  }

  void execute(action::Write& write) {
    link_->owes_written = true;
    link_->wire.send(std::move(write.bytes));
    flush(link_);
  }

  void flush(const LinkPtr& link) {
    if (link->sending) return;
    link->outgoing = link->wire.take_output();
    if (link->outgoing.empty()) {
      if (std::exchange(link->owes_written, false)) fsm_.written(clock_.steady());
      return;
    }
    link->sending = true;
    asio::async_write(
        *link->socket, asio::buffer(link->outgoing),
        [self = shared_from_this(), link](const boost::system::error_code& error, std::size_t) {
          if (self->link_ == link) self->on_sent(link, error);
        });
  }

  void on_sent(const LinkPtr& link, const boost::system::error_code& error) {
    if (!error) {
      link->sending = false;
      flush(link);
    } else if (!tls_) {
      broke(link, error);
    }
    // Under TLS the alert that says why may have come before: whoever reads tells.
    pump();
  }

  void read() {
    link_->socket->async_read_some(
        asio::buffer(link_->incoming),
        [self = shared_from_this(), link = link_](const boost::system::error_code& error,
                                                  std::size_t size) {
          if (self->link_ != link) return;
          if (error) {
            self->broke(link, error);
          } else {
            self->advance(link, link->wire.receive({link->incoming.data(), size}));
          }
          self->pump();
          if (self->link_ == link) self->read();
        });
  }

  void execute(action::Complete& complete) {
    Completion& completion = complete.completion;
    free_.push_back(completion.id);
    auto& kept = handlers_[completion.id];
    if (!kept) return;  // abort() has dropped it
    ReplyHandler handler = std::move(*kept);
    kept.reset();
    post(std::move(handler), std::move(completion.outcome));
  }

  void execute(action::Push& push) {
    if (observer_) observer_->pushed(push.reply);
  }
  void execute(action::Denied& denied) {
    if (observer_) observer_->denied(denied.what);
  }
  void execute(action::Up&) {
    if (observer_) observer_->up();
  }
  void execute(action::Down& down) {
    if (observer_) observer_->down(down.why);
    if (observer_ && down.lasting) observer_->refused(down.why);
  }

  /// A timer that rings too early does no harm, so one that is armed early enough is left alone:
  /// deadlines mostly move away, with every answer.
  void arm_timer() {
    const auto wake_at = fsm_.wake_at();
    if (!wake_at || (armed_for_ && *armed_for_ <= *wake_at)) return;
    armed_for_ = wake_at;
    timer_.expires_after(*wake_at - clock_.steady());
    timer_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
      if (error) return;
      self->armed_for_.reset();
      self->fsm_.tick(self->clock_.steady());
      self->pump();
    });
  }

  asio::any_io_executor executor_;
  Address address_;
  std::optional<TlsClient> tls_;  ///< if there is one, nothing is sent in the clear
  const Clock& clock_;
  ConnectionObserver* observer_;
  asio::steady_timer timer_;
  ConnectionFsm fsm_;

  LinkPtr link_;  ///< of the connection or attempt in force
  /// By request. Optional, because Boost 1.81's handler cannot be assigned (it calls itself).
  std::vector<std::optional<ReplyHandler>> handlers_;
  std::vector<RequestId> free_;  ///< places in handlers_ that hold nothing
  std::vector<StopHandler> stop_handlers_;
  std::vector<Action> batch_;
  std::size_t executed_ = 0;  // of batch_
  std::optional<SteadyInstant> armed_for_;
  bool flush_posted_ = false;
  bool pumping_ = false;
};

Connection::Connection(const asio::any_io_executor& executor, std::shared_ptr<const Target> target,
                       ConnectionOptions options, const Clock& clock, RandomSource& random,
                       ConnectionObserver* observer)
    : driver_(std::make_shared<Driver>(executor, std::move(target), std::move(options), clock,
                                       random, observer)) {
  driver_->start();
}

Connection::~Connection() { driver_->abort(); }

void Connection::abort() { driver_->abort(); }

bool Connection::is_up() const { return driver_->is_up(); }

Task<Replies> Connection::exchange(std::string bytes, std::size_t reply_count) {
  if (reply_count == 0) co_return std::vector<Reply>();
  auto start = [driver = driver_, bytes = std::move(bytes), reply_count](auto handler) mutable {
    driver->submit(std::move(bytes), reply_count, std::move(handler));
  };
  co_return co_await asio::async_initiate<decltype(asio::use_awaitable), void(Replies)>(
      std::move(start), asio::use_awaitable);
}

Task<void> Connection::stop() {
  auto start = [driver = driver_](auto handler) { driver->stop(std::move(handler)); };
  co_await asio::async_initiate<decltype(asio::use_awaitable), void()>(std::move(start),
                                                                       asio::use_awaitable);
}

}  // namespace recant::redis

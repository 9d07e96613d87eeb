#include "app/log.hpp"

#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/details/null_mutex.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <future>
#include <thread>
#include <utility>

namespace recant::app {
namespace {

void write_to_standard_error(std::string_view lines) {
  while (!lines.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, lines.data(), lines.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;  // nobody is left to be told
    lines.remove_prefix(static_cast<std::size_t>(written));
  }
}

/// How long the log's thread rests when it has written all there was. What comes meanwhile is
/// written at once, and whoever wrote it had nobody to wake: that took a tenth of a refresh.
constexpr std::chrono::milliseconds kRest{5};
constexpr std::size_t kMostAtOnce = 64 * 1024;
/// How long an end waits for whoever reads the log. What has not been read by then is lost.
constexpr std::chrono::seconds kLastFlush{1};

/// Hands whole lines on, many together when there are many. On the log's thread only, so it needs
/// no lock.
class LineSink final : public spdlog::sinks::base_sink<spdlog::details::null_mutex> {
 public:
  LineSink(std::function<void(std::string_view)> output, spdlog::details::thread_pool& pool)
      : output_(std::move(output)), pool_(pool) {}

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    lines_.append(message.payload.data(), message.payload.size());
    lines_ += '\n';
    const bool more_wait = pool_.queue_size() > 0;
    if (more_wait && lines_.size() < kMostAtOnce) return;
    flush_();
    if (!more_wait) std::this_thread::sleep_for(kRest);
  }

  void flush_() override {
    if (!lines_.empty()) output_(lines_);
    lines_.clear();
  }

  std::function<void(std::string_view)> output_;
  spdlog::details::thread_pool& pool_;  // whose thread we are on
  std::string lines_;
};

}  // namespace

LogLevel level_of(service::Event event) {
  switch (event) {
    case service::Event::login_failed:
    case service::Event::login_throttled:
    case service::Event::refresh_reused:
    case service::Event::admin_denied:
    case service::Event::csrf_refused:
      return LogLevel::warn;
    default:
      return LogLevel::info;
  }
}

class Log::Writer {
 public:
  Writer(std::size_t queue, std::function<void(std::string_view)> output)
      : pool_(std::make_shared<spdlog::details::thread_pool>(queue, 1)),
        logger_(std::make_shared<spdlog::async_logger>(
            "recant", std::make_shared<LineSink>(std::move(output), *pool_), pool_,
            spdlog::async_overflow_policy::overrun_oldest)) {
    logger_->set_level(spdlog::level::trace);  // what is too low never comes so far
  }
  // Works off the queue and joins: from then on nobody refers to the logger and its sink. A reader
  // who stands still keeps the log's thread in its write, and the pool waits for room in its queue
  // to end; so that is a thread's business, and left to it when it takes too long.
  ~Writer() {
    logger_->flush();
    std::promise<void> ended;
    const auto end = ended.get_future();
    std::thread last(
        [pool = std::move(pool_), logger = std::move(logger_), ended = std::move(ended)]() mutable {
          pool.reset();
          logger.reset();
          ended.set_value();
        });
    if (end.wait_for(kLastFlush) == std::future_status::ready) {
      last.join();
    } else {
      last.detach();
    }
  }
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void write(std::string_view line) {
    logger_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
  }
  std::size_t dropped() { return pool_->overrun_counter(); }

 private:
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> logger_;
};

LogOptions make_log_options(std::string_view level, std::string_view format, bool is_terminal) {
  LogOptions options;
  options.level = level == "debug"   ? LogLevel::debug
                  : level == "warn"  ? LogLevel::warn
                  : level == "error" ? LogLevel::error
                                     : LogLevel::info;
  options.json = format == "json" || (format == "auto" && !is_terminal);
  options.colour = is_terminal;
  return options;
}

Log::Log(LogOptions options, const Clock& clock)
    : level_(options.level), json_(options.json), colour_(options.colour), clock_(clock) {
  if (!options.output) options.output = write_to_standard_error;
  writer_ = std::make_unique<Writer>(options.queue, std::move(options.output));
}

Log::~Log() = default;

void Log::write(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!takes(level)) return;
  emit({clock_.wall(), level, "message", message, {fields.begin(), fields.size()}});
}

void Log::record(service::Event event, const service::Caller& caller,
                 const service::EventFields& fields) {
  const std::string_view actor = fields.actor.empty() ? caller.actor : fields.actor;
  const std::array<LogField, 8> all{{{"request_id", caller.request_id},
                                     {"subject", fields.subject},
                                     {"session", fields.session},
                                     {"token", fields.token},
                                     {"actor", actor},
                                     {"detail", fields.detail},
                                     {"address", caller.address},
                                     {"user_agent", caller.user_agent}}};
  emit({clock_.wall(), level_of(event), "event", service::name_of(event), all});
}

void Log::administered(const service::Caller& caller, const service::AdminAct& act) {
  const std::array<LogField, 6> all{{{"request_id", caller.request_id},
                                     {"actor", caller.actor},
                                     {"method", act.method},
                                     {"route", act.route},
                                     {"status", std::int64_t{act.status}},
                                     {"address", caller.address}}};
  emit({clock_.wall(), LogLevel::info, "message", "an administrator called", all});
}

std::size_t Log::dropped() const { return writer_->dropped(); }

void Log::emit(const LogRecord& record) {
  writer_->write(json_ ? to_json_line(record) : to_text_line(record, colour_));
}

}  // namespace recant::app

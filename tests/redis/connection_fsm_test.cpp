#include "redis/connection_fsm.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "testing/printers.hpp"
#include "testing/seeded_random.hpp"

namespace recant::redis {
namespace {

using namespace std::chrono_literals;

const std::string kHelloCommand =
    "*4\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$7\r\nSETNAME\r\n$6\r\nrecant\r\n";
const std::string kHelloOk = "%2\r\n+proto\r\n:3\r\n+role\r\n+master\r\n";

std::shared_ptr<const Target> make_target(std::uint32_t db = 0, std::string password = {},
                                          std::string user = {}) {
  auto target = std::make_shared<Target>();
  target->address = TcpAddress{"redis.example", 6379};
  target->db = db;
  target->password = SecretString(std::move(password));
  target->user = std::move(user);
  return target;
}

// Speaks to the machine in a table's words, and writes down what it wants as a line of text each:
//   connect · close · up · down: why · write: bytes · push · 7: blob"v" · 7: timeout
class Machine {
 public:
  explicit Machine(std::shared_ptr<const Target> target = make_target(),
                   ConnectionOptions options = {})
      : fsm_(std::move(target), std::move(options), random_) {}

  using Log = std::vector<std::string>;

  Log start() {
    return after([&] { fsm_.start(now_); });
  }
  Log submit(RequestId id, const std::string& bytes = "x", std::size_t commands = 1) {
    return after([&] { fsm_.submit(id, bytes, commands, now_); });
  }
  Log flush() {
    return after([&] { fsm_.flush(now_); });
  }
  Log connected() {
    return after([&] { fsm_.connected(now_); });
  }
  Log connect_failed(const std::string& why) {
    return after([&] { fsm_.connect_failed(why, now_); });
  }
  Log written() {
    return after([&] { fsm_.written(now_); });
  }
  Log received(const std::string& bytes) {
    return after([&] { fsm_.received(bytes, now_); });
  }
  Log closed(const std::string& why) {
    return after([&] { fsm_.closed(why, now_); });
  }
  Log stop() {
    return after([&] { fsm_.stop(now_); });
  }
  Log abort() {
    return after([&] { fsm_.abort(); });
  }

  /// Lets time pass, and ticks whenever the machine has asked for it, as a timer would.
  Log pass(milliseconds time) {
    Log log;
    const SteadyInstant end = now_ + time;
    while (fsm_.wake_at() && *fsm_.wake_at() <= end) {
      now_ = std::max(now_, *fsm_.wake_at());
      const Log tick = after([&] { fsm_.tick(now_); });
      log.insert(log.end(), tick.begin(), tick.end());
    }
    now_ = end;
    return log;
  }

  /// To state ready, with nothing under way.
  Machine& make_ready() {
    start();
    connected();
    written();
    EXPECT_EQ(received(kHelloOk), Log{"up"});
    return *this;
  }
  /// One request, sent and written.
  Machine& send(RequestId id) {
    submit(id);
    EXPECT_EQ(flush(), Log{"write: x"});
    written();
    return *this;
  }

  ConnectionFsm::State state() const { return fsm_.state(); }
  std::optional<SteadyInstant> wake_at() const { return fsm_.wake_at(); }
  SteadyInstant now() const { return now_; }

 private:
  template <class Event>
  Log after(Event event) {
    event();
    std::vector<Action> actions;
    fsm_.take_actions(actions);
    Log log;
    for (const Action& action : actions) {
      log.push_back(std::visit([](const auto& what) { return describe(what); }, action));
    }
    return log;
  }

  static std::string describe(const action::Connect&) { return "connect"; }
  static std::string describe(const action::Close&) { return "close"; }
  static std::string describe(const action::Denied& denied) { return "denied: " + denied.what; }
  static std::string describe(const action::Up&) { return "up"; }
  static std::string describe(const action::Down& down) {
    return (down.lasting ? "down for good: " : "down: ") + down.why;
  }
  static std::string describe(const action::Write& write) { return "write: " + write.bytes; }
  static std::string describe(const action::Push& push) {
    return "push: " + ::testing::PrintToString(push.reply);
  }
  static std::string describe(const action::Complete& complete) {
    const auto& [id, outcome] = complete.completion;
    std::string text = std::to_string(id) + ":";
    if (!outcome) return text + " " + std::string(name(outcome.error().code));
    for (const Reply& reply : *outcome) text += " " + ::testing::PrintToString(reply);
    return text;
  }

  testing::SeededRandom random_{1};
  SteadyInstant now_{1h};
  ConnectionFsm fsm_;
};

using Log = Machine::Log;

// The handshake.

TEST(ConnectionFsm, ShakesHandsAndIsUp) {
  Machine m;
  EXPECT_EQ(m.start(), Log{"connect"});
  EXPECT_EQ(m.connected(), Log{"write: " + kHelloCommand});
  EXPECT_EQ(m.written(), Log{});
  EXPECT_EQ(m.received(kHelloOk), Log{"up"});
  EXPECT_EQ(m.state(), ConnectionFsm::State::ready);
  EXPECT_EQ(m.wake_at(), std::nullopt);
}

TEST(ConnectionFsm, AuthenticatesAndSelectsInTheSameWrite) {
  Machine m(make_target(3, "pa ss", "alice"));
  m.start();
  EXPECT_EQ(m.connected(),
            Log{"write: *7\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$5\r\npa "
                "ss\r\n$7\r\nSETNAME\r\n$6\r\nrecant\r\n*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"});
  m.written();
  EXPECT_EQ(m.received(kHelloOk), Log{});
  EXPECT_EQ(m.received("+OK\r\n"), Log{"up"});
}

ConnectionOptions watching() {
  ConnectionOptions options;
  options.watched = {"a:", "b:"};
  return options;
}

// What changed before Redis has said that it tells was told to nobody, so nothing is asked before.
TEST(ConnectionFsm, R23_WatchesByBeginningsBeforeItIsUp) {
  Machine m(make_target(3), watching());
  m.start();
  m.submit(7, "question");
  EXPECT_EQ(m.connected(), Log{"write: " + kHelloCommand +
                               "*2\r\n$6\r\nSELECT\r\n$1\r\n3\r\n"
                               "*8\r\n$6\r\nCLIENT\r\n$8\r\nTRACKING\r\n$2\r\nON\r\n$5\r\nBCAST\r\n"
                               "$6\r\nPREFIX\r\n$2\r\na:\r\n$6\r\nPREFIX\r\n$2\r\nb:\r\n"});
  m.written();
  EXPECT_EQ(m.received(kHelloOk), Log{});
  EXPECT_EQ(m.received("+OK\r\n"), Log{});
  EXPECT_EQ(m.received("+OK\r\n"), (Log{"up", "write: question"}));
}

TEST(ConnectionFsm, OneThatIsNotToldOfChangesIsRefused) {
  const std::string redis = "down for good: Redis at redis.example:6379 ";
  const std::map<std::string, std::string> cases{
      {"-NOPERM this user has no permissions\r\n",
       "denies CLIENT TRACKING to this user; grant +client|tracking in its ACL"},
      {"-ERR unknown subcommand\r\n",
       "does not tell what changes (CLIENT TRACKING ON BCAST); Recant needs Redis 7.0 or Valkey "
       "7.2, reached directly"}};
  for (const auto& [reply, why] : cases) {
    Machine m(make_target(), watching());
    m.start();
    m.connected();
    m.written();
    m.received(kHelloOk);
    EXPECT_EQ(m.received(reply), (Log{"close", redis + why}));
  }
}

TEST(ConnectionFsm, APasswordWithoutAUserIsThatOfTheDefaultUser) {
  Machine m(make_target(0, "pw"));
  m.start();
  EXPECT_NE(m.connected().at(0).find("$4\r\nAUTH\r\n$7\r\ndefault\r\n$2\r\npw\r\n"),
            std::string::npos);
}

TEST(ConnectionFsm, AUserWithoutAPasswordIsThatUserAllTheSame) {
  Machine m(make_target(0, "", "alice"));
  m.start();
  EXPECT_NE(m.connected().at(0).find("$4\r\nAUTH\r\n$5\r\nalice\r\n$0\r\n\r\n"), std::string::npos);
}

TEST(ConnectionFsm, A11_APortThatWantsTlsIsGuessedFromItsSilence) {
  const std::string ended =
      "down: the connection to Redis at redis.example:6379 ended: End of file";
  const std::string hint =
      ", before it had said a word: if this port speaks TLS, write rediss:// in redis.url";
  Machine m;
  m.start();
  m.connected();
  EXPECT_EQ(m.closed("End of file"), (Log{"close", ended + hint}));

  Machine heard;
  heard.start();
  heard.connected();
  heard.received("%2");
  EXPECT_EQ(heard.closed("End of file"), (Log{"close", ended}));

  EXPECT_EQ(Machine().make_ready().closed("End of file"), (Log{"close", ended}));
}

TEST(ConnectionFsm, A11_AnAlertOfTlsIsKnown) {
  Machine m;
  m.start();
  m.connected();
  EXPECT_EQ(m.received("\x15\x03\x03\x00\x02\x02\x46"),
            (Log{"close",
                 "down for good: Redis at redis.example:6379 answers in TLS; write "
                 "rediss:// in redis.url"}));
  EXPECT_EQ(Machine().make_ready().received("\x15"),
            (Log{"close", "down: Redis at redis.example:6379 broke the protocol (unknown_type)"}));
}

struct Refusal {
  std::string reply;
  std::string why;
  bool lasting = true;  // an operator must see to it
};

TEST(ConnectionFsm, R35_RefusesWhatIsNoMasterThatSpeaksResp3AndSaysWhy) {
  const std::string redis = "Redis at redis.example:6379 ";
  const std::vector<Refusal> cases = {
      {"%2\r\n+proto\r\n:3\r\n+role\r\n+slave\r\n",
       "is not a master (role slave); give the address of the master"},
      {"%2\r\n+proto\r\n:3\r\n+role\r\n+replica\r\n",
       "is not a master (role replica); give the address of the master"},
      {"%1\r\n+proto\r\n:3\r\n", "is not a master (role unknown); give the address of the master"},
      {"%2\r\n+proto\r\n:3\r\n+mode\r\n+sentinel\r\n",
       "is a Sentinel, which holds no data; give the address of the master"},
      {"%2\r\n+proto\r\n:2\r\n+role\r\n+master\r\n",
       "does not speak RESP3; Recant needs Redis 7.0 or Valkey 7.2, reached directly"},
      {"+OK\r\n", "does not speak RESP3; Recant needs Redis 7.0 or Valkey 7.2, reached directly"},
      {"-WRONGPASS invalid username-password pair\r\n",
       "refuses the user name or password; correct them in redis.url"},
      {"-NOAUTH HELLO must be called with the client already authenticated\r\n",
       "asks for a password; put it into redis.url (redis://user:password@host)"},
      {"-NOPERM this user has no permissions\r\n",
       "denies HELLO or SELECT to this user; grant +hello and +select in its ACL"},
      {"-LOADING Redis is loading the dataset in memory\r\n", "is still loading its data set",
       false},
      {"-MASTERDOWN Link with MASTER is down\r\n",
       "is a replica that has lost its master; give the address of the master", false},
      {"-BUSY Redis is busy running a script\r\n", "answered HELLO with the error script_busy",
       false},
      // Redis 5 repeats the arguments of what it does not know: nothing of it is passed on.
      {"-ERR unknown command `HELLO`, with args beginning with: `3`, `AUTH`, `u`, `secret`\r\n",
       "does not understand HELLO 3; Recant needs Redis 7.0 or Valkey 7.2, reached directly"},
      {"HTTP/1.1 400 Bad Request\r\n", "broke the protocol (unknown_type)", false},
  };
  for (const Refusal& c : cases) {
    Machine m(make_target(0, "secret"));
    m.start();
    m.connected();
    m.written();
    EXPECT_EQ(m.received(c.reply),
              (Log{"close", (c.lasting ? "down for good: " : "down: ") + redis + c.why}))
        << c.reply;
    EXPECT_EQ(m.state(), ConnectionFsm::State::backing_off) << c.reply;
  }
}

TEST(ConnectionFsm, WhatWaitsMayEndWhenWeAreRefusedForGood) {
  for (const bool at_once : {true, false}) {
    ConnectionOptions options;
    options.fail_when_refused = at_once;
    Machine m(make_target(), options);
    m.start();
    m.submit(1);
    m.connected();
    m.written();
    const std::string why =
        "down for good: Redis at redis.example:6379 refuses the user name or "
        "password; correct them in redis.url";
    EXPECT_EQ(m.received("-WRONGPASS no\r\n"),
              at_once ? (Log{"close", "1: not_connected", why}) : (Log{"close", why}));
    EXPECT_EQ(m.submit(2), Log{}) << "the next may find it otherwise";
  }
}

TEST(ConnectionFsm, RefusesADatabaseThatIsNotThere) {
  Machine m(make_target(99));
  m.start();
  m.connected();
  m.written();
  EXPECT_EQ(m.received(kHelloOk + "-ERR DB index is out of range\r\n"),
            (Log{"close",
                 "down for good: Redis at redis.example:6379 has no database 99; choose another in "
                 "redis.url"}));
}

TEST(ConnectionFsm, AHandshakeThatTakesTooLongIsGivenUp) {
  Machine m;
  m.start();
  m.pass(600ms);
  m.connected();
  m.written();
  EXPECT_EQ(m.pass(399ms), Log{});
  EXPECT_EQ(m.pass(1ms), (Log{"close",
                              "down: Redis at redis.example:6379 did not take the connection "
                              "within 1000 ms"}));
}

// Pipelining.

TEST(ConnectionFsm, GathersWhatIsAskedBeforeTheFlushAndAnswersInOrder) {
  Machine m;
  m.make_ready();
  EXPECT_EQ(m.submit(7, "a"), Log{});
  EXPECT_EQ(m.submit(8, "bb", 2), Log{});
  EXPECT_EQ(m.submit(9, "c"), Log{});
  EXPECT_EQ(m.flush(), Log{"write: abbc"});
  EXPECT_EQ(m.received(":1\r\n:2\r\n"), Log{"7: integer 1"});
  EXPECT_EQ(m.received("-ERR no\r\n+x"), Log{"8: integer 2 error\"ERR no\""});
  EXPECT_EQ(m.received("\r\n"), Log{"9: simple\"x\""});
}

TEST(ConnectionFsm, WritesOneThingAtATime) {
  Machine m;
  m.make_ready();
  m.submit(1, "a");
  EXPECT_EQ(m.flush(), Log{"write: a"});
  m.submit(2, "b");
  EXPECT_EQ(m.flush(), Log{});
  EXPECT_EQ(m.written(), Log{"write: b"});
  EXPECT_EQ(m.written(), Log{});
}

TEST(ConnectionFsm, SendsWhatWaitedForTheConnection) {
  Machine m;
  m.start();
  m.submit(1, "a");
  EXPECT_EQ(m.flush(), Log{});
  m.connected();
  m.submit(2, "b");
  m.written();
  EXPECT_EQ(m.received(kHelloOk), (Log{"up", "write: ab"}));
}

TEST(ConnectionFsm, APushIsDeliveredInItsPlaceAndAnswersNothing) {
  Machine m;
  m.make_ready().send(1);
  m.submit(2);
  m.flush();
  EXPECT_EQ(m.received("+a\r\n>2\r\n+invalidate\r\n_\r\n+b\r\n"),
            (Log{"1: simple\"a\"", "push: push[ simple\"invalidate\" null ]", "2: simple\"b\""}));
}

// Deadlines.

TEST(ConnectionFsm, WhatIsNotAnsweredInTimeEndsAndTheSilentConnectionIsDead) {
  Machine m;
  m.make_ready().send(1);
  m.pass(100ms);
  m.send(2);
  EXPECT_EQ(m.pass(149ms), Log{});
  EXPECT_EQ(m.pass(1ms), (Log{"1: timeout", "close", "2: lost",
                              "down: no answer from Redis at redis.example:6379 within 250 ms"}));
}

TEST(ConnectionFsm, WhatWaitsForAConnectionEndsAtItsDeadlineAndIsNeverSent) {
  Machine m;
  m.start();
  m.submit(1, "a");
  m.pass(100ms);
  m.submit(2, "b");
  EXPECT_EQ(m.pass(150ms), Log{"1: not_connected"});
  m.connected();
  m.written();
  EXPECT_EQ(m.received(kHelloOk), (Log{"up", "write: b"}));
}

TEST(ConnectionFsm, ALateReplyIsSwallowedWhileOthersStillCome) {
  // 1 waited for the connection for so long that its time is up before Redis can be blamed.
  Machine m;
  m.start();
  m.submit(1, "a");
  m.pass(200ms);
  m.submit(2, "b");
  m.connected();
  m.written();
  EXPECT_EQ(m.received(kHelloOk), (Log{"up", "write: ab"}));
  m.written();
  EXPECT_EQ(m.pass(100ms), Log{"1: timeout"});
  EXPECT_EQ(m.received("+one\r\n+two\r\n"), Log{"2: simple\"two\""});
  EXPECT_EQ(m.state(), ConnectionFsm::State::ready);
}

TEST(ConnectionFsm, AConnectionThatNeverTakesTheWriteIsDeadToo) {
  Machine m;
  m.make_ready();
  m.submit(1);
  m.flush();
  m.pass(10ms);
  m.submit(2);
  EXPECT_EQ(m.pass(240ms), (Log{"1: timeout", "close",
                                "down: no answer from Redis at redis.example:6379 within 250 ms"}));
  // 2 was never sent: it goes out on the next connection, if that comes in time.
  EXPECT_EQ(m.pass(10ms), (Log{"connect", "2: not_connected"}));
}

// Losing and finding the connection.

TEST(ConnectionFsm, WhatWasSentIsLostAndNeverSentAgain) {
  Machine m;
  m.make_ready().send(1);
  m.submit(2, "y");
  EXPECT_EQ(m.closed("End of file"),
            (Log{"close", "1: lost",
                 "down: the connection to Redis at redis.example:6379 ended: End of file"}));
  EXPECT_EQ(m.pass(10ms), Log{"connect"});
  m.connected();
  m.written();
  EXPECT_EQ(m.received(kHelloOk), (Log{"up", "write: y"}));
}

TEST(ConnectionFsm, ABrokenReplyLosesWhatIsInFlight) {
  for (const std::string nonsense : {"x", "$-2\r\n", "*9999999\r\n", "+a\n"}) {
    Machine m;
    m.make_ready().send(1);
    const Log log = m.received(nonsense);
    ASSERT_EQ(log.size(), 3u) << nonsense;
    EXPECT_EQ(log[0], "close");
    EXPECT_EQ(log[1], "1: lost");
  }
}

TEST(ConnectionFsm, R35_AReplyToNothingBreaksTheProtocol) {
  Machine m;
  m.make_ready();
  EXPECT_EQ(
      m.received("+OK\r\n"),
      (Log{"close", "down: Redis at redis.example:6379 broke the protocol (a reply to nothing)"}));
}

TEST(ConnectionFsm, R35_HalfAReplyOfTheOldConnectionIsForgotten) {
  Machine m;
  m.make_ready().send(1);
  EXPECT_EQ(m.received("$10\r\nhalf"), Log{});
  m.closed("End of file");
  m.pass(10ms);
  m.connected();
  m.written();
  EXPECT_EQ(m.received(kHelloOk), Log{"up"});
  m.send(2);
  EXPECT_EQ(m.received("+whole\r\n"), Log{"2: simple\"whole\""});
}

TEST(ConnectionFsm, WaitsLongerAndLongerWithJitterAndStartsAnewAfterSuccess) {
  Machine m;
  m.start();
  m.connect_failed("Connection refused");
  std::vector<milliseconds> steps = {10ms, 20ms, 40ms, 80ms, 160ms, 320ms, 640ms, 1000ms, 1000ms};
  bool jittered = false;
  for (const milliseconds step : steps) {
    ASSERT_TRUE(m.wake_at());
    const auto pause = std::chrono::duration_cast<milliseconds>(*m.wake_at() - m.now());
    EXPECT_GE(pause, step / 2);
    EXPECT_LE(pause, step);
    jittered = jittered || (pause != step && pause != step / 2);
    EXPECT_EQ(m.pass(pause), Log{"connect"});
    m.connect_failed("Connection refused");
  }
  EXPECT_TRUE(jittered);
  m.pass(1000ms);
  m.connected();
  m.written();
  m.received(kHelloOk);
  m.closed("End of file");
  EXPECT_LE(*m.wake_at() - m.now(), 10ms);
}

TEST(ConnectionFsm, TellsTheSameReasonOnce) {
  Machine m;
  m.start();
  const std::string down = "down: cannot connect to Redis at redis.example:6379: ";
  EXPECT_EQ(m.connect_failed("Connection refused"), (Log{"close", down + "Connection refused"}));
  m.pass(10ms);
  EXPECT_EQ(m.connect_failed("Connection refused"), Log{"close"});
  m.pass(20ms);
  EXPECT_EQ(m.connect_failed("No route to host"), (Log{"close", down + "No route to host"}));
}

// Limits and error replies.

TEST(ConnectionFsm, TurnsAwayAtOnceWhatIsTooMuch) {
  ConnectionOptions options;
  options.command_limit = 4;
  Machine m(make_target(), options);
  m.make_ready().send(1);
  m.submit(2, "y", 2);
  EXPECT_EQ(m.submit(3, "z", 2), Log{"3: busy"});
  EXPECT_EQ(m.submit(4, "z"), Log{});
  EXPECT_EQ(m.submit(5, "z"), Log{"5: busy"});
  m.received("+a\r\n");
  EXPECT_EQ(m.submit(6, "z"), Log{});
}

TEST(ConnectionFsm, CountsNoCommandThatHasEnded) {
  ConnectionOptions options;
  options.command_limit = 2;
  Machine m(make_target(), options);
  m.start();
  for (int round = 0; round < 3; ++round) {  // ended by deadline, never sent
    EXPECT_EQ(m.submit(1), Log{});
    EXPECT_EQ(m.submit(2), Log{});
    m.pass(250ms);
  }
  m.connected();
  m.written();
  m.received(kHelloOk);
  for (int round = 0; round < 3; ++round) {  // lost in flight
    m.submit(1);
    EXPECT_EQ(m.submit(2), Log{});
    m.flush();
    m.closed("End of file");
    m.pass(10ms);
    m.connected();
    m.written();
    m.received(kHelloOk);
  }
}

TEST(ConnectionFsm, R35_AnErrorReplyEndsItsRequestAndLeavesTheConnection) {
  for (const std::string word :
       {"OOM", "LOADING", "MASTERDOWN", "MISCONF", "NOAUTH", "NOPERM", "BUSY", "WRONGTYPE", "MOVED",
        "ASK", "TRYAGAIN", "CLUSTERDOWN", "NOSCRIPT", "ERR"}) {
    Machine m;
    m.make_ready().send(1);
    const Log ended = {"1: error\"" + word + " text\""};
    const Log denied = {"denied: NOPERM text", ended.front()};
    EXPECT_EQ(m.received("-" + word + " text\r\n"), word == "NOPERM" ? denied : ended);
    EXPECT_EQ(m.state(), ConnectionFsm::State::ready) << word;
  }
}

TEST(ConnectionFsm, R35_ReadonlyMakesItLookForTheNewMaster) {
  Machine m;
  m.make_ready().send(1);
  m.send(2);
  m.send(3);
  // What came with it is still delivered.
  EXPECT_EQ(m.received("-READONLY You can't write\r\n+b\r\n"),
            (Log{"1: error\"READONLY You can't write\"", "2: simple\"b\"", "close", "3: lost",
                 "down: Redis at redis.example:6379 has become a replica"}));
  EXPECT_EQ(m.pass(10ms), Log{"connect"});
}

// The end.

TEST(ConnectionFsm, StopLetsWhatIsUnderWayEnd) {
  Machine m;
  m.make_ready().send(1);
  m.submit(2, "y");
  EXPECT_EQ(m.stop(), Log{"write: y"});
  EXPECT_EQ(m.submit(3), Log{"3: stopped"});
  EXPECT_EQ(m.received("+a\r\n"), Log{"1: simple\"a\""});
  EXPECT_EQ(m.received("+b\r\n"), (Log{"2: simple\"b\"", "close"}));
  EXPECT_EQ(m.state(), ConnectionFsm::State::stopped);
  EXPECT_EQ(m.wake_at(), std::nullopt);
}

TEST(ConnectionFsm, StopEndsByTheDeadlineWhateverRedisDoes) {
  Machine m;
  m.make_ready().send(1);
  m.stop();
  m.pass(250ms);
  EXPECT_EQ(m.state(), ConnectionFsm::State::stopped);
}

TEST(ConnectionFsm, StopWithoutAConnectionIsImmediate) {
  Machine m;
  m.start();
  m.submit(1);
  EXPECT_EQ(m.stop(), (Log{"close", "1: stopped"}));
  EXPECT_EQ(m.connected(), Log{});
  EXPECT_EQ(m.pass(10s), Log{});
}

TEST(ConnectionFsm, AbortLosesWhatWasSent) {
  Machine m;
  m.make_ready().send(1);
  m.submit(2);
  EXPECT_EQ(m.abort(), (Log{"close", "1: lost", "2: stopped"}));
}

// Whatever happens, in whatever order, every request ends exactly once and in time.
TEST(ConnectionFsm, EveryRequestEndsExactlyOnceInAnyOrderOfEvents) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    std::mt19937_64 dice(seed);
    ConnectionOptions options;
    options.command_limit = 8;
    Machine m(make_target(), options);
    std::map<RequestId, int> ended;
    RequestId submitted = 0;
    const auto note = [&](const Log& log) {
      for (const std::string& line : log) {
        if (line[0] >= '0' && line[0] <= '9') ++ended[static_cast<RequestId>(std::stoul(line))];
      }
    };
    m.start();
    for (int step = 0; step < 200; ++step) {
      switch (dice() % 10) {
        case 0:
          note(m.connected());
          break;
        case 1:
          note(m.written());
          break;
        case 2:
          note(m.received(kHelloOk));
          break;
        case 3:
          note(m.received(":1\r\n"));
          break;
        case 4:
          note(m.closed("End of file"));
          break;
        case 5:
          note(m.pass(milliseconds(dice() % 120)));
          break;
        case 6:
          note(m.received("+ha"));
          note(m.received("lf\r\n"));
          break;
        default:
          note(m.submit(submitted++, "x", 1 + dice() % 2));
          note(m.flush());
      }
    }
    note(m.pass(250ms));
    EXPECT_EQ(ended.size(), submitted) << "seed " << seed;
    for (const auto& [id, times] : ended) EXPECT_EQ(times, 1) << "seed " << seed << ", id " << id;
  }
}

}  // namespace
}  // namespace recant::redis

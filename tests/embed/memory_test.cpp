// Memory that runs out, at whichever allocation a test chooses, on a caller's thread or on the
// library's: what is asked is answered once all the same, and the verifier goes on.
//
// This program's operator new fails when it is told to, and aligned_alloc(), which Asio uses.
#include <gmock/gmock.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdlib>
#include <deque>
#include <new>
#include <random>
#include <thread>

#include "embedded.hpp"
#include "testing/seeded_random.hpp"
#include "verify/verdict_cache.hpp"

namespace recant::embed {
namespace {

/// Whoever asks for memory next is held up until he is let go.
struct Hold {
  std::atomic<bool> is_held = false;
  std::atomic<bool> is_let_go = false;
};

/// Counts down to the allocation that fails; 0: none does.
thread_local long mine = 0;
std::atomic<long> the_librarys = 0;
thread_local Hold* hold = nullptr;

bool is_the_librarys_thread() {
  thread_local int is = -1;
  if (is < 0) {
    char name[16] = {};
    ::pthread_getname_np(::pthread_self(), name, sizeof(name));
    is = std::string_view(name) == "recant" ? 1 : 0;
  }
  return is == 1;
}

bool is_out_of_memory() {
  if (Hold* const held = std::exchange(hold, nullptr)) {
    held->is_held = true;
    held->is_held.notify_all();
    held->is_let_go.wait(false);
  }
  if (mine > 0 && --mine == 0) return true;
  if (the_librarys.load() <= 0 || !is_the_librarys_thread()) return false;
  return the_librarys.fetch_sub(1) == 1;
}

}  // namespace
}  // namespace recant::embed

void* operator new(std::size_t size) {
  void* const memory = recant::embed::is_out_of_memory() ? nullptr : std::malloc(size + 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

extern "C" void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  void* memory = nullptr;
  const bool is_out = recant::embed::is_out_of_memory();
  if (is_out || ::posix_memalign(&memory, alignment, size) != 0) errno = ENOMEM;
  return memory;
}

namespace recant::embed {
namespace {

using namespace std::chrono_literals;
using ::testing::AnyOf;
using ::testing::Ne;

/// Does it with the first allocation of this thread failing, then with the second, until it needs
/// no more of them. Each time `look` sees what came of it, with memory there again, and whether one
/// has failed.
template <class Do, class Look>
void with_each_allocation_failing(Do once, Look look) {
  for (long n = 1;; ++n) {
    mine = n;
    auto outcome = once();
    const bool has_failed = mine == 0;
    mine = 0;
    look(std::move(outcome), has_failed);
    if (!has_failed) return;
    ASSERT_LT(n, 10'000);
  }
}

class Memory : public Embedded {
 protected:
  /// A token that Redis says is taken back.
  std::string revoked() {
    const Session session;
    redis.run("SET", redis.keys.blacklisted_jti(session.jti), "1");
    return token(session);
  }
};

TEST_F(Memory, RunsOutWhileAVerifierIsMade) {
  VerifierOptions given = options;
  with_each_allocation_failing([&] { return Verifier::create(std::move(given)); },
                               [&](Verifier::Created created, bool has_failed) {
                                 EXPECT_TRUE(created || has_failed);
                                 if (!created) {
                                   EXPECT_STREQ(created.message(), "out of memory");
                                 }
                                 given = options;
                               });
}

TEST_F(Memory, RunsOutWhileACheckBegins) {
  const auto verifier = ready();
  std::string good = token();
  const std::string dead = revoked();
  with_each_allocation_failing([&] { return verifier->check(good, kLong); },
                               [&](const Checked& checked, bool has_failed) {
                                 EXPECT_EQ(checked.verdict(),
                                           has_failed ? Verdict::unavailable : Verdict::valid);
                                 good = token();
                               });
  with_each_allocation_failing([&] { return verifier->check(dead, kLong); },
                               [](const Checked& checked, bool has_failed) {
                                 EXPECT_EQ(checked.verdict(),
                                           has_failed ? Verdict::unavailable : Verdict::revoked);
                               });
  EXPECT_EQ(said(verifier->check(token(), kLong)), "valid");
}

TEST_F(Memory, RunsOutWhileACheckWithACallbackBegins) {
  const auto verifier = ready();
  std::string good = token();
  std::atomic<int> told = 0, asked = 0;
  const auto ask = [&] {
    verifier->check(good, [&](const Checked&) { ++told; });
    return ++asked;
  };
  with_each_allocation_failing(ask, [&](int, bool) {
    EXPECT_TRUE(until([&] { return told >= asked; }));
    good = token();
  });
  EXPECT_EQ(said(verifier->check(good, kLong)), "valid");
  EXPECT_EQ(told, asked);
}

TEST_F(Memory, RunsOutWhileAVerdictIsRemembered) {
  const auto verifier = ready();
  const std::string seen = token();
  ASSERT_TRUE(until([&] {
    return verifier->check(seen, kLong).is_valid() && verifier->check_cached(seen).has_value();
  }));
  with_each_allocation_failing([&] { return verifier->check_cached(seen); },
                               [](const std::optional<Checked>& known, bool) {
                                 if (known) {
                                   EXPECT_THAT(known->verdict(),
                                               AnyOf(Verdict::valid, Verdict::unavailable));
                                 }
                               });
}

TEST_F(Memory, RunsOutWhileItIsAskedWhetherItIsReady) {
  redis.run("DEL", redis.keys.policy());
  const auto verifier = create();
  with_each_allocation_failing([&] { return verifier->ready(); },
                               [](bool is_ready, bool) { EXPECT_FALSE(is_ready); });
  with_each_allocation_failing([&] { return verifier->why_not_ready(); },
                               [](const std::string& why, bool) { EXPECT_THAT(why, Ne("")); });
}

TEST_F(Memory, RunsOutOnTheLibrarysThread) {
  struct Told {
    std::atomic<int> times = 0;
    std::atomic<Verdict> verdict = Verdict::invalid;
    std::function<void(const Checked&)> callback() {
      return [this](const Checked& checked) {
        verdict = checked.verdict();
        ++times;
      };
    }
  };
  std::mt19937 random(2026);
  auto verifier = ready();
  const std::string dead = revoked();
  std::deque<Told> all;
  for (int round = 0; round < 60; ++round) {
    const std::string good = token();
    Told& of_good = all.emplace_back();
    Told& of_dead = all.emplace_back();
    const long n = 1 + static_cast<long>(random() % 300);
    SCOPED_TRACE("allocation " + std::to_string(n));
    the_librarys = n;
    verifier->check(good, of_good.callback());
    verifier->check(dead, of_dead.callback());
    ASSERT_TRUE(until([&] { return of_good.times > 0 && of_dead.times > 0; }));
    EXPECT_THAT(of_good.verdict.load(), AnyOf(Verdict::valid, Verdict::unavailable));
    EXPECT_THAT(of_dead.verdict.load(), AnyOf(Verdict::revoked, Verdict::unavailable));
    ASSERT_TRUE(until([&] { return the_librarys <= 0; }));
    // It comes back by itself.
    ASSERT_TRUE(until([&] {
      return verifier->ready() && verifier->check(good, kLong).is_valid() &&
             said(verifier->check(dead, kLong)) == "revoked: jti";
    })) << verifier->why_not_ready();
  }
  verifier.reset();
  for (const Told& told : all) EXPECT_EQ(told.times, 1);
}

TEST_F(Memory, ACheckThatIsUnderWayIsWaitedForByTheDestructor) {
  for (const bool with_callback : {false, true}) {
    auto verifier = ready();
    const std::string unseen = token();
    Hold held;
    std::vector<std::string> told;
    // Between what is remembered, for which no memory is asked, and the question.
    std::thread asking([&, raw = verifier.get()] {
      const auto keep = [&](const Checked& checked) { told.push_back(said(checked)); };
      const std::function<void(const Checked&)> callback = keep;
      hold = &held;
      with_callback ? raw->check(unseen, callback) : keep(raw->check(unseen, kLong));
    });
    held.is_held.wait(false);
    std::atomic<bool> is_destroyed = false;
    std::thread destroying([&] {
      verifier.reset();
      is_destroyed = true;
    });
    std::this_thread::sleep_for(100ms);  // it would be through by now, did it not wait
    EXPECT_FALSE(is_destroyed);
    held.is_let_go = true;
    held.is_let_go.notify_all();
    asking.join();
    destroying.join();
    EXPECT_EQ(told, std::vector<std::string>{"unavailable: the verifier is being destroyed"});
  }
}

// Of an entry that is kept aside when memory runs out there is but a part, with its token whole and
// whom it speaks of cut short.
TEST(MemoryOfTheCache, RunsOutWhileWhatIsToStandOnceMoreIsKeptAside) {
  struct Known {
    std::string token;
    verify::Identity identity;
  };
  std::vector<Known> all;
  const auto tokens = verify::verifier();
  for (int i = 0; i < 200; ++i) {
    const auto id = '"' + std::to_string(i) + '"';
    // So that its first 1,024 bytes, after which room is made again, end amid whom it speaks of.
    const std::string scope(214, static_cast<char>('a' + i % 26));
    auto token = verify::signed_token(
        verify::Claims().set("sub", id).set("jti", id).set("scope", '"' + scope + '"'));
    auto identity = verify::Identity::of(*tokens.verify(token, verify::kNow));
    all.push_back({std::move(token), std::move(identity)});
  }
  testing::SeededRandom random{7};
  const verify::Stamps stamps(random);
  bool has_failed = true;
  for (long n = 1; has_failed; ++n) {
    verify::VerdictCache cache(64, stamps, random);
    has_failed = false;
    mine = n;
    for (const Known& one : all) {
      const bool failed_before = has_failed;
      try {
        cache.put({one.token, one.identity, {}, verify::kNow, {}});
        EXPECT_TRUE(cache.find(one.token));
      } catch (const std::bad_alloc&) {
        has_failed = true;
      }
      // While that which was kept aside before still stands.
      if (failed_before) break;
    }
    mine = 0;
    for (const Known& one : all) {
      const auto found = cache.find(one.token);
      EXPECT_TRUE(!found || *cache.identity(*found) == one.identity) << one.identity.subject();
    }
  }
}

}  // namespace
}  // namespace recant::embed

#include "http/request_parser.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace recant::http {
namespace {

using Step = RequestParser::Step;

struct Outcome {
  Step step{};
  Code code = Code::unavailable;  // when refused
  std::string method{}, path{}, query{}, body{}, detail{};
  bool keep_alive = false;
  bool operator==(const Outcome&) const = default;
};

void PrintTo(const Outcome& outcome, std::ostream* out) {
  *out << (outcome.step == Step::complete  ? "complete"
           : outcome.step == Step::refused ? "refused"
                                           : "waiting")
       << ' ' << outcome.method << ' ' << outcome.path << " ?" << outcome.query
       << " body=" << outcome.body << ' ' << outcome.detail;
}

Outcome outcome_of(RequestParser& parser, Step step) {
  const auto& request = parser.request();
  Outcome outcome{step};
  if (step == Step::need_bytes) return outcome;
  outcome.method = request.method;
  outcome.path = request.path;
  outcome.query = request.query.value_or("");
  if (step == Step::refused) {
    outcome.code = parser.refusal().code;
    outcome.detail = parser.refusal().detail;
  } else {
    outcome.body = request.body;
    outcome.keep_alive = request.keep_alive;
  }
  return outcome;
}

/// All requests in `bytes`, which arrive in pieces of `piece` bytes.
std::vector<Outcome> parse(std::string_view bytes, std::size_t piece, const MessageLimits& limits) {
  RequestParser parser(limits);
  std::vector<Outcome> outcomes;
  while (true) {
    const auto step = parser.advance();
    if (step != Step::need_bytes) {
      outcomes.push_back(outcome_of(parser, step));
      if (step == Step::refused) return outcomes;
      parser.next();
      continue;
    }
    if (bytes.empty()) {
      if (!parser.at_rest()) outcomes.push_back({Step::need_bytes});
      return outcomes;
    }
    const auto room = parser.room();
    EXPECT_FALSE(room.empty());
    const auto count = std::min({piece, bytes.size(), room.size()});
    std::copy_n(bytes.begin(), count, room.begin());
    parser.received(count);
    bytes.remove_prefix(count);
  }
}

/// The same whatever the pieces.
std::vector<Outcome> parse(std::string_view bytes, const MessageLimits& limits = {}) {
  const auto whole = parse(bytes, bytes.size() + 1, limits);
  for (const std::size_t piece : {1, 2, 3, 7, 50}) {
    EXPECT_EQ(parse(bytes, piece, limits), whole) << "in pieces of " << piece << ": " << bytes;
  }
  return whole;
}

Outcome parse_one(std::string_view bytes, const MessageLimits& limits = {}) {
  const auto outcomes = parse(bytes, limits);
  EXPECT_EQ(outcomes.size(), 1u) << bytes;
  return outcomes.empty() ? Outcome{Step::need_bytes} : outcomes.front();
}

TEST(RequestParser, ReadsARequestLineFieldsAndBody) {
  const auto got =
      parse_one("POST /v1/login?x=1 HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody");
  EXPECT_EQ(got.step, Step::complete);
  EXPECT_EQ(got.method, "POST");
  EXPECT_EQ(got.path, "/v1/login");
  EXPECT_EQ(got.query, "x=1");
  EXPECT_EQ(got.body, "body");
  EXPECT_TRUE(got.keep_alive);
}

TEST(RequestParser, ReadsRequestsSentAhead) {
  const auto got = parse(
      "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
      "POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nxyz"
      "\r\n"  // RFC 9112 §2.2
      "POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
      "GET /d HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(got.size(), 4u);
  EXPECT_EQ(got[0].path, "/a");
  EXPECT_EQ(got[1].body, "xyz");
  EXPECT_EQ(got[2].body, "hi");
  EXPECT_EQ(got[3].path, "/d");
}

TEST(RequestParser, ShowsEveryValueOfARepeatedField) {
  RequestParser parser{MessageLimits{}};
  const std::string_view bytes =
      "GET / HTTP/1.1\r\nHost: a\r\nX-One:  1 \r\nAUTHORIZATION: Bearer a\r\nauthorization: "
      "b\r\n\r\n";
  std::copy_n(bytes.begin(), bytes.size(), (parser.advance(), parser.room().begin()));
  parser.received(bytes.size());
  ASSERT_EQ(parser.advance(), Step::complete);
  const auto& headers = parser.request().headers;
  EXPECT_EQ(headers.only("x-one"), "1");
  EXPECT_EQ(headers.only("Authorization"), std::nullopt);
  EXPECT_EQ(headers.all("Authorization"), (std::vector<std::string_view>{"Bearer a", "b"}));
  EXPECT_EQ(headers.count("x-two"), 0u);
}

TEST(RequestParser, KeepsAliveByVersionAndConnection) {
  EXPECT_TRUE(parse_one("GET / HTTP/1.1\r\nHost: a\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse_one("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").keep_alive);
  EXPECT_FALSE(parse_one("GET / HTTP/1.0\r\n\r\n").keep_alive);
  EXPECT_TRUE(parse_one("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").keep_alive);
}

struct Case {
  const char* name;
  std::string bytes;
};

std::string with(std::string_view fields) {
  return "POST /v1/x HTTP/1.1\r\nHost: a\r\n" + std::string(fields) + "\r\n";
}

/// RFC 9112 §2.2, §5, §6 and §11: each of these is read in two ways by some pair of programs.
TEST(RequestParser, RefusesWhatTwoReadersCouldDisagreeAbout) {
  const std::vector<Case> cases = {
      {"length and coding", with("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n")},
      {"coding and length", with("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n")},
      {"two lengths", with("Content-Length: 4\r\nContent-Length: 5\r\n")},
      {"two equal lengths", with("Content-Length: 4\r\nContent-Length: 4\r\n")},
      {"list of lengths", with("Content-Length: 4, 4\r\n")},
      {"signed length", with("Content-Length: +4\r\n")},
      {"negative length", with("Content-Length: -1\r\n")},
      {"hexadecimal length", with("Content-Length: 0x4\r\n")},
      {"empty length", with("Content-Length: \r\n")},
      {"length of 2^64", with("Content-Length: 18446744073709551616\r\n")},
      {"coding xchunked", with("Transfer-Encoding: xchunked\r\n")},
      {"coding identity", with("Transfer-Encoding: identity\r\n")},
      {"coding gzip, chunked", with("Transfer-Encoding: gzip, chunked\r\n")},
      {"coding chunked, gzip", with("Transfer-Encoding: chunked, gzip\r\n")},
      {"coding twice", with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n")},
      {"coding chunked twice",
       with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n")},
      {"coding with a vertical tab", with("Transfer-Encoding: \vchunked\r\n")},
      {"coding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
      {"folded field", with("X-A: 1\r\n 2\r\n")},
      {"folded field by tab", with("X-A: 1\r\n\tTransfer-Encoding: chunked\r\n")},
      {"folded first line", "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {"bare LF after a field", "GET / HTTP/1.1\r\nHost: a\nX: y\r\n\r\n"},
      {"bare LF everywhere", "GET / HTTP/1.1\nHost: a\n\n"},
      {"bare CR in a field", with("X-A: 1\rTransfer-Encoding: chunked\r\n")},
      {"NUL in a field", with(std::string("X-A: 1") + '\0' + "2\r\n")},
      {"space before the colon", with("Content-Length : 4\r\n")},
      {"space in a name", with("Content Length: 4\r\n")},
      {"empty name", with(": 4\r\n")},
      {"no colon", with("Content-Length\r\n")},
      {"name with a control", with("X\x01: 4\r\n")},
      {"no Host", "GET / HTTP/1.1\r\n\r\n"},
      {"two Hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {"two Hosts in 1.0", "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"Host with a path", "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"},
      {"Host with a user", "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"},
      {"HTTP/2.0", "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {"HTTP/1.2", "GET / HTTP/1.2\r\nHost: a\r\n\r\n"},
      {"HTTP/0.9", "GET /\r\n\r\n"},
      {"lower-case version", "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {"two spaces", "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"tab instead of space", "GET\t/ HTTP/1.1\r\nHost: a\r\n\r\n"},
      {"space after the version", "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {"a TLS hello", std::string("\x16\x03\x01\x02\x00", 5)},
      {"not HTTP at all", "\x01\x02"},
  };
  for (const auto& [name, bytes] : cases) {
    const auto got = parse_one(bytes);
    EXPECT_EQ(got.step, Step::refused) << name;
    EXPECT_EQ(got.code, Code::invalid_request) << name;
    EXPECT_FALSE(got.detail.empty()) << name;
  }
}

TEST(RequestParser, RefusesMalformedChunks) {
  const auto head = with("Transfer-Encoding: chunked\r\n");
  const std::vector<Case> cases = {
      {"no size", "\r\nab\r\n0\r\n\r\n"},
      {"prefix 0x", "0x2\r\nab\r\n0\r\n\r\n"},
      {"signed", "+2\r\nab\r\n0\r\n\r\n"},
      {"negative", "-2\r\nab\r\n0\r\n\r\n"},
      {"white space before", " 2\r\nab\r\n0\r\n\r\n"},
      {"white space after", "2 \r\nab\r\n0\r\n\r\n"},
      {"not hexadecimal", "G\r\nab\r\n0\r\n\r\n"},
      {"2^64", "10000000000000000\r\n"},
      {"bare LF after the size", "2\nab\r\n0\r\n\r\n\r\n"},
      {"bare CR after the size", "2\rab\r\n0\r\n\r\n"},
      {"longer than its size", "2\r\nabc\r\n0\r\n\r\n"},
      {"no CR LF after the data", "2\r\nab0\r\n\r\n"},
      {"a trailer that is a length", "0\r\nContent-Length: 3\r\n\r\n"},
      {"a folded trailer name", "0\r\n X: 3\r\n\r\n"},
  };
  for (const auto& [name, body] : cases) {
    const auto got = parse_one(head + body);
    EXPECT_EQ(got.step, Step::refused) << name;
    EXPECT_EQ(got.code, Code::invalid_request) << name;
  }
}

TEST(RequestParser, DropsTrailersAndChunkExtensions) {
  RequestParser parser{MessageLimits{}};
  const auto bytes = with("Transfer-Encoding: CHUNKED\r\n") +
                     "2;a=b;c=\"d\"\r\nhi\r\n0\r\nAuthorization: Bearer evil\r\n\r\n";
  parser.advance();
  std::copy_n(bytes.begin(), bytes.size(), parser.room().begin());
  parser.received(bytes.size());
  ASSERT_EQ(parser.advance(), Step::complete);
  EXPECT_EQ(parser.request().body, "hi");
  EXPECT_EQ(parser.request().headers.count("Authorization"), 0u);
}

TEST(RequestParser, HoldsToTheLimits) {
  const MessageLimits limits{.header_bytes = 200, .header_fields = 5, .body_bytes = 10};
  const auto padded = [](std::size_t size) {  // a header of exactly that size
    const std::string before = "GET /v1/check HTTP/1.1\r\nHost: a\r\nX: ";
    return before + std::string(size - before.size() - 4, 'x') + "\r\n\r\n";
  };
  EXPECT_EQ(parse_one(padded(200), limits).step, Step::complete);
  const auto large = parse_one(padded(201), limits);
  EXPECT_EQ(large.step, Step::refused);
  EXPECT_EQ(large.code, Code::invalid_request);
  EXPECT_EQ(large.path, "/v1/check");  // known all the same: who refuses must know the path
  const auto long_target = parse_one("GET /v1/check/" + std::string(300, 'x'), limits);
  EXPECT_EQ(long_target.step, Step::refused);
  EXPECT_TRUE(long_target.path.starts_with("/v1/check/"));
  // What is beyond the limit says nothing of what is wrong with it.
  EXPECT_EQ(parse_one(padded(250).substr(0, 220) + "\nX: x\r\n\r\n", limits), large);
  const auto fragment = parse_one("GET /v1/check#x HTTP/1.1\r\nHost: a\r\n\r\n", limits);
  EXPECT_EQ(fragment.step, Step::refused);
  EXPECT_EQ(fragment.path, "/v1/check");

  EXPECT_EQ(parse_one("GET / HTTP/1.1\r\nHost:a\r\na:\r\na:\r\na:\r\na:\r\n\r\n", limits).step,
            Step::complete);
  EXPECT_EQ(
      parse_one("GET / HTTP/1.1\r\nHost:a\r\na:\r\na:\r\na:\r\na:\r\na:\r\n\r\n", limits).code,
      Code::invalid_request);

  EXPECT_EQ(parse_one(with("Content-Length: 10\r\n") + "0123456789", limits).body, "0123456789");
  EXPECT_EQ(parse_one(with("Content-Length: 11\r\n"), limits).code, Code::payload_too_large);
  const auto chunked = with("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(parse_one(chunked + "5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n", limits).body,
            "0123456789");
  EXPECT_EQ(parse_one(chunked + "5\r\n01234\r\n6\r\n", limits).code, Code::payload_too_large);
  EXPECT_EQ(parse_one(chunked + "FFFFFFFFFFFFFFFF\r\n", limits).code, Code::payload_too_large);
}

TEST(RequestParser, BoundsWhatStandsBetweenChunks) {
  const auto chunked = with("Transfer-Encoding: chunked\r\n");
  EXPECT_EQ(parse_one(chunked + "1;" + std::string(70'000, 'a')).code, Code::invalid_request);
  EXPECT_EQ(parse_one(chunked + "0\r\nX: " + std::string(70'000, 'a')).code, Code::invalid_request);
}

TEST(RequestParser, TakesALargeBodyInManyChunks) {
  std::string bytes = with("Transfer-Encoding: chunked\r\n");
  std::string body;
  for (int i = 0; i < 3000; ++i) {
    bytes += "5;x\r\n" + std::to_string(10'000 + i) + "\r\n";
    body += std::to_string(10'000 + i);
  }
  EXPECT_EQ(parse_one(bytes + "0\r\n\r\n").body, body);
}

struct Target {
  const char* method;
  const char* target;
  const char* path;  // nullptr: refused
  const char* query;
};

TEST(RequestParser, TakesTargetsInTheirForms) {
  const std::vector<Target> targets = {
      {"GET", "/", "/", ""},
      {"GET", "/a?b?c", "/a", "b?c"},
      {"GET", "//a/../b;c", "//a/../b;c", ""},  // as sent
      {"GET", "/%61", "/%61", ""},
      {"GET", "http://h/a?b", "/a", "b"},
      {"GET", "HTTP://h:80", "/", ""},
      {"GET", "https://h?q", "/", "q"},
      {"OPTIONS", "*", "*", ""},
      {"GET", "*", nullptr, ""},
      {"GET", "a", nullptr, ""},
      {"GET", "http:///a", nullptr, ""},
      {"GET", "http://u@h/a", nullptr, ""},
      {"GET", "ftp://h/a", nullptr, ""},
      {"GET", "/a#b", nullptr, ""},
      {"GET", "/\x80", nullptr, ""},
      {"GET", "/a\x7f", nullptr, ""},
      {"CONNECT", "h:443", nullptr, ""},
      {"CONNECT", "/a", nullptr, ""},
  };
  for (const auto& [method, target, path, query] : targets) {
    const auto got = parse_one(std::string(method) + ' ' + target + " HTTP/1.1\r\nHost: h\r\n\r\n");
    EXPECT_EQ(got.step, path == nullptr ? Step::refused : Step::complete) << method << target;
    if (path == nullptr) continue;
    EXPECT_EQ(got.path, path) << target;
    EXPECT_EQ(got.query, query) << target;
  }
}

TEST(RequestParser, SaysWhenTheClientAwaitsContinue) {
  const auto awaits = [](std::string_view bytes) {
    RequestParser parser{MessageLimits{}};
    parser.advance();
    std::copy_n(bytes.begin(), bytes.size(), parser.room().begin());
    parser.received(bytes.size());
    parser.advance();
    return parser.awaits_continue();
  };
  EXPECT_TRUE(awaits(with("Content-Length: 4\r\nExpect: 100-Continue\r\n")));
  EXPECT_FALSE(awaits(with("Content-Length: 4\r\n")));
  EXPECT_FALSE(awaits(with("Content-Length: 4\r\nExpect: 100-continue\r\n") + "b"));
  EXPECT_FALSE(awaits(with("Expect: 100-continue\r\n")));  // no body to wait for
  EXPECT_FALSE(awaits("POST / HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"));
}

/// Whatever the bytes, the parser ends in one of its three states, and the pieces in which they
/// come make no difference. (Under ASan and UBSan: and it reads nothing beyond them.)
TEST(RequestParser, MakesTheSameOfAnyBytesInAnyPieces) {
  const std::vector<std::string> seeds = {
      "GET /v1/check?scope=a HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x.y.z\r\n\r\n",
      "POST /v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody",
      "POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3;x=\"y\"\r\nabc\r\n1\r\nd\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n",
  };
  constexpr std::string_view bytes = "\r\n\t :;,0a1fF\"%/=\x7f\x80";
  std::mt19937 random(20'26);  // NOLINT: repeatable
  const auto draw = [&](std::size_t below) { return random() % below; };
  const MessageLimits limits{.header_bytes = 300, .header_fields = 4, .body_bytes = 6};
  for (int round = 0; round < 20'000; ++round) {
    auto text = seeds[draw(seeds.size())];
    for (auto changes = 1 + draw(4); changes > 0; --changes) {
      const auto at = draw(text.size());
      switch (draw(4)) {
        case 0:
          text[at] = bytes[draw(bytes.size())];
          break;
        case 1:
          text.insert(at, 1, bytes[draw(bytes.size())]);
          break;
        case 2:
          text.erase(at, 1 + draw(3));
          break;
        default:
          text.insert(at, text.substr(draw(text.size()), draw(40)));
          break;
      }
      if (text.empty()) text = "G";
    }
    const auto whole = parse(text, text.size(), limits);
    EXPECT_EQ(parse(text, 1 + draw(5), limits), whole) << text;
  }
}

}  // namespace
}  // namespace recant::http

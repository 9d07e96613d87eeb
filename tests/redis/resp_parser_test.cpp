#include "redis/resp_parser.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "testing/printers.hpp"

namespace recant::redis {
namespace {

using namespace std::string_literals;

struct Outcome {
  std::vector<Reply> replies;
  std::optional<ParseErrc> error;
};

/// Feeds the pieces one by one, and drains after each.
Outcome parse(const std::vector<std::string>& pieces, ParserLimits limits = {}) {
  RespParser parser(limits);
  Outcome outcome;
  for (const std::string& piece : pieces) {
    parser.feed(piece);
    while (true) {
      auto reply = parser.next();
      if (!reply) {
        outcome.error = reply.error();
        return outcome;
      }
      if (!*reply) break;
      outcome.replies.push_back(std::move(**reply));
    }
  }
  return outcome;
}

Reply simple(std::string text) { return Reply::text(ReplyKind::simple_string, std::move(text)); }
Reply error(std::string text) { return Reply::text(ReplyKind::error, std::move(text)); }
Reply number(std::int64_t value) { return Reply::integer(value); }

struct Good {
  std::string bytes;
  Reply reply;
};

// From the RESP3 specification (antirez/RESP3 spec.md) and Redis's protocol page.
std::vector<Good> good_frames() {
  const auto infinity = std::numeric_limits<double>::infinity();
  return {
      {"+OK\r\n", simple("OK")},
      {"+\r\n", simple("")},
      {"-ERR unknown\r\n", error("ERR unknown")},
      {"!21\r\nSYNTAX invalid syntax\r\n", error("SYNTAX invalid syntax")},
      {":0\r\n", number(0)},
      {":-9223372036854775808\r\n", number(std::numeric_limits<std::int64_t>::min())},
      {":9223372036854775807\r\n", number(std::numeric_limits<std::int64_t>::max())},
      {"$0\r\n\r\n", Reply::blob("")},
      {"$5\r\nhe\r\no\r\n", Reply::blob("he\r\no")},
      {"$3\r\n\0\xff\n\r\n"s, Reply::blob("\0\xff\n"s)},
      {"_\r\n", Reply::null()},
      {"$-1\r\n", Reply::null()},
      {"*-1\r\n", Reply::null()},
      {"#t\r\n", Reply::boolean(true)},
      {"#f\r\n", Reply::boolean(false)},
      {",1.25\r\n", Reply::real(1.25)},
      {",-10\r\n", Reply::real(-10)},
      {",1e+30\r\n", Reply::real(1e30)},
      {",inf\r\n", Reply::real(infinity)},
      {",-inf\r\n", Reply::real(-infinity)},
      {"(3492890328409238509324850943850943825024385\r\n",
       Reply::text(ReplyKind::big_number, "3492890328409238509324850943850943825024385")},
      {"=15\r\ntxt:Some string\r\n", Reply::text(ReplyKind::verbatim, "Some string")},
      {"*0\r\n", Reply::array({})},
      {"*3\r\n:1\r\n$1\r\na\r\n_\r\n", Reply::array({number(1), Reply::blob("a"), Reply::null()})},
      {"*2\r\n*1\r\n:1\r\n*0\r\n", Reply::array({Reply::array({number(1)}), Reply::array({})})},
      {"~2\r\n+a\r\n#t\r\n", Reply::aggregate(ReplyKind::set, {simple("a"), Reply::boolean(true)})},
      {"%2\r\n+first\r\n:1\r\n+second\r\n*1\r\n:2\r\n",
       Reply::aggregate(ReplyKind::map,
                        {simple("first"), number(1), simple("second"), Reply::array({number(2)})})},
      {">2\r\n$10\r\ninvalidate\r\n_\r\n",
       Reply::aggregate(ReplyKind::push, {Reply::blob("invalidate"), Reply::null()})},
      // Attributes: before a reply, within one, empty, one after another, nested.
      {"|1\r\n+key-popularity\r\n%1\r\n$1\r\na\r\n,0.1923\r\n:7\r\n", number(7)},
      {"*2\r\n:1\r\n|1\r\n+ttl\r\n:3600\r\n:2\r\n", Reply::array({number(1), number(2)})},
      {"|0\r\n|0\r\n+x\r\n", simple("x")},
      {"|1\r\n+a\r\n|1\r\n+b\r\n:1\r\n:2\r\n+x\r\n", simple("x")},
  };
}

TEST(RespParser, ReadsEveryType) {
  for (const Good& frame : good_frames()) {
    const Outcome outcome = parse({frame.bytes});
    EXPECT_EQ(outcome.error, std::nullopt) << printable(frame.bytes);
    EXPECT_EQ(outcome.replies, std::vector{frame.reply}) << printable(frame.bytes);
  }
}

TEST(RespParser, ReadsNotANumber) {
  const Outcome outcome = parse({",nan\r\n"});
  ASSERT_EQ(outcome.replies.size(), 1u);
  EXPECT_TRUE(std::isnan(outcome.replies[0].real().value()));
}

TEST(RespParser, R35_AHalfFrameIsNoReplyAndTheOtherHalfCompletesIt) {
  for (const Good& frame : good_frames()) {
    for (std::size_t cut = 1; cut < frame.bytes.size(); ++cut) {
      RespParser parser;
      parser.feed(std::string_view(frame.bytes).substr(0, cut));
      const auto early = parser.next();
      ASSERT_TRUE(early) << printable(frame.bytes) << " cut at " << cut;
      EXPECT_FALSE(*early) << printable(frame.bytes) << " cut at " << cut;
      EXPECT_GT(parser.pending_bytes(), 0u);

      parser.feed(std::string_view(frame.bytes).substr(cut));
      const auto whole = parser.next();
      ASSERT_TRUE(whole) << printable(frame.bytes) << " cut at " << cut;
      EXPECT_EQ(**whole, frame.reply) << " cut at " << cut;
      EXPECT_EQ(parser.pending_bytes(), 0u);
    }
  }
}

TEST(RespParser, ReadsAStreamByteByByteAndAllAtOnce) {
  std::string stream;
  std::vector<Reply> expected;
  std::vector<std::string> bytes;
  for (const Good& frame : good_frames()) {
    stream += frame.bytes;
    expected.push_back(frame.reply);
  }
  for (const char c : stream) bytes.emplace_back(1, c);
  EXPECT_EQ(parse({stream}).replies, expected);
  EXPECT_EQ(parse(bytes).replies, expected);
}

struct Bad {
  std::string bytes;
  ParseErrc error;
};

std::vector<Bad> bad_frames() {
  return {
      {"HTTP/1.1 400 Bad Request\r\n", ParseErrc::unknown_type},
      {"\r\n", ParseErrc::unknown_type},
      {"\0"s, ParseErrc::unknown_type},
      {"*1\r\nx", ParseErrc::unknown_type},
      {"+a\nb\r\n", ParseErrc::bad_line},
      {"+a\rb\r\n", ParseErrc::bad_line},
      {":1\n", ParseErrc::bad_line},
      {"$\r\n", ParseErrc::bad_length},
      {"$-2\r\n", ParseErrc::bad_length},
      {"$+1\r\n", ParseErrc::bad_length},
      {"$1 \r\n", ParseErrc::bad_length},
      {"$0x1\r\n", ParseErrc::bad_length},
      {"$?\r\n", ParseErrc::bad_length},
      {"*?\r\n", ParseErrc::bad_length},
      {"*-2\r\n", ParseErrc::bad_length},
      {"%-1\r\n", ParseErrc::bad_length},
      {"!-1\r\n", ParseErrc::bad_length},
      {"$18446744073709551616\r\n", ParseErrc::bad_length},
      {"%9223372036854775808\r\n", ParseErrc::bad_length},
      {"$99999999999\r\n", ParseErrc::blob_too_long},
      {"*99999999999\r\n", ParseErrc::too_many_elements},
      {"%99999999999\r\n", ParseErrc::too_many_elements},
      {":\r\n", ParseErrc::bad_number},
      {":1.0\r\n", ParseErrc::bad_number},
      {": 1\r\n", ParseErrc::bad_number},
      {":9223372036854775808\r\n", ParseErrc::bad_number},
      {":-9223372036854775809\r\n", ParseErrc::bad_number},
      {",\r\n", ParseErrc::bad_number},
      {",1,5\r\n", ParseErrc::bad_number},
      {"(\r\n", ParseErrc::bad_number},
      {"(12a\r\n", ParseErrc::bad_number},
      {"(--1\r\n", ParseErrc::bad_number},
      {"#\r\n", ParseErrc::bad_boolean},
      {"#true\r\n", ParseErrc::bad_boolean},
      {"_x\r\n", ParseErrc::bad_null},
      {"$1\r\nab\r\n", ParseErrc::bad_terminator},
      {"=3\r\ntxt\r\n", ParseErrc::bad_verbatim},
      {"=4\r\ntext\r\n", ParseErrc::bad_verbatim},
      {">0\r\n", ParseErrc::bad_push},
      {">1\r\n:1\r\n", ParseErrc::bad_push},
      {">1\r\n*1\r\n+x\r\n", ParseErrc::bad_push},
      {"*1\r\n>1\r\n+x\r\n", ParseErrc::bad_push},
      {"|1\r\n+k\r\n>1\r\n+x\r\n", ParseErrc::bad_push},
  };
}

TEST(RespParser, R35_ADeviationIsAnErrorWhereverItIsCut) {
  for (const Bad& frame : bad_frames()) {
    const Outcome whole = parse({frame.bytes});
    EXPECT_EQ(whole.error, frame.error) << printable(frame.bytes);
    EXPECT_TRUE(whole.replies.empty()) << printable(frame.bytes);
    for (std::size_t cut = 1; cut < frame.bytes.size(); ++cut) {
      const Outcome halves = parse({frame.bytes.substr(0, cut), frame.bytes.substr(cut)});
      EXPECT_EQ(halves.error, frame.error) << printable(frame.bytes) << " cut at " << cut;
    }
  }
}

TEST(RespParser, R35_AnErrorSticks) {
  RespParser parser;
  parser.feed("+before\r\nx");
  EXPECT_EQ(**parser.next(), simple("before"));
  EXPECT_EQ(parser.next().error(), ParseErrc::unknown_type);
  parser.feed("+OK\r\n");
  EXPECT_EQ(parser.next().error(), ParseErrc::unknown_type);
}

// Small caps, so that a table can stand on both sides of each.
constexpr ParserLimits kSmall{
    .line_bytes = 8, .blob_bytes = 16, .reply_bytes = 64, .reply_elements = 6, .depth = 3};

struct Capped {
  std::string within;
  std::string beyond;
  ParseErrc error;
};

TEST(RespParser, R35_EveryCapHoldsAtItsEdge) {
  const std::string blob = "$16\r\n0123456789abcdef\r\n";  // 23 bytes
  const std::vector<Capped> cases = {
      {"+12345678\r\n", "+123456789", ParseErrc::line_too_long},
      {blob, "$17\r\n", ParseErrc::blob_too_long},
      {"*2\r\n" + blob + blob, "*3\r\n" + blob + blob + "$16\r\n", ParseErrc::reply_too_long},
      {"*6\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n", "*7\r\n", ParseErrc::too_many_elements},
      {"%3\r\n:1\r\n:2\r\n:3\r\n:4\r\n:5\r\n:6\r\n", "%4\r\n", ParseErrc::too_many_elements},
      {"*2\r\n*2\r\n:1\r\n:2\r\n*2\r\n:3\r\n:4\r\n", "*2\r\n*5\r\n", ParseErrc::too_many_elements},
      {"*1\r\n*1\r\n*1\r\n:1\r\n", "*1\r\n*1\r\n*1\r\n*1\r\n", ParseErrc::too_deep},
  };
  for (const Capped& c : cases) {
    const Outcome within = parse({c.within}, kSmall);
    EXPECT_EQ(within.error, std::nullopt) << printable(c.within);
    EXPECT_EQ(within.replies.size(), 1u) << printable(c.within);
    EXPECT_EQ(parse({c.beyond}, kSmall).error, c.error) << printable(c.beyond);
  }
}

TEST(RespParser, R35_CapsAreForOneReplyAndNotForTheConnection) {
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "*2\r\n:1\r\n:2\r\n";
  EXPECT_EQ(parse({stream}, kSmall).replies.size(), 100u);
}

TEST(RespParser, R35_EndlessAttributesAreCut) {
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += "|0\r\n";
  EXPECT_EQ(parse({stream}, kSmall).error, ParseErrc::reply_too_long);
}

TEST(RespParser, R35_APromiseOfManyElementsTakesNoMemory) {
  // 8 levels of 32,000 elements each, and none of them sent: 12 MB if they were believed.
  std::string promises;
  for (int i = 0; i < 8; ++i) promises += "*32000\r\n";
  RespParser parser;
  const std::size_t before = ::mallinfo2().uordblks;
  parser.feed(promises);
  const auto reply = parser.next();
  EXPECT_LT(::mallinfo2().uordblks - before, 256u * 1024);
  ASSERT_TRUE(reply);
  EXPECT_EQ(*reply, std::nullopt);
}

TEST(Reply, GivesNothingWhereTheShapeIsAnother) {
  EXPECT_EQ(Reply::integer(1).text(), std::nullopt);
  EXPECT_EQ(Reply::blob("1").integer(), std::nullopt);
  EXPECT_EQ(error("ERR x").text(), std::nullopt);
  EXPECT_EQ(Reply::null().text(), std::nullopt);
  EXPECT_EQ(Reply::integer(1).boolean(), std::nullopt);
  EXPECT_EQ(Reply::integer(1).real(), std::nullopt);
  EXPECT_TRUE(Reply::blob("x").elements().empty());
  EXPECT_FALSE(Reply::blob("OK").is_ok());
  EXPECT_TRUE(simple("OK").is_ok());
}

TEST(Reply, FindsTheValueBesideAKeyOfAMap) {
  const Reply map = Reply::aggregate(
      ReplyKind::map, {Reply::blob("a"), Reply::blob("b"), Reply::blob("b"), number(2)});
  ASSERT_NE(map.find("b"), nullptr);
  EXPECT_EQ(*map.find("b"), number(2));
  EXPECT_EQ(map.find("c"), nullptr);
  EXPECT_EQ(Reply::array({Reply::blob("a"), number(1)}).find("a"), nullptr);
}

}  // namespace
}  // namespace recant::redis

// Shapes of requests that two programs in a row could read differently (RFC 9112 §11.2), each
// between two honest requests on one connection, and each with a twin that differs in nothing but
// the fault. The shape is refused and nothing behind it is ever served; its twin passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "server_fixture.hpp"

namespace recant::http {
namespace {

class RequestShapes : public ::testing::TestWithParam<Security> {};
INSTANTIATE_TEST_SUITE_P(Over, RequestShapes, ::testing::Values(Security::none, Security::tls),
                         ::testing::PrintToStringParamName());

struct Shape {
  const char* name;
  std::string hostile;
  std::string honest;
};

std::string get(std::string_view path) {
  return "GET " + std::string(path) + " HTTP/1.1\r\nHost: a\r\n\r\n";
}

/// With the fields given, the last of them with its CR LF.
std::string post(std::string_view fields, std::string_view body) {
  std::string text = "POST /shape HTTP/1.1\r\nHost: a\r\n";
  return text.append(fields).append("\r\n").append(body);
}

std::string by_length(std::string_view length) {
  return post("Content-Length: " + std::string(length) + "\r\n", "body");
}
std::string by_coding(std::string_view field) {
  return post(std::string(field) + "\r\n", "4\r\nbody\r\n0\r\n\r\n");
}
std::string by_chunks(std::string_view chunks) {
  return post("Transfer-Encoding: chunked\r\n", chunks);
}
std::string with_field(std::string_view field) {
  return "GET /shape HTTP/1.1\r\nHost: a\r\n" + std::string(field) + "\r\n\r\n";
}
std::string with_line(std::string_view line) { return std::string(line) + "\r\nHost: a\r\n\r\n"; }
std::string with_hosts(std::string_view fields) {
  return "GET /shape HTTP/1.1\r\n" + std::string(fields) + "\r\n";
}

const std::string kLength = by_length("4");
const std::string kCoding = by_coding("Transfer-Encoding: chunked");
const std::string kChunks = "4\r\nbody\r\n0\r\n\r\n";
const std::string kNul(1, '\0');

std::vector<Shape> lengths() {
  return {
      {"length and coding", post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", kChunks),
       kLength},
      {"coding and length", post("Transfer-Encoding: chunked\r\nContent-Length: 4\r\n", kChunks),
       kCoding},
      {"length of 0 and coding",
       post("Content-Length: 0\r\nTransfer-Encoding: chunked\r\n", kChunks), by_length("0004")},
      {"lengths that differ", post("Content-Length: 4\r\nContent-Length: 5\r\n", "body"), kLength},
      {"lengths that agree", post("Content-Length: 4\r\ncontent-length: 4\r\n", "body"),
       post("content-length: 4\r\n", "body")},
      {"list of lengths", by_length("4, 4"), by_length("04")},
      {"length with a comma", by_length("4,"), kLength},
      {"signed length", by_length("+4"), kLength},
      {"negative length", by_length("-4"), kLength},
      {"length of minus nothing", by_length("-0"), post("Content-Length: 0\r\n", "")},
      {"hexadecimal length", by_length("0x4"), kLength},
      {"length in hexadecimal digits", by_length("a"), by_length("4 ")},
      {"length with a space within", by_length("0 4"), by_length(" \t4\t ")},
      {"length with a fraction", by_length("4.0"), kLength},
      {"length with an exponent", by_length("4e0"), kLength},
      {"length with an underscore", by_length("0_4"), kLength},
      {"length in digits of another script", by_length("\xD9\xA4"), kLength},
      {"quoted length", by_length("\"4\""), kLength},
      {"empty length", by_length(""), post("Content-Length: 0\r\n", "")},
      {"length of 2^64 + 4", by_length("18446744073709551620"), kLength},
      {"length with a vertical tab", by_length("\v4"), by_length("\t4")},
      {"length with a NUL", by_length("4" + kNul), kLength},
      {"space before the colon", post("Content-Length : 4\r\n", "body"), kLength},
  };
}

std::vector<Shape> codings() {
  return {
      {"space before the colon", by_coding("Transfer-Encoding : chunked"), kCoding},
      {"tab before the colon", by_coding("Transfer-Encoding\t: chunked"),
       by_coding("Transfer-Encoding:\tchunked")},
      {"xchunked", by_coding("Transfer-Encoding: xchunked"), kCoding},
      {"chunkedx", by_coding("Transfer-Encoding: chunkedx"),
       by_coding("Transfer-Encoding: CHUNKED")},
      {"chunked, identity", by_coding("Transfer-Encoding: chunked, identity"), kCoding},
      {"identity, chunked", by_coding("Transfer-Encoding: identity, chunked"), kCoding},
      {"gzip, chunked", by_coding("Transfer-Encoding: gzip, chunked"), kCoding},
      {"chunked, chunked", by_coding("Transfer-Encoding: chunked, chunked"), kCoding},
      {"comma before", by_coding("Transfer-Encoding: ,chunked"),
       by_coding("Transfer-Encoding: chunked")},
      {"comma behind", by_coding("Transfer-Encoding: chunked,"), kCoding},
      {"parameter", by_coding("Transfer-Encoding: chunked;q=1"), kCoding},
      {"quoted", by_coding("Transfer-Encoding: \"chunked\""), kCoding},
      {"empty", by_coding("Transfer-Encoding:"), kCoding},
      {"vertical tab", by_coding("Transfer-Encoding: \vchunked"),
       by_coding("Transfer-Encoding: \tchunked\t ")},
      {"form feed", by_coding("Transfer-Encoding: chunked\f"), kCoding},
      {"no-break space",
       by_coding("Transfer-Encoding: \xC2\xA0"
                 "chunked"),
       kCoding},
      {"NUL behind", by_coding("Transfer-Encoding: chunked" + kNul), kCoding},
      {"twice", by_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
       by_coding("transfer-encoding: chunked")},
      {"twice, one unknown", by_coding("Transfer-Encoding: x\r\nTransfer-Encoding: chunked"),
       kCoding},
      {"twice, one empty", by_coding("Transfer-Encoding: chunked\r\nTransfer-Encoding:"), kCoding},
      {"folded before the value", by_coding("Transfer-Encoding:\r\n chunked"), kCoding},
      {"hidden behind a fold", by_coding("X: y\r\n Transfer-Encoding: chunked"),
       by_coding("X: y\r\nTransfer-Encoding: chunked")},
      {"hidden behind a bare LF", by_coding("X: y\nTransfer-Encoding: chunked"),
       by_coding("X: y\r\nTransfer-Encoding: chunked")},
      {"hidden behind a bare CR", by_coding("X: y\rTransfer-Encoding: chunked"),
       by_coding("X: y\r\nTransfer-Encoding: chunked")},
      {"in HTTP/1.0",
       "POST /shape HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n" +
           kChunks,
       "POST /shape HTTP/1.0\r\nConnection: keep-alive\r\nContent-Length: 4\r\n\r\nbody"},
  };
}

std::vector<Shape> chunks() {
  const std::string honest = by_chunks(kChunks);
  return {
      {"no size", by_chunks("\r\nbody\r\n0\r\n\r\n"), honest},
      {"prefix 0x", by_chunks("0x4\r\nbody\r\n0\r\n\r\n"), by_chunks("04\r\nbody\r\n00\r\n\r\n")},
      {"signed size", by_chunks("+4\r\nbody\r\n0\r\n\r\n"), honest},
      {"negative size", by_chunks("-4\r\nbody\r\n0\r\n\r\n"), honest},
      {"space before the size", by_chunks(" 4\r\nbody\r\n0\r\n\r\n"), honest},
      {"size of 2^64 + 4", by_chunks("10000000000000004\r\nbody\r\n0\r\n\r\n"), honest},
      {"size of 2^32 + 4", by_chunks("100000004\r\nbody\r\n0\r\n\r\n"), honest},
      {"bare LF behind the size", by_chunks("4\nbody\r\n0\r\n\r\n"), honest},
      {"bare LF behind the data", by_chunks("4\r\nbody\n0\r\n\r\n"), honest},
      {"bare LF behind an extension", by_chunks("4;x\nbody\r\n0\r\n\r\n"),
       by_chunks("4;x\r\nbody\r\n0\r\n\r\n")},
      {"bare CR in an extension", by_chunks("4;x\ry\r\nbody\r\n0\r\n\r\n"),
       by_chunks("4;x=y\r\nbody\r\n0\r\n\r\n")},
      {"data longer than its size", by_chunks("3\r\nbody\r\n0\r\n\r\n"), honest},
      {"no end behind the data", by_chunks("4\r\nbody0\r\n\r\n"), honest},
      {"endless extension", by_chunks("4;" + std::string(70'000, 'x') + "\r\nbody\r\n0\r\n\r\n"),
       by_chunks("4;" + std::string(700, 'x') + "\r\nbody\r\n0\r\n\r\n")},
      {"trailer that is a length", by_chunks("4\r\nbody\r\n0\r\nContent-Length: 9\r\n\r\n"),
       by_chunks("4\r\nbody\r\n0\r\nX: 9\r\n\r\n")},
      {"trailer that is a coding",
       by_chunks("4\r\nbody\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n"),
       by_chunks("4\r\nbody\r\n0\r\nX: chunked\r\n\r\n")},
      {"bare LF behind the trailer", by_chunks("4\r\nbody\r\n0\r\nX: 9\n\r\n"),
       by_chunks("4\r\nbody\r\n0\r\nX: 9\r\n\r\n")},
      {"body that is too large", by_chunks("10001\r\nbody"),
       by_chunks("10000\r\n" + std::string(65'536, 'x') + "\r\n0\r\n\r\n")},
      {"length that is too large", post("Content-Length: 65537\r\n", "body"),
       post("Content-Length: 65536\r\n", std::string(65'536, 'x'))},
  };
}

std::vector<Shape> lines_and_fields() {
  const std::string honest = get("/shape");
  return {
      {"bare LF behind the request line", "GET /shape HTTP/1.1\nHost: a\r\n\r\n", honest},
      {"bare LF behind a field", with_field("X: y\nY: z"), with_field("X: y\r\nY: z")},
      {"bare LF at the end", "GET /shape HTTP/1.1\r\nHost: a\r\n\n", honest},
      {"bare CR within a value", with_field("X: y\rz"), with_field("X: y z")},
      {"bare CR within a name", with_field("X\r: y"), with_field("X: y")},
      {"bare CR for an end", "GET /shape HTTP/1.1\rHost: a\r\n\r\n", honest},
      {"NUL within a value", with_field("X: y" + kNul + "z"), with_field("X: yz")},
      {"NUL within a name", with_field("X" + kNul + ": y"), with_field("X: y")},
      {"NUL within the target", with_line("GET /sh" + kNul + "ape HTTP/1.1"), honest},
      {"fold by a space", with_field("X: y\r\n z"), with_field("X: y z")},
      {"fold by a tab", with_field("X: y\r\n\tz"), with_field("X: y\tz")},
      {"fold before the first field", "GET /shape HTTP/1.1\r\n X: y\r\nHost: a\r\n\r\n", honest},
      {"name with a space", with_field("X Y: z"), with_field("X-Y: z")},
      {"name with a control", with_field("X\x01: z"), with_field("X!: z")},
      {"name beyond ASCII", with_field("X\xC3\xA9: z"), with_field("X: \xC3\xA9")},
      {"no name", with_field(": z"), with_field("X: z")},
      {"no colon", with_field("Xz"), with_field("X:")},
      {"two spaces in the line", with_line("GET  /shape HTTP/1.1"), honest},
      {"tab in the line", with_line("GET\t/shape HTTP/1.1"), honest},
      {"space behind the version", with_line("GET /shape HTTP/1.1 "), honest},
      {"space before the method", " " + honest, "\r\n" + honest},
      {"header that is too large", with_field("X: " + std::string(20'000, 'x')),
       with_field("X: " + std::string(10'000, 'x'))},
  };
}

std::vector<Shape> versions_and_targets() {
  const std::string honest = get("/shape");
  return {
      {"HTTP/0.9", "GET /shape\r\n\r\n", honest},
      {"HTTP/1.2", with_line("GET /shape HTTP/1.2"), with_line("GET /shape HTTP/1.1")},
      {"HTTP/2.0", with_line("GET /shape HTTP/2.0"), honest},
      {"HTTP/1.10", with_line("GET /shape HTTP/1.10"), honest},
      {"lower-case version", with_line("GET /shape http/1.1"), honest},
      {"the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", honest},
      {"the preface behind an upgrade",
       with_field(
           "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk") +
           "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
       with_field(
           "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk")},
      {"authority for a target", with_line("CONNECT a:443 HTTP/1.1"), honest},
      {"authority for GET", with_line("GET a:443 HTTP/1.1"), honest},
      {"asterisk for GET", with_line("GET * HTTP/1.1"), with_line("OPTIONS * HTTP/1.1")},
      {"target without a slash", with_line("GET shape HTTP/1.1"), honest},
      {"absolute form with a user", with_line("GET http://u@a/shape HTTP/1.1"),
       with_line("GET http://a/shape HTTP/1.1")},
      {"absolute form without a host", with_line("GET http:///shape HTTP/1.1"),
       with_line("GET HTTPS://b:8443/shape HTTP/1.1")},
      {"absolute form of another scheme", with_line("GET ftp://a/shape HTTP/1.1"), honest},
      {"fragment", with_line("GET /shape#x HTTP/1.1"), with_line("GET /shape%23x HTTP/1.1")},
      {"byte beyond ASCII", with_line("GET /\xC3\xA9 HTTP/1.1"), with_line("GET /%C3%A9 HTTP/1.1")},
      {"no Host", with_hosts(""), with_hosts("Host: a\r\n")},
      {"empty Host", with_hosts("Host:\r\n"), with_hosts("Host: [::1]:80\r\n")},
      {"two Hosts", with_hosts("Host: a\r\nHost: b\r\n"), with_hosts("Host: a:8080\r\n")},
      {"two equal Hosts", with_hosts("Host: a\r\nhost: a\r\n"), with_hosts("host: a\r\n")},
      {"two Hosts in one", with_hosts("Host: a, b\r\n"), with_hosts("Host: a.b\r\n")},
      {"Host with a path", with_hosts("Host: a/b\r\n"), with_hosts("Host: a\r\n")},
      {"Host with a user", with_hosts("Host: u@a\r\n"), with_hosts("Host: a\r\n")},
      {"Host with two ports", with_hosts("Host: a:80:81\r\n"), with_hosts("Host: a:80\r\n")},
      {"Host with a port that is none", with_hosts("Host: a:x\r\n"), with_hosts("Host: a:\r\n")},
  };
}

void judge(Security security, const std::vector<Shape>& shapes) {
  TestServer server(security);
  for (const auto& [name, hostile, honest] : shapes) {
    SCOPED_TRACE(name);
    auto refused = server.client();
    refused.send(get("/before") + hostile + get("/smuggled"));
    EXPECT_EQ(refused.read().status, 200);
    auto answer = refused.read();
    // The upgrade is not taken: it is answered, and what speaks HTTP/2 behind it is refused.
    if (hostile.starts_with("GET /shape") && hostile.ends_with("SM\r\n\r\n")) {
      EXPECT_EQ(answer.status, 200);
      EXPECT_FALSE(answer.has("Upgrade"));
      answer = refused.read();
    }
    EXPECT_THAT(answer.status, ::testing::AnyOf(400, 413));
    EXPECT_EQ(answer.field("Connection"), "close");
    EXPECT_TRUE(refused.closed());

    auto passed = server.client();
    passed.send(get("/before") + honest + get("/behind"));
    EXPECT_EQ(passed.read().status, 200);
    EXPECT_EQ(passed.read().status, 200);
    EXPECT_EQ(passed.read().body, "GET /behind  127.0.0.1");
  }
  EXPECT_FALSE(server.notes.has("/smuggled 200"));
}

TEST_P(RequestShapes, OfLengths) { judge(GetParam(), lengths()); }
TEST_P(RequestShapes, OfCodings) { judge(GetParam(), codings()); }
TEST_P(RequestShapes, OfChunks) { judge(GetParam(), chunks()); }
TEST_P(RequestShapes, OfLinesAndFields) { judge(GetParam(), lines_and_fields()); }
TEST_P(RequestShapes, OfVersionsAndTargets) { judge(GetParam(), versions_and_targets()); }

}  // namespace
}  // namespace recant::http

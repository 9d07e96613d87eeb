// docs/operating.md against the code: its tables are what operators rely on.
#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "app/log.hpp"
#include "app/metric_table.hpp"
#include "app/metrics.hpp"
#include "service/events.hpp"
#include "service/meter.hpp"
#include "testing/repository.hpp"
#include "verify/judgement.hpp"
#include "verify/revocation.hpp"

namespace recant::app {
namespace {

using ::testing::ElementsAreArray;

std::string trimmed(const std::string& text) {
  const auto begin = text.find_first_not_of(' ');
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(' ') - begin + 1);
}

/// The cells of each row of the table that follows `heading`.
std::vector<std::vector<std::string>> rows_below(const std::string& heading) {
  std::ifstream file(testing::repository() / "docs/operating.md");
  std::vector<std::vector<std::string>> rows;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("## ")) here = line == heading;
    if (!here || !line.starts_with("| `")) continue;
    std::vector<std::string> cells;
    std::istringstream rest(line.substr(1));
    for (std::string cell; std::getline(rest, cell, '|');) cells.push_back(trimmed(cell));
    rows.push_back(cells);
  }
  return rows;
}

std::string code(std::string_view text) { return "`" + std::string(text) + "`"; }

std::string kind_of(MetricInfo::Kind kind) {
  return kind == MetricInfo::Kind::counter     ? "counter"
         : kind == MetricInfo::Kind::histogram ? "histogram"
                                               : "gauge";
}

TEST(Operating, NamesEveryMetricAsItIsExported) {
  std::vector<std::vector<std::string>> expected;
  for (const MetricInfo& info : kMetrics) {
    std::string labels;
    for (const std::string_view label : info.labels) {
      if (!label.empty()) labels += (labels.empty() ? "" : " ") + code(label);
    }
    expected.push_back({code(info.name), kind_of(info.kind), labels, std::string(info.help)});
  }
  EXPECT_THAT(rows_below("## Metrics"), ElementsAreArray(expected));
}

TEST(Operating, NamesEveryReasonOfAVerdictAndEachIsCountedFromTheStart) {
  std::vector<std::string> expected;
  for (const verify::RevokedBy by : verify::kRevokedBy)
    expected.push_back("`revoked` " + code(verify::name_of(by)));
  for (const verify::Ignorance ignorance : verify::kIgnorance)
    expected.push_back("`unavailable` " + code(verify::name_of(ignorance)));
  expected.push_back("`unavailable` " + code(service::kUnfitRedis));
  std::vector<std::string> written;
  const std::string scraped = Metrics("1", unix_millis(0)).scrape({});
  for (const auto& row : rows_below("## Verdicts")) {
    if (row.at(0) == "`valid`" || row.at(0) == "`invalid`") continue;
    written.push_back(row.at(0) + " " + row.at(1));
    const auto plain = [](std::string cell) { return cell.substr(1, cell.size() - 2); };
    EXPECT_THAT(scraped, ::testing::HasSubstr("verdict=\"" + plain(row.at(0)) + "\",reason=\"" +
                                              plain(row.at(1)) + "\""));
  }
  EXPECT_THAT(written, ElementsAreArray(expected));
}

TEST(Operating, NamesEverySecurityEventAndItsLevel) {
  std::vector<std::string> expected;
  for (const service::Event event : service::kEvents) {
    expected.push_back(code(service::name_of(event)) + " " +
                       (level_of(event) == LogLevel::warn ? "warn" : "info"));
  }
  std::vector<std::string> written;
  for (const auto& row : rows_below("## Security events"))
    written.push_back(row.at(0) + " " + row.at(1));
  EXPECT_THAT(written, ElementsAreArray(expected));
}

}  // namespace
}  // namespace recant::app

// A transaction beside which no other of its kind runs (Engine::begin_alone): what it reads stays
// so until it commits. Rolled back at its end, unless it was committed.
#pragma once

#include <soci/soci.h>

#include "database/engine.hpp"

namespace recant::database {

class Alone {
 public:
  Alone(const Engine& engine, soci::session& sql) : sql_(sql) {
    try {
      engine.begin_alone(sql_);
    } catch (...) {
      roll_back();
      throw;
    }
  }
  ~Alone() {
    if (!committed_) roll_back();
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  void commit() {
    sql_.commit();
    committed_ = true;
  }

 private:
  /// What cannot be rolled back is lost with its connection.
  void roll_back() noexcept {
    try {
      sql_.rollback();
    } catch (const std::exception&) {
    }
  }

  soci::session& sql_;
  bool committed_ = false;
};

}  // namespace recant::database

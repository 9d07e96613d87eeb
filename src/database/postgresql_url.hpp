// `postgresql://…`: where a PostgreSQL is, how we are let in, and how the way to it is secured.
// Nothing is connected to.
//
// Beyond loopback and Unix sockets a connection is under TLS, with the server's certificate and
// name checked (sslmode=verify-full), unless the URL says otherwise.
#pragma once

#include <string>

#include "base/result.hpp"

namespace recant::database {

struct PostgresqlTarget {
  std::string connect_string;  // for libpq; may hold a password
  std::string shown;           // for messages: without password and parameters
  std::string warning;         // a sentence for the operator about how it is secured, or empty
  bool has_password = false;
};

bool is_postgresql_url(const std::string& url);

/// On failure, words that follow the name of the setting ("must be …"); they quote nothing of the
/// URL.
Result<PostgresqlTarget, std::string> parse_postgresql_url(const std::string& url);

}  // namespace recant::database

// Values that are each allowed and do not go together.
#include "config_fixture.hpp"

namespace recant::app {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class ContradictionsTest : public ConfigTest {};

TEST_F(ContradictionsTest, ACertificateAndItsKeyComeTogether) {
  file("server.tls_cert = \"c.pem\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("server.tls_cert (c.pem, "), HasSubstr("line 1)"),
                                  HasSubstr("needs server.tls_key")));
  file("server.tls_key = \"k.pem\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("server.tls_key (k.pem, "), HasSubstr("line 1)"),
                                  HasSubstr("needs server.tls_cert")));
  file("server.tls_cert = \"c.pem\"\nserver.tls_key = \"k.pem\"\n").good();
}

TEST_F(ContradictionsTest, TheListenersDoNotMeet) {
  struct Pair {
    const char* listen;
    const char* operators;
    bool meet;
  };
  for (const auto& [listen, operators, meet] : {
           Pair{"127.0.0.1:80", "127.0.0.1:80", true}, Pair{"0.0.0.0:80", "127.0.0.1:80", true},
           Pair{"127.0.0.1:80", "0.0.0.0:80", true}, Pair{"[::]:80", "127.0.0.1:80", true},
           Pair{"localhost:80", "127.0.0.1:80", true}, Pair{"127.0.0.1:80", "127.0.0.1:81", false},
           Pair{"127.0.0.1:80", "127.0.0.2:80", false}, Pair{"127.0.0.1:80", "[::1]:80", false},
           Pair{"127.0.0.1:0", "127.0.0.1:0", false},  // each takes a free one
       }) {
    SCOPED_TRACE(std::string(listen) + " " + operators);
    file("server.listen = \"" + std::string(listen) + "\"\nserver.ops_listen = \"" + operators +
         "\"\n");
    if (!meet) {
      good();
      continue;
    }
    EXPECT_THAT(only_error(), AllOf(HasSubstr("server.ops_listen ("), HasSubstr("line 2)"),
                                    HasSubstr("server.listen ("), HasSubstr("another port")));
  }
}

TEST_F(ContradictionsTest, SharedKeysAreSealedAndFilesAreNot) {
  file("database.url = \"postgresql:///recant\"\n");
  EXPECT_THAT(only_error(),
              AllOf(HasSubstr("database.url ((set), "), HasSubstr("line 1)"),
                    HasSubstr("openssl rand -base64 32"), HasSubstr("keys.seal_file")));
  file("keys.seal_file = \"seal\"\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("keys.seal_file (seal, "), HasSubstr("line 1)"),
                                  HasSubstr("take it out")));
  file("keys.seal_file = \"seal\"\ndatabase.url = \"sqlite:/srv/x.db\"\n");
  EXPECT_THAT(only_error(), HasSubstr("take it out"));
  file("keys.seal_file = \"seal\"\ndatabase.url = \"postgresql:///recant\"\n").good();
}

// The rows of OWASP's table: each is as strong as the others.
TEST_F(ContradictionsTest, APasswordsHashIsAtLeastAsStrongAsTheTableAsks) {
  struct Pair {
    int memory_kib;
    int iterations;
    bool strong;
  };
  for (const auto& [memory_kib, iterations, strong] :
       {Pair{47104, 1, true}, Pair{47103, 1, false}, Pair{19456, 2, true}, Pair{19455, 2, false},
        Pair{12288, 3, true}, Pair{12287, 3, false}, Pair{9216, 4, true}, Pair{9215, 4, false},
        Pair{7168, 5, true}, Pair{7168, 4, false}, Pair{7168, 1, false}, Pair{7168, 100, true},
        Pair{1048576, 1, true}}) {
    SCOPED_TRACE(memory_kib);
    file("[password]\nmemory_kib = " + std::to_string(memory_kib) +
         "\niterations = " + std::to_string(iterations) + "\n");
    if (strong) {
      good();
      continue;
    }
    EXPECT_THAT(only_error(),
                AllOf(HasSubstr("password.memory_kib (" + std::to_string(memory_kib) + ", "),
                      HasSubstr("password.iterations (" + std::to_string(iterations) + ", "),
                      HasSubstr("7168 with 5")));
  }
}

TEST_F(ContradictionsTest, EachIdentityHeaderHasANameOfItsOwn) {
  file("server.identity_headers = [\"subject=X-User\", \"session=x-user\"]\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("server.identity_headers ("), HasSubstr("line 1)"),
                                  HasSubstr("stands for two")));
  // The names of those that keep theirs count as well.
  file("server.identity_headers = [\"subject=X-Auth-Session\"]\n");
  EXPECT_THAT(only_error(), HasSubstr("stands for two"));
  file("server.identity_headers = [\"subject=X-User\", \"subject=X-Name\"]\n");
  EXPECT_THAT(only_error(), HasSubstr("must name subject once"));
  // Exchanged, they are each other's.
  file("server.identity_headers = [\"subject=X-Auth-Session\", \"session=X-Auth-Subject\"]\n")
      .good();
}

TEST_F(ContradictionsTest, NobodySignsUpWhereThereAreNoAccounts) {
  file("accounts.enabled = false\naccounts.signup = true\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("accounts.signup (true, "), HasSubstr("line 2)"),
                                  HasSubstr("accounts.enabled (false, ")));
  file("accounts.enabled = false\n").good();
}

TEST_F(ContradictionsTest, AllAreNamedAtOnceAndNoneBesideAMistake) {
  file("server.tls_cert = \"c\"\naccounts.enabled = false\naccounts.signup = true\n");
  EXPECT_EQ(bad().size(), 2u);
  // What was refused left its place to a default, about which nothing can be said.
  file("server.tls_cert = \"c\"\nserver.tls_key = 5\n");
  EXPECT_THAT(only_error(), AllOf(HasSubstr("line 2"), Not(HasSubstr("needs"))));
}

}  // namespace
}  // namespace recant::app

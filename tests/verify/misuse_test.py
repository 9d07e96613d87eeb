"""Types carry proof (ARCHITECTURE.md, sentence 10): what is wrong does not compile, and its right twin does.

    python3 misuse_test.py BUILD-DIRECTORY

Compiled as the build compiles its tests: by the command of one of them in compile_commands.json.
"""
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
import unittest

BUILD = sys.argv.pop(1) if len(sys.argv) > 1 else "."
LIKE = "tests/verify/access_token_test.cpp"

FRAME = """
#include "http/wire_responses.hpp"
#include "jose/jws.hpp"
#include "verify/access_token.hpp"
#include "verify/own_token.hpp"
#include "verify/revocation.hpp"
#include "verify/verifier.hpp"
using namespace recant;
namespace {
template <class... All>
void use(const All&...) {}
[[maybe_unused]] void try_it([[maybe_unused]] const jose::ParsedJws& parsed,
                             [[maybe_unused]] const jose::VerifiedJws& signed_by_us,
                             [[maybe_unused]] const verify::VerifiedToken& token,
                             [[maybe_unused]] const verify::OwnToken& own,
                             [[maybe_unused]] const verify::Identity& identity,
                             [[maybe_unused]] const verify::Question& question,
                             [[maybe_unused]] const verify::RevocationAnswers& answers,
                             [[maybe_unused]] const core::Subject& subject) {
STATEMENTS
}
}  // namespace
"""

PRIVATE = "is private within this context"
ANOTHER = "invalid initialization of reference of type"
CONVERSION = "cannot convert"
NO_WAY = "no matching function for call to"
MISUSES = {  # what → wrong, right, the first error
    "a parsed token is no verified one": (
        "const jose::VerifiedJws& taken = parsed; use(taken);",
        "const jose::VerifiedJws& taken = signed_by_us; use(taken);", ANOTHER),
    "a parsed token is not made a verified one": (
        "use(jose::VerifiedJws(parsed, crypto::Algorithm::es256));",
        "use(jose::verify_jws(\"\", jose::KeySet()));", PRIVATE),
    "a verified token is not made of nothing": (
        "jose::VerifiedJws made; use(made);", "jose::ParsedJws made; use(made);", NO_WAY),
    "a parsed token tells of no algorithm to rely on": (
        "use(parsed.algorithm());", "use(signed_by_us.algorithm());", "has no member named"),
    "a good signature makes no access token": (
        "use(verify::VerifiedToken(signed_by_us));", "use(verify::VerifiedToken(token));", NO_WAY),
    "a subject makes no access token": (
        "use(verify::VerifiedToken(subject));", "use(verify::VerifiedToken(token));", PRIVATE),
    "an access token is not made of nothing": (
        "verify::VerifiedToken made; use(made);", "verify::RevocationAnswers made; use(made);",
        NO_WAY),
    "nobody inherits the right to make one": (
        "struct Forged : verify::VerifiedToken { explicit Forged(const core::Subject& by)"
        " : VerifiedToken(by) {} }; use(Forged(subject));",
        "struct Copy : verify::VerifiedToken { explicit Copy(const VerifiedToken& of)"
        " : VerifiedToken(of) {} }; use(Copy(token));", PRIVATE),
    "a verified token stays what was verified": (
        "verify::VerifiedToken copy(token); copy.subject() = subject;",
        "verify::VerifiedToken copy(token); copy = token;", "discards qualifiers"),
    "its members are its own": (
        "verify::VerifiedToken copy(token); copy.jti_.clear();",
        "verify::VerifiedToken copy(token); use(copy.jti());", PRIVATE),
    "whether a parsed token was revoked is no question": (
        "use(verify::decide_revoked(parsed, answers));",
        "use(verify::decide_revoked(identity, answers));", ANOTHER),
    "a token of any issuer is not one of ours": (
        "use(verify::OwnToken(subject, own.sid(), identity));", "use(verify::OwnToken::from(identity));",
        PRIVATE),
    "a parsed token tells of nobody": (
        "use(verify::Identity::of(parsed));", "use(verify::Identity::of(token));", CONVERSION),
    "an identity is not made of nothing": (
        "verify::Identity made; use(made);", "verify::Identity made(identity); use(made);", r"no matching function"),
    "an identity is not made of text": (
        "verify::Identity made({}, 0, [](auto) {}); use(made);",
        "use(verify::Identity::of(token));", PRIVATE),
    "a question is about a token that was verified": (
        "use(verify::Question(std::string(), identity, {}));", "use(question.identity());", PRIVATE),
    "a token of any issuer speaks for nobody of ours": (
        "use(http::me_response(identity, {}));", "use(http::me_response(own, {}));", ANOTHER),
}


def compiler():
    """The real flags, checking only."""
    with open(os.path.join(BUILD, "compile_commands.json")) as file:
        entry, = [one for one in json.load(file) if one["file"].endswith("/" + LIKE)]
    words = shlex.split(entry["command"])
    cut = words.index("-o")
    words = words[:cut] + words[cut + 2:]
    words = words[:words.index("-c")]
    return [word for word in words if os.path.basename(word) != "ccache"] + ["-fsyntax-only"], entry["directory"]


def errors_of(statements):
    """Each statement in a block and on a line of its own; its first error, or None; and all that was said."""
    words, directory = compiler()
    first_line = FRAME[:FRAME.index("STATEMENTS")].count("\n") + 1
    with tempfile.NamedTemporaryFile("w", suffix=".cpp") as source:
        source.write(FRAME.replace("STATEMENTS", "\n".join("{" + s + "}" for s in statements)))
        source.flush()
        done = subprocess.run([*words, "-fmax-errors=0", source.name], cwd=directory, text=True,
                              capture_output=True, env={**os.environ, "LC_ALL": "C"}, timeout=250)
        place = re.compile(rf"^{re.escape(source.name)}:(\d+):\d+: error: (.*)", re.MULTILINE)
    found = {}
    for line, error in place.findall(done.stderr):
        found.setdefault(int(line) - first_line, error)
    return done.returncode, [found.pop(i, None) for i in range(len(statements))], found, done.stderr


class Misuse(unittest.TestCase):
    def test_what_is_wrong_does_not_compile(self):
        code, errors, elsewhere, said = errors_of([wrong for wrong, _, _ in MISUSES.values()])
        self.assertNotEqual(code, 0)
        self.assertEqual(elsewhere, {}, said)
        for (what, (wrong, _, expected)), error in zip(MISUSES.items(), errors, strict=True):
            with self.subTest(what):
                self.assertIsNotNone(error, "this compiles: " + wrong)
                self.assertRegex(error, expected, wrong)

    def test_its_right_twin_does(self):
        code, _, _, said = errors_of([right for _, right, _ in MISUSES.values()])
        self.assertEqual(code, 0, said)


if __name__ == "__main__":
    unittest.main()

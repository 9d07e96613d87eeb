"""What every gateway of examples/ must do; each module lends its gateway."""
from bodies import Bodies
from door import Door
from identity import Identity
from shared import Contract
from unknown import GatewayOnly, Unknown

# Tests that fail without one line or another of an example.
SCOPE = "test_a_scope_is_asked_for_where_one_is_needed"
PATHS = "test_O49_CVE_2023_44794_a_path_that_can_be_read_in_two_ways_is_refused"
INSIDE = "test_O50_nobody_outside_reaches_the_check_or_the_administration"
FORGED = "test_O48_what_the_client_claims_to_be_never_arrives"
TOLD = "test_the_API_is_told_what_Recant_said"
OPEN = "test_O48_nor_where_somebody_lets_everyone_in"
CONNECTION = "test_O48_the_client_cannot_have_them_taken_away"
TUNNEL = "test_nobody_leaves_HTTP_but_by_a_WebSocket"
WEBSOCKET = "test_a_WebSocket_is_asked_about_and_passes"
DOWN = "test_503_while_Recant_is_down"
CHALLENGED = "test_O47_whoever_has_no_good_token_is_challenged_as_by_Recant"
KEPT = "test_connections_to_Recant_are_kept"
COOKIE = "test_a_cookie_counts_and_not_for_another_page"
FIRST = "test_200_and_after_the_revocation_401"
BODY = "test_O49_methods_and_bodies_pass_unharmed_and_are_no_part_of_the_question"


class Needed(Contract):
    """No line that protects is there for nothing: without it a test above fails."""

    def test_each_line_that_protects(self):
        for old, new, case, test in self.gateway_type.needed:
            with self.subTest(without=old):
                gateway = self.gateway_type(self.relay.port, self.api.port, [(old, new)])
                try:
                    shared = {"gateway_type": self.gateway_type, "recant": self.recant,
                              "api": self.api, "relay": self.relay, "gateway": gateway}
                    probe = type(case.__name__, (case,), shared)(test)
                    probe.setUp()
                    with self.assertRaises(AssertionError):
                        getattr(probe, test)()
                    probe.doCleanups()
                finally:
                    gateway.end()
                    if self.recant.process.ended():
                        self.recant.start()


def load(module, gateway):
    """The tests of all classes above, for one gateway; `module` is the namespace of its file."""
    for case in (Door, Identity, Bodies, Unknown, GatewayOnly, Needed):
        module[case.__name__] = type(case.__name__, (case,), {
            "gateway_type": gateway, "__module__": module["__name__"]})

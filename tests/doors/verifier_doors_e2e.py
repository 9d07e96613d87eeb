"""J01 to J52, and what other verifiers took, door by door: the same tokens at each."""
import unittest

from claims import Claims
from door import CommandDoor, ForeignDoor, OwnDoor, VerifierDoor
from form import Form
from header import Header
from other_verifiers import OtherVerifiers
from signature import Signature

DOORS = (VerifierDoor, CommandDoor, OwnDoor, ForeignDoor)
LINES = (Form, Header, Signature, Claims, OtherVerifiers)


def load():
    for case in LINES:
        del globals()[case.__name__]  # of no door
        for door in DOORS:
            name = f"{case.__name__}At{door.__name__}"
            globals()[name] = type(name, (case,), {"door_type": door, "__module__": __name__})


load()

if __name__ == "__main__":
    unittest.main()

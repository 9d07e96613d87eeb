"""Where bound/ is."""
import os
import sys

BOUND = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "bound")
sys.path.insert(0, BOUND)

"""Installs the Node packages that services beside Recant use, once for each lock file.

    install_node.py FOLDER      afterwards FOLDER/node_modules holds what node/package-lock.json names
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "e2e"))

from harness import node_packages  # noqa: E402

if __name__ == "__main__":
    sys.exit(node_packages.lacking() or node_packages.install(os.path.join(HERE, "node"), os.path.abspath(sys.argv[1])))

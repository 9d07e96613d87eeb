"""Certificates as an operator makes them: by the openssl program."""
import os
import subprocess
from typing import NamedTuple


class Certificate(NamedTuple):
    """Files with PEM in them."""
    cert: str
    key: str


class Authority:
    """Signs certificates, in a directory that somebody else removes."""

    def __init__(self, directory, name="Our Root"):
        self._directory = directory
        self._name = name.replace(" ", "-").lower()
        self._count = 0
        self.key = os.path.join(directory, f"{self._name}.key")
        self.cert = os.path.join(directory, f"{self._name}.pem")
        self._openssl("req", "-x509", *self._new_key(self.key), "-out", self.cert, "-subj", f"/CN={name}", "-days", "2")

    def issue(self, name, alternatives="DNS:localhost,IP:127.0.0.1", days=1):
        """A certificate from now on, for so many days; -1 makes one that has expired."""
        self._count += 1
        stem = os.path.join(self._directory, f"{self._name}-{self._count}-{name}")
        made = Certificate(f"{stem}.pem", f"{stem}.key")
        self._openssl("req", *self._new_key(made.key), "-out", f"{stem}.csr", "-subj", f"/CN={name}")
        with open(f"{stem}.ext", "w") as extensions:
            extensions.write(f"subjectAltName={alternatives}\n")
        self._openssl("x509", "-req", "-in", f"{stem}.csr", "-CA", self.cert, "-CAkey", self.key, "-CAcreateserial",
                      "-days", str(days), "-extfile", f"{stem}.ext", "-out", made.cert)
        return made

    @staticmethod
    def _new_key(file):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", file]

    @staticmethod
    def _openssl(*words):
        done = subprocess.run(["openssl", *words], capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

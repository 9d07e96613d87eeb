"""Certificates as an operator gets them: an authority, and what it has signed. Made by openssl(1)."""
import os
import ssl
import subprocess


def _openssl(*words):
    subprocess.run(["openssl", *words], check=True, stdin=subprocess.DEVNULL,
                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


class Authority:
    def __init__(self, directory, name="authority"):
        self.directory = directory
        self.certificate = os.path.join(directory, f"{name}.pem")
        self._key = os.path.join(directory, f"{name}-key.pem")
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", self._key, "-out", self.certificate, "-days", "30",
                 "-subj", f"/CN={name}")

    def issue(self, name, days=30):
        """For this machine; the paths of the certificate (authority behind it) and of its key."""
        key = os.path.join(self.directory, f"{name}-key.pem")
        asked = os.path.join(self.directory, f"{name}.csr")
        certificate = os.path.join(self.directory, f"{name}.pem")
        extensions = os.path.join(self.directory, f"{name}.ext")
        with open(extensions, "w") as file:
            file.write("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n"
                       "subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid\n")
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                 "-keyout", key, "-out", asked, "-subj", f"/CN={name}")
        _openssl("x509", "-req", "-in", asked, "-CA", self.certificate, "-CAkey", self._key,
                 "-days", str(days), "-extfile", extensions, "-out", certificate)
        with open(certificate, "a") as chain, open(self.certificate) as own:
            chain.write(own.read())
        os.chmod(key, 0o600)
        return certificate, key

    def client(self):
        """Of clients that believe this authority and nobody else."""
        context = ssl.create_default_context(cafile=self.certificate)
        context.set_alpn_protocols(["http/1.1"])
        return context

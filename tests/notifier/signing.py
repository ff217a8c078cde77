"""Keys of nobody's, made for a run of the tests."""

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa


def _pem(key: rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    form, layout = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    return key.private_bytes(form, layout, serialization.NoEncryption()).decode()


def rsa_key(bits: int = 2048) -> str:
    """A fresh RSA key in PEM."""
    return _pem(rsa.generate_private_key(65537, bits))


RSA_KEY = rsa_key()
ED25519_KEY = _pem(ed25519.Ed25519PrivateKey.from_private_bytes(b"B" * 32))

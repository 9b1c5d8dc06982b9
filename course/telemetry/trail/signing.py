"""The keys that sign digest files: one pair for each Region, always the same.

Follows ListPublicKeys: CloudTrail has a pair of its own in every Region, whoever the account. AWS
makes its keys at random and changes them; here a pair is derived from the Region's name, so that a
run repeats. Not for any other use: whoever knows the Region knows the key.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from random import Random

from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

BITS = 2048
_EXPONENT = 65537
_SMALL = [n for n in range(3, 2000, 2) if all(n % d for d in range(3, int(n**0.5) + 1, 2))]


@lru_cache(maxsize=8)
def private_key(region: str) -> rsa.RSAPrivateKey:
    """CloudTrail's private key in a Region."""
    digest = hashlib.sha256(f"digest key/{region}".encode()).digest()
    rng = Random(int.from_bytes(digest, "big"))
    p, q = _prime(rng), _prime(rng)
    d = pow(_EXPONENT, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(_EXPONENT, p * q)
    crt = rsa.rsa_crt_dmp1(d, p), rsa.rsa_crt_dmq1(d, q), rsa.rsa_crt_iqmp(p, q)
    return rsa.RSAPrivateNumbers(p, q, d, *crt, public).private_key()


def _prime(rng: Random) -> int:
    """A prime of half the key's length whose predecessor the exponent does not divide."""
    half = BITS // 2
    while True:
        number = rng.getrandbits(half) | (3 << (half - 2)) | 1
        sieved = all(number % small for small in _SMALL) and number % _EXPONENT != 1
        if sieved and all(pow(base, number - 1, number) == 1 for base in (2, 3, 5)):
            return number


def public_key(region: str) -> bytes:
    """The public key as list_public_keys returns it: DER, PKCS #1."""
    return private_key(region).public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)


def fingerprint(region: str) -> str:
    """The public key's fingerprint, 32 hexadecimal digits; AWS does not say how it makes them."""
    return hashlib.md5(public_key(region), usedforsecurity=False).hexdigest()


def sign(region: str, text: str) -> str:
    """The signature of a text, in hexadecimal digits."""
    key = private_key(region)
    return key.sign(text.encode(), padding.PKCS1v15(), SHA256()).hex()

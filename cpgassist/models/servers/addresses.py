"""Where a model server may stand: on this machine, or elsewhere if the settings say so, and then only over TLS."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from cpgassist.errors import InputError

# Narrower than what a URL may be, so that no two parsers can read two hosts in it.
_URL = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[A-Za-z0-9._~/-]*)?", re.ASCII)
_EXAMPLE = 'Write it like "http://127.0.0.1:11434/v1".'


@dataclass(frozen=True, slots=True)
class Address:
    """A server's address that was checked."""

    url: str
    """Without a slash at its end."""
    place: str
    """Host and port, for messages."""
    local: bool
    """Whether it is this machine."""


def checked(base_url: str | None, allow_remote: bool = False) -> Address:
    """The address of a server. Raises InputError where it is none, holds a password, or leaves this machine unasked."""
    if not base_url:
        raise InputError("No address of a model server is set.", f"Set base_url. {_EXAMPLE}")
    url = base_url.strip()
    if "@" in url:
        raise InputError(
            "base_url holds a user name or a password.", "Leave it out; the key belongs in the environment."
        )
    if not _URL.fullmatch(url) or not _port_is_usable(url):
        raise InputError("base_url is no plain http:// or https:// address.", _EXAMPLE)
    parts = urlsplit(url)
    host = parts.hostname or ""
    if not host:
        raise InputError("base_url names no host.", _EXAMPLE)
    address = Address(url.rstrip("/"), parts.netloc, is_loopback(host))
    if address.local:
        return address
    if not allow_remote:
        raise InputError(
            f"The model server {address.place} is not on this machine, so questions and passages would leave it.",
            "Set allow_remote if they may (photos need allow_remote_photos besides), or use a server on 127.0.0.1.",
        )
    if parts.scheme != "https":
        raise InputError(
            f"The model server {address.place} is not on this machine and its address is not encrypted.",
            "Use https://; http:// is for this machine only.",
        )
    return address


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: "localhost", 127.0.0.0/8 or ::1, spelt plainly; nothing is looked up."""
    if host.lower() == "localhost":
        return True
    try:
        address = ip_address(host.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback if isinstance(address, IPv4Address) else address == IPv6Address("::1")


def _port_is_usable(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False

"""Which addresses may be asked: those an entry names and what they lead on to, on the open internet only.

A catalogue or a redirect must not make this machine ask its own network ("server-side request forgery"): hosts are
those of the entry or listed, and what a name resolves to is looked at once connected, so that no second look-up can
give another answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from cpgassist.catalogue.outcomes import Stopped

_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\]", re.IGNORECASE | re.ASCII)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Rules:
    """The hosts that may be asked."""

    hosts: frozenset[str]
    """Hosts of the entry and those that its catalogue lists."""
    allowed: frozenset[str] = frozenset()
    """Hosts that the user allowed by name: these may have a private address and any port."""

    @classmethod
    def of(cls, hosts: Iterable[str], allowed: Iterable[str] = ()) -> Rules:
        """Rules for these hosts, however they are spelt."""
        return cls(frozenset(map(_plain, hosts)), frozenset(map(_plain, allowed)))

    def check(self, url: str, before: str | None = None) -> SplitResult:
        """The address taken apart; `before` is the one that led to it. Raises Stopped where it may not be asked."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise _refused(url, "it is malformed") from error
        host = _plain(parts.hostname or "")
        spelt = f"[{host}]" if ":" in host else host
        if parts.scheme not in _PORTS or not url.isascii() or not url.isprintable() or re.search(r"[\s\\]", url):
            raise _refused(url, "it is no plain http:// or https:// address")
        if "@" in parts.netloc or not _HOST.fullmatch(spelt):
            raise _refused(url, "it names a user or no plain host")
        if before and urlsplit(before).scheme == "https" and parts.scheme == "http":
            raise _refused(url, "it leads from an encrypted address to an open one")
        if host in self.allowed:
            return parts
        if host not in self.hosts:
            raise _refused(url, f"{host} is no host of this entry", f"If you trust it, allow it: --allow-host {host}.")
        if port not in (None, _PORTS[parts.scheme]):
            raise _refused(url, f"port {port} is not the usual one", f"If you trust it, allow it: --allow-host {host}.")
        if not _is_open(host):
            raise _private(url, host)
        return parts

    def check_peer(self, url: str, host: str, peer: str) -> None:
        """Raises Stopped where a host turned out to be at a private address and is not allowed by name."""
        if _plain(host) not in self.allowed and not is_public(peer):
            raise _private(url, host)


def is_public(address: str) -> bool:
    """Whether an IP address is on the open internet: not private, not this machine, not a link's, not a multicast one."""
    try:
        ip = ip_address(address.split("%")[0])
    except ValueError:
        return False
    if isinstance(ip, IPv6Address):
        inner = ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast


def _is_open(host: str) -> bool:
    """Whether a host's spelling does not give a private place away; nothing is looked up."""
    if host == "localhost" or host.endswith((".localhost", ".local", ".internal")):
        return False
    # Some libraries read "127.1", "2130706433" and "0x7f.1" as addresses.
    numeric = ":" in host or re.fullmatch(r"(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+))*", host)
    return is_public(host) if numeric else True


def _plain(host: str) -> str:
    return host.strip().strip("[]").rstrip(".").lower()


def _refused(url: str, why: str, next_step: str = "") -> Stopped:
    return Stopped("refused", f"{url[:200]!r} was not asked: {why}.", next_step)


def _private(url: str, host: str) -> Stopped:
    return _refused(url, f"{host} is on a private network or this machine", f"If you mean it: --allow-host {host}.")

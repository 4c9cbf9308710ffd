"""Which addresses may be asked."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpgassist.catalogue.addresses import Rules, is_public
from cpgassist.catalogue.outcomes import Stopped

RULES = Rules.of(["www.moh.example", "MEMS.example."], ["intranet.example", "127.0.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "https://www.moh.example/a.pdf",
        "http://WWW.MOH.example:80/a%20b.pdf?x=1",
        "https://mems.example:443/",
        "http://intranet.example:8080/a.pdf",
        "http://127.0.0.1:5000/a.pdf",
    ],
)
def test_hosts_of_the_entry_and_those_allowed_may_be_asked(url):
    assert RULES.check(url).hostname


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/a.pdf",
        "https://www.moh.example.evil.example/a.pdf",
        "https://evil.example/www.moh.example",
        "https://www.moh.example@evil.example/",
        "https://user:pass@www.moh.example/",
        "https://www.moh.example:8443/a.pdf",
        "https://www.moh.example:99999/a.pdf",
        "https://www.moh.example\\@evil.example/",
        "https://www.moh.example/a b.pdf",
        "https://www.moh.example/\r\nHost: evil",
        "ftp://www.moh.example/a.pdf",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "//www.moh.example/a.pdf",
        "https:///a.pdf",
        "https://[::1/a.pdf",
        "",
    ],
)
def test_no_other_address_may_be_asked(url):
    with pytest.raises(Stopped) as told:
        RULES.check(url)
    assert told.value.state == "refused" and told.value.next_step


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]", "0.0.0.0", "2130706433", "0x7f.1", "127.1", "localhost", "printer.local"],
)  # fmt: skip
def test_a_private_place_that_an_entry_names_is_not_asked(host):
    rules = Rules.of([host])
    with pytest.raises(Stopped, match="private network"):
        rules.check(f"http://{host}/a.pdf")
    assert Rules.of([host], [host]).check(f"http://{host}/a.pdf")


def test_an_encrypted_address_never_leads_to_an_open_one():
    assert RULES.check("https://www.moh.example/a", before="http://www.moh.example/a")
    with pytest.raises(Stopped, match="encrypted"):
        RULES.check("http://www.moh.example/a", before="https://www.moh.example/a")


@given(st.text(max_size=60))
def test_whatever_is_written_either_is_a_known_host_or_is_refused(text):
    for url in (text, f"https://{text}", f"https://www.moh.example{text}", f"http://{text}@www.moh.example/"):
        try:
            parts = RULES.check(url)
        except Stopped:
            continue
        assert parts.hostname.rstrip(".") in {"www.moh.example", "mems.example", "intranet.example", "127.0.0.1"}
        assert parts.scheme in ("http", "https") and parts.username is None


@given(st.ip_addresses())
def test_public_means_public(address):
    assert not (
        is_public(str(address))
        and (address.is_private or address.is_loopback or address.is_link_local or address.is_multicast)
    )


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_in_ipv6_clothes_is_as_public_as_it_is(address):
    assert is_public(f"::ffff:{address}") == is_public(str(address))
    sixtofour = ipaddress.IPv6Address((0x2002 << 112) | (int(address) << 80))
    assert not is_public(str(sixtofour)) or is_public(str(address))


@given(st.text(max_size=30))
def test_what_is_no_ip_address_is_not_public(text):
    try:
        ipaddress.ip_address(text.split("%")[0])
    except ValueError:
        assert not is_public(text)

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError
from starlette.datastructures import Headers

from index.errors import ConfigError
from service.identity.proxy import Proxy
from service.identity.settings import ProxySettings, proxy_secret
from service.identity.types import Caller, Proven
from tests.service.identity.asking import assert_refused

SECRET = "the secret of the proxy"  # noqa: S105 - of tests
NEAR = "10.1.2.3"
HEADERS = {
    "x-answerable-proxy-secret": SECRET,
    "x-forwarded-email": "Ada@Tallow.example",
    "x-forwarded-groups": "Staff, boat crew,",
}


@pytest.fixture
def proxy() -> Proxy:
    settings = ProxySettings.model_validate({"addresses": ["10.1.0.0/16", "fd00::/8"]})
    return Proxy(settings, SecretStr(SECRET))


def request(address: str = NEAR, **changed: str | None) -> Caller:
    """A request as the proxy sends it, but for headers that are changed, or None: left out."""
    headers = HEADERS | {name.replace("_", "-"): value for name, value in changed.items()}
    return Caller({name: value for name, value in headers.items() if value is not None}, address)


def test_proxy_names_the_person_and_their_groups(proxy: Proxy) -> None:
    known = "ada@tallow.example"

    found = proxy.prove(request())

    assert found == Proven(known, frozenset({"staff", "boat crew"}), "proxy", known)


def test_names_of_headers_count_in_any_case(proxy: Proxy) -> None:
    shouted = {name.upper(): value for name, value in HEADERS.items()}

    assert proxy.prove(Caller(shouted, NEAR))
    assert_refused(proxy.prove, Caller(shouted, "203.0.113.7"))


@pytest.mark.parametrize("address", ["::ffff:10.1.2.3", "fd00::1"])
def test_proxy_may_come_by_the_other_protocol(proxy: Proxy, address: str) -> None:
    assert proxy.prove(request(address))


def test_request_without_these_headers_goes_another_way(proxy: Proxy) -> None:
    assert proxy.prove(Caller({"x-forwarded-for": "10.1.2.3"}, NEAR)) is None


@pytest.mark.parametrize(
    "address", ["203.0.113.7", "10.2.0.1", "", "testclient", "10.1.2.3, 10.1.2.4", "fe80::1%eth0"]
)
def test_headers_from_anywhere_else_are_refused_though_the_secret_is_right(
    proxy: Proxy, address: str
) -> None:
    assert_refused(proxy.prove, request(address))


@pytest.mark.parametrize("secret", [None, "", SECRET[:-1], SECRET + "x", SECRET.upper(), "ä"])
def test_headers_without_the_secret_are_refused(proxy: Proxy, secret: str | None) -> None:
    assert_refused(proxy.prove, request(x_answerable_proxy_secret=secret))


@pytest.mark.parametrize("header", HEADERS)
def test_any_one_of_the_headers_from_elsewhere_is_refused(proxy: Proxy, header: str) -> None:
    assert_refused(proxy.prove, Caller({header: HEADERS[header]}, "203.0.113.7"))


@pytest.mark.parametrize(
    "email",
    [None, "", " ", "ada", "ada@tallow.example,boss@tallow.example", "ada@tallow.example boss@x.y"],
)
def test_proxy_that_names_nobody_or_two_is_refused(proxy: Proxy, email: str | None) -> None:
    assert_refused(proxy.prove, request(x_forwarded_email=email))


@pytest.mark.parametrize("header", HEADERS)
def test_header_that_is_there_twice_is_refused(proxy: Proxy, header: str) -> None:
    lines = [*HEADERS.items(), (header, HEADERS[header])]
    headers: Mapping[str, str] = Headers(raw=[(n.encode(), v.encode()) for n, v in lines])

    assert_refused(proxy.prove, Caller(headers, NEAR))


def test_group_with_control_characters_is_refused(proxy: Proxy) -> None:
    assert_refused(proxy.prove, request(x_forwarded_groups="staff\x00"))


def test_person_may_be_in_no_group(proxy: Proxy) -> None:
    found = proxy.prove(request(x_forwarded_groups=None))

    assert found
    assert found.groups == frozenset()


@pytest.mark.parametrize("addresses", [[], ["0.0.0.0/0"], ["::/0"], ["10.1.2.3/16"], ["proxy"]])
def test_networks_that_would_trust_everybody_or_nobody_are_refused(addresses: list[Any]) -> None:
    with pytest.raises(ValidationError):
        ProxySettings.model_validate({"addresses": addresses})


def test_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ProxySettings.model_validate({"addresses": ["10.1.0.0/16"]})
    monkeypatch.setenv("ANSWERABLE_PROXY_SECRET", SECRET)

    assert proxy_secret(settings).get_secret_value() == SECRET


def test_missing_or_short_secret_stops_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = ProxySettings.model_validate({"addresses": ["10.1.0.0/16"]})
    with pytest.raises(ConfigError, match="ANSWERABLE_PROXY_SECRET"):
        proxy_secret(settings)
    monkeypatch.setenv("ANSWERABLE_PROXY_SECRET", "short")
    with pytest.raises(ConfigError, match="16 characters"):
        proxy_secret(settings)

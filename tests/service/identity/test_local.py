import pytest

from index.errors import ConfigError
from service.identity.local import LOCAL, local, refuse_open
from service.identity.settings import AuthSettings
from tests.service.identity.asking import assert_refused, caller


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.8.8", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000"])
def test_person_at_this_machine_is_operator(address: str, host: str) -> None:
    found = local(caller(address, host=host))

    assert (found.principal, found.way, found.is_operator) == (LOCAL, "local", True)


@pytest.mark.parametrize("address", ["10.0.0.1", "203.0.113.7", "", "testclient", "localhost.x"])
def test_nobody_else_is(address: str) -> None:
    assert_refused(local, caller(address, host="localhost"))


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example:8000",
        "127.0.0.1.evil.example",
        "localhost@evil.example",
        "evil.example/localhost",
        "localhost:port",
        "[::1",
        "0.0.0.0:8000",
        "2130706433",
        "",
    ],
)
def test_page_whose_name_was_made_to_lead_here_is_refused(host: str) -> None:
    assert_refused(local, caller("127.0.0.1", host=host))


def test_request_without_host_is_refused() -> None:
    assert_refused(local, caller("127.0.0.1"))


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "file://"])
def test_page_of_another_site_is_refused(origin: str) -> None:
    assert_refused(local, caller("127.0.0.1", host="localhost:8000", origin=origin))


def test_page_of_this_service_may_ask() -> None:
    assert local(caller("127.0.0.1", host="localhost:8000", origin="http://localhost:8000"))


def test_credential_that_nobody_would_check_is_refused() -> None:
    assert_refused(local, caller("127.0.0.1", host="localhost", authorization="Bearer ans_x"))


EVERYWHERE = "0.0.0.0"  # noqa: S104 - said, not bound


@pytest.mark.parametrize("host", [EVERYWHERE, "::", "", "10.0.0.1", "host.example", "localhost.x"])
def test_service_is_not_open_to_the_network(host: str) -> None:
    with pytest.raises(ConfigError, match=r"service\.auth"):
        refuse_open(host, AuthSettings())


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1"])
def test_service_may_listen_here(host: str) -> None:
    refuse_open(host, AuthSettings())


def test_service_that_asks_for_identities_may_listen_anywhere() -> None:
    refuse_open(EVERYWHERE, AuthSettings(keys=True))

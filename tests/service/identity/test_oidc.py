import base64
import hashlib
import hmac
import json
import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pydantic import ValidationError

from service.identity.oidc import MAX_TOKEN_CHARS, Oidc
from service.identity.provider import ProviderKeys
from service.identity.settings import OidcSettings
from service.identity.types import Caller, Proven
from tests.fakes.faults import Fault
from tests.service.identity.asking import assert_refused, caller, with_bearer
from tests.service.identity.provider import (
    AUDIENCE,
    FakeProvider,
    ec_key,
    encoded,
    jwk,
    rsa_key,
)


@dataclass
class Way:
    """The way `oidc` to a fake provider, and the seconds since it began."""

    fake: FakeProvider
    settings: dict[str, Any] = field(default_factory=dict)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        given = {"issuer": self.fake.url, "audience": AUDIENCE, **self.settings}
        settings = OidcSettings.model_validate(given)
        self.keys = ProviderKeys(settings, clock=lambda: self.seconds)
        self._oidc = Oidc(settings, self.keys)

    def __call__(self, request: Caller) -> Proven | None:
        return self._oidc.prove(request)

    def groups(self, token: str) -> frozenset[str]:
        proven = self(with_bearer(token))
        assert proven
        return proven.groups


@pytest.fixture
def configured(provider: FakeProvider) -> Iterator[Callable[..., Way]]:
    made: list[Way] = []

    def make(**settings: Any) -> Way:
        made.append(Way(provider, settings))
        return made[-1]

    yield make
    for way in made:
        way.keys.close()


@pytest.fixture
def way(configured: Callable[..., Way]) -> Way:
    return configured()


def test_token_names_its_person_in_lower_case(way: Way, provider: FakeProvider) -> None:
    token = provider.token(email="Ada@Tallow.Example")

    found = way(with_bearer(token))

    assert found == Proven("ada@tallow.example", frozenset(), "oidc", "ada@tallow.example")


def test_elliptic_keys_hold_too(way: Way, provider: FakeProvider) -> None:
    provider.jwks.append(jwk(ec_key(), "e1"))

    assert way(with_bearer(provider.signed(provider.claims(), ec_key(), "ES256", kid="e1")))


def test_one_of_several_audiences_is_enough(way: Way, provider: FakeProvider) -> None:
    assert way(with_bearer(provider.token(aud=["other", AUDIENCE])))


def test_request_without_a_token_goes_another_way(way: Way) -> None:
    assert way(caller()) is None
    assert way(with_bearer("ans_0123456789abcdef_secret")) is None
    assert way(caller(authorization="Basic YTpi")) is None


def changed(**claims: Any) -> Callable[[FakeProvider], str]:
    return lambda fake: fake.token(**claims)


def unsigned(fake: FakeProvider) -> str:
    return f"{encoded({'alg': 'none', 'kid': 'k1'})}.{encoded(fake.claims())}."


def unsigned_in_capitals(fake: FakeProvider) -> str:
    return f"{encoded({'alg': 'NonE', 'kid': 'k1'})}.{encoded(fake.claims())}."


def signature_left_out(fake: FakeProvider) -> str:
    return fake.token().rpartition(".")[0] + "."


def two_parts(fake: FakeProvider) -> str:
    return fake.token().rpartition(".")[0]


def truncated(fake: FakeProvider) -> str:
    return fake.token()[:-20]


def other_claims_under_the_signature(fake: FakeProvider) -> str:
    head, _, signature = fake.token().split(".")
    return f"{head}.{encoded(fake.claims(email='boss@tallow.example'))}.{signature}"


def signed_with_the_public_key_as_secret(fake: FakeProvider) -> str:
    secret = (
        rsa_key()
        .public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    )
    text = f"{encoded({'alg': 'HS256', 'kid': 'k1'})}.{encoded(fake.claims())}"
    return f"{text}.{encoded(hmac.digest(secret, text.encode(), hashlib.sha256))}"


def key_of_another_kind(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), ec_key(), "ES256", kid="k1")


def another_key_under_the_same_id(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), rsa_key(1))


def another_algorithm_of_the_same_key(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), algorithm="RS512")


def own_key_in_the_header(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), rsa_key(1), jwk=jwk(rsa_key(1), "k1"))


def address_of_own_keys_in_the_header(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), rsa_key(1), jku=f"{fake.url}/mine", x5u=f"{fake.url}/mine")


def no_key_named(fake: FakeProvider) -> str:
    head = encoded({"alg": "RS256"})
    return f"{head}.{encoded(fake.claims())}.{fake.token().rpartition('.')[2]}"


def key_named_by(kid: Any) -> Callable[[FakeProvider], str]:
    def made(fake: FakeProvider) -> str:
        head = encoded({"alg": "RS256", "kid": kid})
        return f"{head}.{encoded(fake.claims())}.{encoded(b'x' * 256)}"

    return made


def huge(fake: FakeProvider) -> str:
    return fake.token(padding="x" * MAX_TOKEN_CHARS)


def extension_that_must_be_understood(fake: FakeProvider) -> str:
    return fake.signed(fake.claims(), crit=["x"], x=1)


def deeply_nested(fake: FakeProvider) -> str:
    return f"{encoded(b'[' * 8000)}.{encoded(fake.claims())}.{encoded(b'x')}"


HOUR = 3600
ATTACKS = {
    "unsigned": unsigned,
    "unsigned in capitals": unsigned_in_capitals,
    "signature left out": signature_left_out,
    "two parts": two_parts,
    "truncated": truncated,
    "other claims": other_claims_under_the_signature,
    "public key as secret": signed_with_the_public_key_as_secret,
    "key of another kind": key_of_another_kind,
    "another key, same id": another_key_under_the_same_id,
    "another algorithm": another_algorithm_of_the_same_key,
    "own key in header": own_key_in_the_header,
    "address of own keys": address_of_own_keys_in_the_header,
    "no key named": no_key_named,
    "path as key id": key_named_by("../../../../dev/null"),
    "query as key id": key_named_by("k1' OR '1'='1"),
    "list as key id": key_named_by(["k1"]),
    "object as key id": key_named_by({"k1": 1}),
    "empty key id": key_named_by(""),
    "huge": huge,
    "critical extension": extension_that_must_be_understood,
    "nested header": deeply_nested,
    "empty": lambda _: "",
    "dots": lambda _: "..",
    "no text": lambda _: "\udcff",
    "wrong audience": changed(aud="another"),
    "audience is a part": changed(aud=AUDIENCE + "x"),
    "no audience": changed(aud=None),
    "audience of objects": changed(aud=[{"a": AUDIENCE}]),
    "wrong issuer": changed(iss="https://evil.example"),
    "no issuer": changed(iss=None),
    "expired": changed(exp=int(time.time()) - HOUR),
    "no expiry": changed(exp=None),
    "expiry is text": changed(exp="never"),
    "expiry without end": changed(exp=float("inf")),
    "not yet valid": changed(nbf=int(time.time()) + HOUR),
    "issued later": changed(iat=int(time.time()) + HOUR),
    "no time of issue": changed(iat=None),
    "no address": changed(email=None),
    "address is a list": changed(email=["ada@tallow.example"]),
    "two addresses": changed(email="ada@tallow.example,boss@tallow.example"),
    "Kelvin sign": changed(email="boo\u212a@tallow.example"),
    "unverified": changed(email_verified=False),
    "verified not said": changed(email_verified=None),
    "verified is 1": changed(email_verified=1),
    "verified is False as text": changed(email_verified="false"),
}


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_attack_is_refused_with_the_same_words(
    way: Way, provider: FakeProvider, attack: Callable[[FakeProvider], str]
) -> None:
    way(with_bearer(provider.token()))

    assert_refused(way, with_bearer(attack(provider)))


def test_reason_is_logged_without_the_token(
    way: Way, provider: FakeProvider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    token = provider.token(email_verified=False)

    assert_refused(way, with_bearer(token))

    assert "not verified" in caplog.text
    assert not any(part in caplog.text for part in token.split("."))


def test_verified_may_be_written_as_text(way: Way, provider: FakeProvider) -> None:
    assert way(with_bearer(provider.token(email_verified="true")))


def test_key_for_encryption_signs_nothing(way: Way, provider: FakeProvider) -> None:
    provider.jwks = [jwk(rsa_key(), "k1", use="enc"), jwk(ec_key(), "e1")]

    assert_refused(way, with_bearer(provider.token()))


def test_key_for_another_algorithm_signs_nothing(way: Way, provider: FakeProvider) -> None:
    provider.jwks = [jwk(rsa_key(), "k1", alg="RS512"), jwk(ec_key(), "e1")]

    assert_refused(way, with_bearer(provider.token()))


def test_published_secret_signs_nothing(way: Way, provider: FakeProvider) -> None:
    secret = {"kty": "oct", "kid": "s1", "k": encoded(b"x" * 32), "alg": "HS256"}
    provider.jwks.append(secret)
    text = f"{encoded({'alg': 'HS256', 'kid': 's1'})}.{encoded(provider.claims())}"
    signature = encoded(hmac.digest(b"x" * 32, text.encode(), hashlib.sha256))

    assert_refused(way, with_bearer(f"{text}.{signature}"))


def test_short_key_signs_nothing(way: Way, provider: FakeProvider) -> None:
    short = rsa_key(7, 1024)
    provider.jwks = [jwk(short, "k1")]

    with pytest.warns(Warning, match="below"):
        token = provider.signed(provider.claims(), short)
    assert_refused(way, with_bearer(token))


def test_elliptic_key_of_another_curve_is_left_out(way: Way, provider: FakeProvider) -> None:
    other = ec.generate_private_key(ec.SECP384R1())
    provider.jwks.append({**jwk(other, "e2"), "alg": "ES256"})

    assert_refused(
        way, with_bearer(provider.signed(provider.claims(), ec_key(), "ES256", kid="e2"))
    )


def test_clocks_may_differ_a_little(way: Way, provider: FakeProvider) -> None:
    now = int(time.time())

    assert way(with_bearer(provider.token(exp=now - 10, nbf=now + 10, iat=now + 10)))


def test_domain_outside_the_list_is_refused(
    configured: Callable[..., Way], provider: FakeProvider
) -> None:
    way = configured(allowed_domains=["Tallow.example"])

    assert way(with_bearer(provider.token()))
    assert_refused(way, with_bearer(provider.token(email="ada@sub.tallow.example")))
    assert_refused(way, with_bearer(provider.token(email="ada@eviltallow.example")))


def test_claim_that_is_required_must_be_there(
    configured: Callable[..., Way], provider: FakeProvider
) -> None:
    way = configured(required_claims={"hd": "tallow.example"})

    assert way(with_bearer(provider.token(hd="tallow.example")))
    assert_refused(way, with_bearer(provider.token()))
    assert_refused(way, with_bearer(provider.token(hd=["tallow.example"])))


def test_groups_come_from_their_claim_only_if_it_is_named(
    configured: Callable[..., Way], provider: FakeProvider
) -> None:
    token = provider.token(groups=["Staff", "Boat crew"])

    assert configured(groups_claim="groups").groups(token) == {"staff", "boat crew"}
    assert configured().groups(token) == frozenset()
    assert configured(groups_claim="groups").groups(provider.token()) == frozenset()


@pytest.mark.parametrize("groups", ["staff", {"staff": 1}, [1], [["staff"]], [""], ["a\nb"], 7])
def test_groups_of_another_shape_are_refused(
    configured: Callable[..., Way], provider: FakeProvider, groups: object
) -> None:
    assert_refused(configured(groups_claim="groups"), with_bearer(provider.token(groups=groups)))


def test_flood_of_unknown_keys_asks_the_provider_once_a_minute(
    way: Way, provider: FakeProvider
) -> None:
    way(with_bearer(provider.token()))
    for number in range(300):
        way.seconds = number
        assert_refused(way, with_bearer(key_named_by(f"made-up-{number}")(provider)))

    assert provider.fetches == 5


def test_flood_while_the_provider_is_down_asks_it_no_more_often(
    way: Way, provider: FakeProvider
) -> None:
    provider.faulty.faults.extend(Fault("status") for _ in range(100))
    for number in range(120):
        way.seconds = number
        assert_refused(way, with_bearer(provider.token()))

    assert len(provider.faulty.requests) == 2


def test_many_at_once_fetch_the_keys_once(way: Way, provider: FakeProvider) -> None:
    request = with_bearer(provider.token())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(way, [request] * 40))

    assert all(found)
    assert provider.fetches == 1


def test_new_key_of_the_provider_holds_and_its_old_one_no_more(
    way: Way, provider: FakeProvider
) -> None:
    old = provider.token()
    way(with_bearer(old))
    provider.jwks, way.seconds = [jwk(rsa_key(1), "k2")], 61.0

    assert way(with_bearer(provider.signed(provider.claims(), rsa_key(1), kid="k2")))
    assert_refused(way, with_bearer(old))


def test_withdrawn_key_holds_no_longer_than_keys_are_kept(way: Way, provider: FakeProvider) -> None:
    token = provider.token()
    assert way(with_bearer(token))
    provider.jwks, way.seconds = [jwk(rsa_key(1), "k2")], 601.0

    assert_refused(way, with_bearer(token))


def test_provider_that_is_down_is_trusted_for_a_while_and_no_longer(
    way: Way, provider: FakeProvider
) -> None:
    token = provider.token()
    assert way(with_bearer(token))
    provider.faulty.faults.extend(Fault("status", 503) for _ in range(9))

    way.seconds = 23 * HOUR
    assert way(with_bearer(token))
    assert "503" in way.keys.problems()[0]
    way.seconds = 25 * HOUR
    assert_refused(way, with_bearer(token))


def test_provider_that_is_back_is_no_problem_any_more(way: Way, provider: FakeProvider) -> None:
    provider.faulty.faults.append(Fault("status", 503))
    assert_refused(way, with_bearer(provider.token()))

    way.seconds = 60.0

    assert way(with_bearer(provider.token()))
    assert way.keys.problems() == []


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ({"issuer": "https://evil.example"}, "another issuer"),
        ({"jwks_uri": "http://keys.example/jwks"}, "no https address"),
        ({"jwks_uri": "http://127.0.0.1.keys.example/jwks"}, "no https address"),
        ({"jwks_uri": "file:///etc/passwd"}, "no https address"),
        ({"jwks_uri": None}, "no https address"),
    ],
)
def test_discovery_that_leads_astray_is_not_followed(
    way: Way, provider: FakeProvider, said: dict[str, Any], problem: str
) -> None:
    provider.discovery = said

    assert_refused(way, with_bearer(provider.token()))
    assert problem in way.keys.problems()[0]


@pytest.mark.parametrize("body", [b"[]", b'{"keys": 1}', b"<html>", b'{"keys": [1, {}]}', b""])
def test_keys_that_cannot_be_understood_are_none(
    way: Way, provider: FakeProvider, body: bytes
) -> None:
    provider.faulty.faults.append(Fault("status", 200, body=body, path="jwks"))

    assert_refused(way, with_bearer(provider.token()))
    assert way.keys.problems()


def test_redirects_of_the_provider_are_not_followed(way: Way, provider: FakeProvider) -> None:
    moved = Fault("status", 302, headers={"location": f"{provider.url}/jwks"}, path="jwks")
    provider.faulty.faults.append(moved)

    assert_refused(way, with_bearer(provider.token()))
    assert provider.fetches == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"algorithms": ["HS256"]},
        {"algorithms": ["none"]},
        {"algorithms": []},
        {"issuer": "http://id.example"},
        {"issuer": "https://user:password@id.example"},
        {"jwks_cache": "2d", "jwks_max_age": "1d"},
        {"leeway": "1h"},
        {"audience": ""},
    ],
)
def test_settings_that_would_open_the_door_are_refused(wrong: dict[str, Any]) -> None:
    given = {"issuer": "https://id.example", "audience": AUDIENCE, **wrong}

    with pytest.raises(ValidationError):
        OidcSettings.model_validate(given)


def test_parts_made_by_hand_are_what_tokens_are_made_of(provider: FakeProvider) -> None:
    # Else the attacks above would be refused for being garbled.
    claims = provider.claims()
    part = provider.signed(claims).split(".")[1]

    assert json.loads(base64.urlsafe_b64decode(part + "==")) == claims
    assert json.loads(base64.urlsafe_b64decode(encoded(claims) + "==")) == claims

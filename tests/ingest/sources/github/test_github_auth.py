from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from ingest.errors import SourceRefused
from tests.fakes.faults import Request
from tests.fakes.github import FakeGitHub
from tests.ingest.sources.github.reading import Reading, many, upserted

INSTALLATION = 77
APP = {"app_id": 5, "installation_id": INSTALLATION, "private_key_env": "APP_KEY"}


@pytest.fixture(scope="module")
def keys() -> tuple[str, str]:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem.decode(), public.decode()


@pytest.fixture
def installed(reader: Reading, github: FakeGitHub, keys: tuple[str, str]) -> Reading:
    private, public = keys
    github.tokens = set()
    github.app_keys[INSTALLATION] = public
    reader.environment = {"APP_KEY": private}
    return reader


def tokens_asked(reader: Reading) -> int:
    return sum(request.path.endswith("/access_tokens") for request in reader.asked)


def test_app_reads_with_the_token_of_its_installation(installed: Reading) -> None:
    assert len(upserted(installed.run(app=APP))) == 3
    assert tokens_asked(installed) == 1


def test_key_may_stand_on_one_line_or_in_a_file(
    installed: Reading, keys: tuple[str, str], tmp_path: Path
) -> None:
    installed.environment = {"APP_KEY": keys[0].replace("\n", "\\n")}
    assert len(upserted(installed.run(app=APP))) == 3

    (tmp_path / "app.pem").write_text(keys[0])
    named: dict[str, Any] = {**APP, "private_key_path": tmp_path / "app.pem"}
    del named["private_key_env"]
    assert upserted(installed.run(app=named)) == []


def test_token_is_renewed_before_it_ends_in_the_middle_of_a_run(
    installed: Reading, github: FakeGitHub
) -> None:
    many(github, 350)

    def take_long(_: Request) -> None:
        github.clock.advance(timedelta(minutes=8))

    github.front.before = take_long
    installed.run(app=APP)

    assert len(installed.known) == 353
    assert tokens_asked(installed) >= 2
    assert 401 not in installed.statuses


def test_token_that_was_ended_early_is_renewed(installed: Reading, github: FakeGitHub) -> None:
    def end_once(request: Request) -> None:
        if request.path.endswith("/issues"):
            github.end_tokens()
            github.front.before = lambda _: None

    github.front.before = end_once

    assert len(upserted(installed.run(app=APP))) == 3
    assert installed.statuses[401] == 1


def test_unknown_installation_is_refused_without_a_storm(
    installed: Reading, github: FakeGitHub
) -> None:
    github.app_keys.clear()

    with pytest.raises(SourceRefused):
        installed.run(app=APP)

    assert len(installed.asked) <= 2


@pytest.mark.parametrize("key", ["", "no key at all", "-----BEGIN RSA PRIVATE KEY-----\nxx"])
def test_key_that_is_none_is_refused_without_being_shown(installed: Reading, key: str) -> None:
    installed.environment = {"APP_KEY": key}

    with pytest.raises(SourceRefused, match="private key") as raised:
        installed.run(app=APP)

    assert not key or key not in f"{raised.value} {raised.value.__cause__}"
    assert installed.asked == []

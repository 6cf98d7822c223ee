"""What is said to the identity provider: where the browser goes, and the code for a token."""

import ssl
from functools import cache
from typing import Any, Final
from urllib.parse import quote_plus, urlencode, urlsplit

import httpx
from pydantic import SecretStr

from service.identity.provider import ProviderDown, ProviderKeys, asked
from service.identity.sign_in_settings import SignInSettings
from service.signin.attempts import Attempt

_TIMEOUT_SECONDS: Final = 5.0
_METHODS: Final = "token_endpoint_auth_methods_supported"
_BASIC: Final = "client_secret_basic"
_IN_BODY: Final = "client_secret_post"


class Client:
    """This service as the provider knows it."""

    def __init__(
        self, settings: SignInSettings, secret: SecretStr | None, provider: ProviderKeys
    ) -> None:
        """Nothing is asked yet; the proxies of the environment are for other traffic."""
        self._settings, self._secret, self._provider = settings, secret, provider
        self._http = httpx.Client(
            timeout=_TIMEOUT_SECONDS,
            headers={"User-Agent": "answerable", "Accept": "application/json"},
            verify=_trusted(),
            trust_env=False,
        )

    def address(self, attempt: Attempt) -> str:
        """Where the browser goes to sign in.

        Raises:
            ProviderDown: nobody knows.
        """
        place = self._provider.endpoint("authorization_endpoint")
        query = urlencode(
            {
                "response_type": "code",
                "client_id": self._settings.client_id,
                "redirect_uri": self._settings.redirect_url,
                "scope": " ".join(self._settings.scopes),
                "state": attempt.state,
                "nonce": attempt.nonce,
                "code_challenge": attempt.challenge,
                "code_challenge_method": "S256",
            }
        )
        return f"{place}{'&' if urlsplit(place).query else '?'}{query}"

    def id_token(self, code: str, verifier: str) -> str:
        """The ID token that the provider gives for a code.

        Raises:
            ProviderRefused: the code is not ours, or was used.
            ProviderDown: it gives none.
        """
        place = self._provider.endpoint("token_endpoint")
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._settings.redirect_url,
            "code_verifier": verifier,
        }
        named, auth = self._credentials()
        said = asked(self._http, "POST", place, data=form | named, auth=auth)
        token = said.get("id_token")
        if not isinstance(token, str):
            raise ProviderDown("it gave no ID token")
        return token

    def close(self) -> None:
        """Let go of connections."""
        self._http.close()

    def _credentials(self) -> tuple[dict[str, str], httpx.Auth | None]:
        """How we say who we are: fields of the form, or a header where there is a secret."""
        client_id = self._settings.client_id
        if self._secret is None:
            return {"client_id": client_id}, None
        secret = self._secret.get_secret_value()
        known: Any = self._provider.discovery().get(_METHODS)
        if isinstance(known, list) and _BASIC not in known and _IN_BODY in known:
            return {"client_id": client_id, "client_secret": secret}, None
        # Each is encoded as in a form before they are put together (RFC 6749, 2.3.1).
        return {}, httpx.BasicAuth(quote_plus(client_id), quote_plus(secret))


@cache
def _trusted() -> ssl.SSLContext:
    """What browsers trust, and what this machine does: a company's own authority."""
    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context

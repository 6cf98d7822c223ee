"""Errors of signing in: what the person at the browser can act on, without a word of tokens.

RequestError (service.errors)
├── WrongAttempt        400  not begun in this browser, over in time, or used already
├── NotAccepted         403  the provider, or what it says of the person, is not accepted
└── ProviderAway        503  the provider does not answer, or too many sign in at once
"""

from service.errors import RequestError


class WrongAttempt(RequestError):
    """Not begun in this browser, over in time, or used already."""

    status = 400

    def __init__(self) -> None:
        super().__init__(
            "this sign-in was not begun in this browser, took more than ten minutes, or was used "
            "already; begin again"
        )


class NotAccepted(RequestError):
    """The provider did not let the person in, or said of them what is not accepted here."""

    status = 403

    def __init__(self) -> None:
        super().__init__(
            "the identity provider did not confirm an account that may sign in here; try another "
            "account, or ask whoever runs this service, whose log says why"
        )


class ProviderAway(RequestError):
    """The provider does not answer, or too many sign in at once."""

    status = 503

    def __init__(self) -> None:
        super().__init__("the identity provider cannot be asked now; try again in a minute")

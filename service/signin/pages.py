"""What people see when signing in did not work: a page without anything that could run."""

from html import escape
from typing import Final

from starlette.responses import HTMLResponse

from service.errors import RequestError

_PAGE: Final = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not signed in</title>
<main>
<h1>You are not signed in</h1>
<p>{why}.</p>
<p><a href="/auth/login">Sign in again</a></p>
</main>
</html>
"""


def not_signed_in(error: RequestError) -> HTMLResponse:
    """The page that says why; our words only, nothing of what came with the request."""
    why = escape(str(error))
    return HTMLResponse(_PAGE.format(why=why[:1].upper() + why[1:]), error.status)

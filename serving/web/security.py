"""What protects every response and every form: headers, the signed session cookie, form tokens."""

import hmac
import os
import secrets
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "forebridge_session"
FORM_COOKIE = "forebridge_form"
KEY_FILE = "web.key"

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HTTPS_ONLY = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}
PRIVATE = {"Cache-Control": "private, no-cache"}


class Headers:
    """Puts the security headers on every response, whatever made it."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers as the response starts."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._for(scope).items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)

    @staticmethod
    def _for(scope: Scope) -> dict[str, str]:
        https = HTTPS_ONLY if scope["scheme"] == "https" else {}
        private = {} if scope["path"].startswith("/static/") else PRIVATE
        return {**HEADERS, **https, **private}


class Signer:
    """Signs cookies and form tokens with a key that only this folder's owner can read."""

    def __init__(self, state: Path) -> None:
        self.key = _key(state / KEY_FILE)
        self.cookies = URLSafeSerializer(self.key, salt="session")

    def sealed(self, token: str) -> str:
        """The token as a cookie's value."""
        sealed = self.cookies.dumps(token)
        return sealed.decode() if isinstance(sealed, bytes) else sealed

    def opened(self, value: str | None) -> str | None:
        """The token of a cookie's value; None when it is not ours."""
        try:
            token = self.cookies.loads(value) if value else None
        except BadSignature:
            return None
        return token if isinstance(token, str) else None

    def form_token(self, seed: str) -> str:
        """What a form for a browser that has not signed in must carry back beside its cookie `seed`."""
        return hmac.digest(self.key.encode(), f"form {seed}".encode(), "sha256").hex()


def same(one: str, other: str) -> bool:
    """Compare two tokens in a time that does not tell how far they agree."""
    return hmac.compare_digest(one.encode(), other.encode())


def _key(file: Path) -> str:
    """The signing key, made on first use, readable by its owner only."""
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as stream:
            stream.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return file.read_text(encoding="utf-8")

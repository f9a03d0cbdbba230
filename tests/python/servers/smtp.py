"""aiosmtpd's mail server: STARTTLS with a login only after it, TLS from the start, or no TLS at all."""

from collections.abc import Collection

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from servers import free_port
from servers.certificates import Authority


class SmtpServer:
    """A running server; `security` is `tls`, `starttls` or `none`. It offers the mechanism `refused` and accepts nobody by it."""

    host = "mail.example.test"
    user = "orders@example.test"
    password = "s3cret\u00e9 \"x\""
    #: As long as those of Microsoft are, so longer than a command may be (RFC 5321, section 4.5.3.1.4).
    token = "eyJ0eXAiOiJKV1Qi." + "t0ken" * 400

    def __init__(
        self,
        security: str,
        authority: Authority | None = None,
        only: str | None = None,
        refused: str | None = None,
        tokens: str | None = None,
        issued: Collection[str] = (),
    ):
        """With `tokens`, XOAUTH2 or OAUTHBEARER, it takes a token and no password: its own, or one of those that were issued."""
        self.heard: list[str] = []
        heard = self.heard
        context = authority.context(self.host) if security != "none" else None

        class Heard(SMTP):
            # RFC 4954, section 4, for the lines of a login.
            line_length_limit = 12288

            async def smtp_EHLO(self, hostname):
                heard.append("EHLO")
                await super().smtp_EHLO(hostname)

            async def smtp_STARTTLS(self, arg):
                heard.append("STARTTLS")
                await super().smtp_STARTTLS(arg)

            async def smtp_AUTH(self, arg):
                heard.append("AUTH")
                await super().smtp_AUTH(arg)

            async def auth_XOAUTH2(self, _, args):
                # As Google's page on XOAUTH2 has it: an error in JSON, an empty line, and then the reply.
                given = await self.challenge_auth("", encode_to_b64=False)
                right = [f"user={user}\x01auth=Bearer {token}\x01\x01".encode() for token in (own, *issued)]
                return await self.accept(given in right, b"")

            async def auth_OAUTHBEARER(self, _, args):
                # RFC 7628, section 3.2.
                given = await self.challenge_auth("", encode_to_b64=False)
                host, secure_port = SmtpServer.host, port
                right = f"n,a={user},\x01host={host}\x01port={secure_port}\x01auth=Bearer {own}\x01\x01".encode()
                return await self.accept(given == right, b"\x01")

            async def accept(self, is_right, go_on):
                if is_right:
                    return AuthResult(success=True)
                assert await self.challenge_auth('{"status":"401"}') == go_on
                return AuthResult(success=False, handled=False)

        user, password, own = self.user, self.password, self.token
        port = self.port = free_port()

        def check(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == (user.encode(), password.encode()) and mechanism != refused
            return AuthResult(success=right, handled=right)

        every = ("PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER")
        offered = [tokens] if tokens else [only] if only else ["PLAIN", "LOGIN"]
        options = {
            "hostname": self.host,
            "authenticator": check,
            "auth_required": security != "none",
            "auth_require_tls": security == "starttls",
            "auth_exclude_mechanism": [name for name in every if name not in offered],
            "tls_context": context if security == "starttls" else None,
            "require_starttls": security == "starttls",
        }

        class Serving(Controller):
            def factory(self):
                return Heard(self.handler, **options)

        secure = context if security == "tls" else None
        self._controller = Serving(object(), hostname="127.0.0.1", port=self.port, ssl_context=secure)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

"""aiosmtpd's mail server: STARTTLS with a login only after it, TLS from the start, or no TLS at all."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from servers import free_port
from servers.certificates import Authority


class SmtpServer:
    """A running server; `security` is `tls`, `starttls` or `none`. It offers the mechanism `refused` and accepts nobody by it."""

    host = "mail.example.test"
    user = "orders@example.test"
    password = "s3cret\u00e9 \"x\""

    def __init__(
        self, security: str, authority: Authority | None = None, only: str | None = None, refused: str | None = None
    ):
        self.heard: list[str] = []
        heard = self.heard
        context = authority.context(self.host) if security != "none" else None

        class Heard(SMTP):
            async def smtp_EHLO(self, hostname):
                heard.append("EHLO")
                await super().smtp_EHLO(hostname)

            async def smtp_STARTTLS(self, arg):
                heard.append("STARTTLS")
                await super().smtp_STARTTLS(arg)

            async def smtp_AUTH(self, arg):
                heard.append("AUTH")
                await super().smtp_AUTH(arg)

        user, password = self.user, self.password

        def check(server, session, envelope, mechanism, data):
            right = (data.login, data.password) == (user.encode(), password.encode()) and mechanism != refused
            return AuthResult(success=right, handled=right)

        options = {
            "hostname": self.host,
            "authenticator": check,
            "auth_required": security != "none",
            "auth_require_tls": security == "starttls",
            "auth_exclude_mechanism": [name for name in ("PLAIN", "LOGIN") if only and name != only],
            "tls_context": context if security == "starttls" else None,
            "require_starttls": security == "starttls",
        }

        class Serving(Controller):
            def factory(self):
                return Heard(self.handler, **options)

        self.port = free_port()
        secure = context if security == "tls" else None
        self._controller = Serving(object(), hostname="127.0.0.1", port=self.port, ssl_context=secure)
        self._controller.start()

    def stop(self) -> None:
        self._controller.stop()

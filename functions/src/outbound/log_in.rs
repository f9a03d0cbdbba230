//! Logging in to customers' servers: which dialogue, over which connection, and for how long.

use std::{pin::Pin, time::Duration};

use keyward_shared::{
    outbound::{AllowedOrigins, Login, LoginError, Peer, Protocol, Welcome},
    ports::LogIn,
};
use tokio::time::timeout;

use super::{Outside, broken, dialogue::Ended, ftp, sftp, smtp, timed_out};

/// The dialogues with mail and file servers: SMTP, FTP and SFTP.
///
/// A binary holds the code of these protocols only if it names [`LogIns::ALL`]. Two functions log in to servers; the binary of
/// the others is smaller without that code.
#[derive(Clone, Copy)]
pub struct LogIns(for<'a> fn(&'a Outside, &'a Login<'a>, &'a Peer, &'a AllowedOrigins) -> Dialogue<'a>);

type Dialogue<'a> = Pin<Box<dyn Future<Output = Result<Welcome, Ended>> + Send + 'a>>;

impl LogIns {
    /// Every protocol.
    pub const ALL: Self =
        Self(|outside, login, peer, allowed| Box::pin(outside.dialogue(login, peer, allowed)));
}

/// For the whole of a login, connecting included. A server that delays answers to wrong passwords takes some
/// seconds; API Gateway waits 30 s for a function.
const LIMIT: Duration = Duration::from_secs(20);

impl LogIn for Outside {
    async fn log_in(&self, login: &Login<'_>, allowed: &AllowedOrigins) -> Result<Welcome, LoginError> {
        let peer = peer(login);
        let Some(LogIns(dialogue)) = self.log_ins else {
            tracing::error!("this binary speaks no protocol of mail or files");
            return Err(broken(&peer).into());
        };
        match timeout(LIMIT, dialogue(self, login, &peer, allowed)).await {
            Ok(Ok(welcome)) => Ok(welcome),
            Ok(Err(Ended::For(error))) => Err(error),
            Ok(Err(Ended::Broken)) => Err(broken(&peer).into()),
            Err(_) => Err(timed_out(&peer).into()),
        }
    }
}

impl Outside {
    async fn dialogue(
        &self,
        login: &Login<'_>,
        peer: &Peer,
        allowed: &AllowedOrigins,
    ) -> Result<Welcome, Ended> {
        let connect = || async { self.connect(peer, allowed).await.map_err(Ended::from) };
        let encrypt = |stream| self.encrypt(peer, stream);
        match login {
            // On the heap, as they take more room than a future should that stands within others.
            Login::Smtp(login) => {
                Box::pin(smtp::log_in(login, &self.mail_name, connect().await?, encrypt)).await
            }
            Login::Ftp(login) => {
                let encrypt = |stream| self.encrypt_as(peer, stream, login.certificate);
                Box::pin(ftp::log_in(login, connect().await?, encrypt)).await
            }
            Login::Sftp(login) => Box::pin(sftp::log_in(login, connect)).await,
        }
    }
}

/// Whom the connection of a login is for.
fn peer(login: &Login<'_>) -> Peer {
    match login {
        Login::Smtp(login) => Peer::new(Protocol::Smtp, login.host, login.port),
        Login::Ftp(login) => Peer::new(Protocol::Ftp, login.host, login.port),
        Login::Sftp(login) => Peer::new(Protocol::Sftp, login.host, login.port),
    }
}

#[cfg(test)]
mod tests {
    use std::{future::ready, net::SocketAddr};

    use keyward_shared::{
        outbound::{
            FtpLogin, FtpTls, OutboundError, SftpLogin, SftpProof, SmtpLogin, SmtpProof, SmtpSecurity,
            TlsFailure, Unreachable,
        },
        secret::SecretText,
    };
    use tokio::{io::AsyncWriteExt, net::TcpListener};

    use super::*;
    use crate::outbound::resolve::{Address, Resolution, Resolve};

    struct At(SocketAddr);

    impl Resolve for At {
        fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Resolution<'a> {
            Box::pin(ready(Ok(vec![Address::StandIn(self.0)])))
        }
    }

    /// Every dialogue with a server there, on the port that its protocol has.
    async fn all_at(address: SocketAddr) -> Vec<Result<Welcome, LoginError>> {
        let password = &SecretText::from(String::from("s3cret"));
        let (host, username, root_path) = ("server.example", "ann", None);
        let ftp = |tls, port| {
            let certificate = None;
            Login::Ftp(FtpLogin { host, port, tls, certificate, username, password, root_path })
        };
        let proof = SmtpProof::Password(password);
        let smtp = |security, port| Login::Smtp(SmtpLogin { host, port, security, username, proof });
        let proof = SftpProof::Password(password);
        let logins = [
            ftp(FtpTls::None, 21),
            ftp(FtpTls::Explicit, 21),
            ftp(FtpTls::Implicit, 990),
            smtp(SmtpSecurity::Tls, 465),
            smtp(SmtpSecurity::StartTls, 587),
            Login::Sftp(SftpLogin { host, port: 22, username, proof, host_key: None, root_path }),
        ];
        let outside = Outside::new(At(address), Vec::new()).logging_in(LogIns::ALL, "keyward.example");
        let mut ends = Vec::new();
        for login in &logins {
            ends.push(outside.log_in(login, &AllowedOrigins::default()).await);
        }
        ends
    }

    fn unreachable(why: Unreachable) -> Result<Welcome, LoginError> {
        Err(OutboundError::Unreachable { host: "server.example".into(), why }.into())
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_says_nothing_has_twenty_seconds() {
        let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
        for end in all_at(silent.local_addr().unwrap()).await {
            assert_eq!(end, Err(OutboundError::TimedOut { host: "server.example".into() }.into()));
        }
    }

    #[tokio::test]
    async fn a_port_where_nobody_listens_takes_no_connection() {
        let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
        for end in all_at(gone).await {
            assert_eq!(end, unreachable(Unreachable::NoConnection));
        }
    }

    #[tokio::test]
    async fn a_server_of_another_protocol_is_not_logged_in_to() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap_or_default();
            }
        });
        let [tls, protocol] = [Unreachable::Tls(TlsFailure::NotTls), Unreachable::Protocol].map(unreachable);
        let ends = all_at(address).await;
        assert_eq!(ends, [&protocol, &protocol, &tls, &tls, &protocol, &protocol].map(Clone::clone));
        server.abort();
    }
}

//! Servers on this computer that stand in for customers' systems, so that a key can be tried against them.
//!
//! This is the only way around the vetting of addresses. Deployed functions do not have it, and it leads to
//! loopback addresses only.

use std::{
    collections::BTreeMap,
    fmt, fs, io,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
};

use keyward_functions::outbound::{
    LogIns, Outside,
    resolve::{Address, Resolution, Resolve, SystemResolver},
};
use keyward_shared::origin::Origin;
use rustls::{
    RootCertStore,
    pki_types::{CertificateDer, pem::PemObject},
};

/// Which names lead to servers on this computer, and which certificates those may have beside the system's.
/// All other names are those of the Internet.
#[derive(Debug, Clone, Default)]
pub struct Upstreams {
    servers: Servers,
    roots: Vec<CertificateDer<'static>>,
}

/// By name (ASCII, in lower case) and port.
type Servers = BTreeMap<(String, u16), SocketAddr>;

/// The stand-ins are invalid.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamsError {
    /// A pair is not of the form.
    #[error("UPSTREAMS: `{0}` must be NAME:PORT=ADDRESS:PORT, such as shop.example.com:443=127.0.0.1:9443")]
    Form(String),
    /// An address can have no stand-in: it is never looked up.
    #[error("UPSTREAMS: `{0}` is an address; only a name can lead to another server")]
    NotAName(String),
    /// A stand-in is on another computer, or on an address that others reach.
    #[error("UPSTREAMS: `{0}` is not on this computer; use an address of 127.0.0.0/8 or [::1]")]
    NotLoopback(SocketAddr),
    /// A name and port leads to two servers.
    #[error("UPSTREAMS: `{0}` is there twice")]
    Twice(String),
    /// The file of certificates cannot be read.
    #[error("UPSTREAM_CA: {path} cannot be read")]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// There is no certificate, or one that is none.
    #[error("UPSTREAM_CA: must be certificates in PEM form")]
    Certificates,
}

impl Upstreams {
    /// One more server. `name` is a host name, in any spelling that a key's address may have.
    ///
    /// # Errors
    ///
    /// [`UpstreamsError`] when `name` is no name or has a server already, or the server is not on this computer.
    pub fn with(mut self, name: &str, port: u16, server: SocketAddr) -> Result<Self, UpstreamsError> {
        let place = format!("{name}:{port}");
        let origin = Origin::of(&format!("https://{place}"));
        let origin = origin.map_err(|_| UpstreamsError::Form(format!("{place}={server}")))?;
        if origin.host().starts_with('[') || origin.host().parse::<IpAddr>().is_ok() {
            return Err(UpstreamsError::NotAName(place));
        }
        if !server.ip().is_loopback() {
            return Err(UpstreamsError::NotLoopback(server));
        }
        match self.servers.insert((origin.host().to_owned(), port), server) {
            None => Ok(self),
            Some(_) => Err(UpstreamsError::Twice(place)),
        }
    }

    /// Root certificates in PEM form for these servers, beside the system's.
    ///
    /// # Errors
    ///
    /// [`UpstreamsError::Certificates`].
    pub fn trusting(mut self, pem: &[u8]) -> Result<Self, UpstreamsError> {
        let roots = CertificateDer::pem_slice_iter(pem).collect::<Result<Vec<_>, _>>();
        let roots = roots.ok().filter(|roots| !roots.is_empty()).ok_or(UpstreamsError::Certificates)?;
        for root in &roots {
            RootCertStore::empty().add(root.clone()).map_err(|_| UpstreamsError::Certificates)?;
        }
        self.roots.extend(roots);
        Ok(self)
    }

    /// Like [`Self::trusting`], from a file.
    ///
    /// # Errors
    ///
    /// [`UpstreamsError`] when it cannot be read or holds something else.
    pub fn trusting_file(self, path: &Path) -> Result<Self, UpstreamsError> {
        let pem =
            fs::read(path).map_err(|source| UpstreamsError::Unreadable { path: path.to_owned(), source })?;
        self.trusting(&pem)
    }

    /// The way out that knows these servers.
    #[must_use]
    pub fn outside(self) -> Outside {
        Outside::new(Names(self.servers), self.roots).logging_in(LogIns::ALL, "keyward.localhost")
    }
}

impl FromStr for Upstreams {
    type Err = UpstreamsError;

    /// Pairs of `NAME:PORT=ADDRESS:PORT` with commas between them; empty for none.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
        pairs.into_iter().try_fold(Self::default(), |upstreams, pair| {
            let (name, port, server) =
                parse_pair(pair).ok_or_else(|| UpstreamsError::Form(pair.to_owned()))?;
            upstreams.with(name, port, server)
        })
    }
}

fn parse_pair(pair: &str) -> Option<(&str, u16, SocketAddr)> {
    let (place, server) = pair.split_once('=')?;
    let (name, port) = place.trim().rsplit_once(':')?;
    Some((name, port.parse().ok()?, server.trim().parse().ok()?))
}

impl fmt::Display for Upstreams {
    /// All servers in one line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, ((name, port), server)) in self.servers.iter().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(f, "{comma}{name}:{port} is {server}")?;
        }
        Ok(())
    }
}

/// These servers, and the system's names.
struct Names(Servers);

impl Resolve for Names {
    fn resolve<'a>(&'a self, host: &'a str, port: u16) -> Resolution<'a> {
        match self.0.get(&(host.to_owned(), port)) {
            Some(server) => Box::pin(async { Ok(vec![Address::StandIn(*server)]) }),
            None => SystemResolver.resolve(host, port),
        }
    }
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;

    fn error(text: &str) -> String {
        text.parse::<Upstreams>().expect_err(text).to_string()
    }

    #[tokio::test]
    async fn names_lead_to_their_servers_by_port() {
        let text = "Shop.example.com:443=127.0.0.1:9443, files.example.com:22=[::1]:2222,";
        let upstreams: Upstreams = text.parse().unwrap();
        assert_eq!(
            upstreams.to_string(),
            "files.example.com:22 is [::1]:2222, shop.example.com:443 is 127.0.0.1:9443"
        );
        let names = Names(upstreams.servers);
        let server = Address::StandIn("127.0.0.1:9443".parse().unwrap());
        assert_eq!(names.resolve("shop.example.com", 443).await.unwrap(), [server]);
        // Whatever the system says of another name, it is to be vetted.
        let others = names.resolve("localhost", 443).await.unwrap_or_default();
        assert!(others.iter().all(|address| matches!(address, Address::Resolved(_))));
        assert!("".parse::<Upstreams>().unwrap().servers.is_empty());
    }

    #[test]
    fn a_stand_in_is_on_this_computer_and_never_for_an_address() {
        for server in ["10.0.0.1:80", "93.184.216.34:443", "0.0.0.0:80", "[::]:80", "[::ffff:127.0.0.1]:80"] {
            let text = format!("shop.example.com:443={server}");
            assert!(error(&text).contains("is not on this computer"), "{server}");
        }
        for name in ["127.0.0.1", "169.254.169.254", "0x7f.1", "2130706433", "[::1]"] {
            let text = format!("{name}:80=127.0.0.1:8080");
            assert!(error(&text).contains("is an address"), "{name}");
        }
    }

    #[test]
    fn a_pair_of_another_form_is_told() {
        for pair in [
            "shop.example.com",
            "shop.example.com=127.0.0.1:1",
            "shop.example.com:443",
            "shop.example.com:443=9443",
            "shop.example.com:443=localhost:9443",
            "shop.example.com:x=127.0.0.1:9443",
            "shop.example.com:0=127.0.0.1:9443",
            "https://shop.example.com:443=127.0.0.1:9443",
            ":443=127.0.0.1:9443",
        ] {
            assert!(error(pair).starts_with(&format!("UPSTREAMS: `{pair}` must be NAME:PORT=")), "{pair}");
        }
        let twice = error("a.example:1=127.0.0.1:1,A.example:1=127.0.0.1:2");
        assert_eq!(twice, "UPSTREAMS: `A.example:1` is there twice");
    }

    #[test]
    fn certificates_are_read_in_pem_form() {
        let made = rcgen::generate_simple_self_signed(["shop.example.com".to_owned()]).unwrap();
        let pem = |der: &[u8]| {
            format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", STANDARD.encode(der))
        };
        let good = pem(made.cert.der());
        let upstreams = Upstreams::default().trusting(good.repeat(2).as_bytes()).unwrap();
        assert_eq!(upstreams.roots.len(), 2);
        for bad in ["", "certificate", &pem(b"no certificate"), &good.replace("CERTIFICATE", "PRIVATE KEY")] {
            assert!(Upstreams::default().trusting(bad.as_bytes()).is_err(), "{bad}");
        }
        let missing = Upstreams::default().trusting_file(Path::new("/nowhere/ca.pem"));
        assert_eq!(missing.unwrap_err().to_string(), "UPSTREAM_CA: /nowhere/ca.pem cannot be read");
    }
}

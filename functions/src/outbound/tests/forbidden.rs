//! Where no connection may go: each test has a listener there, and it must stay alone.

use std::{io, net::IpAddr};

use keyward_shared::outbound::{
    AllowedOrigins, Forbidden, OutboundError, Peer, Protocol, Reserved, Unreachable,
};

use super::{
    super::{
        Outside,
        resolve::{Address, Resolution, Resolve},
        vet,
    },
    support::{Ask, Names, Trap, answering, error, resolved},
};

/// Addresses that nobody may allow. `{}` stands for the port of the listener.
const NEVER: &[&str] = &[
    "127.0.0.1",
    "127.255.255.254",
    "2130706433",
    "0x7f000001",
    "017700000001",
    "0x7f.1",
    "127.1",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "169.254.169.254",
    "0xa9fea9fe",
    "169.254.170.2",
    "192.0.0.192",
    "100.100.100.200",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::ffff:169.254.169.254]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b:1::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2002:a9fe:a9fe::1]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fec0::1]",
    "[fd00:ec2::254]",
    "[ff02::1]",
    "[100::1]",
];

const PRIVATE: &[&str] = &["10.0.0.1", "0xa000001", "172.16.0.1", "192.168.0.1", "100.64.0.1", "[fd12::1]"];

fn reason(error: &OutboundError) -> Option<Forbidden> {
    match error {
        OutboundError::Forbidden { reason, .. } => Some(*reason),
        OutboundError::Unreachable { .. } | OutboundError::TimedOut { .. } => None,
    }
}

#[tokio::test]
async fn an_address_as_a_host_is_vetted_however_it_is_written() {
    let trap = Trap::set().await;
    let names = Names::default();
    for host in NEVER {
        // On the list, so that the port does not protect it.
        let url = format!("http://{host}:{}", trap.port());
        let refused = error(Ask::get(&url).allowed().send(&names.outside()).await);
        match reason(&refused) {
            Some(Forbidden::Address(kind)) => assert!(!kind.may_be_allowed(), "{url}: {kind:?}"),
            other => panic!("{url}: {other:?}"),
        }
        let url = format!("https://{host}");
        let refused = error(Ask::get(&url).send(&names.outside()).await);
        assert!(matches!(reason(&refused), Some(Forbidden::Address(_))), "{url}: {refused}");
    }
    for host in PRIVATE {
        let url = format!("https://{host}");
        let refused = error(Ask::get(&url).send(&names.outside()).await);
        assert_eq!(reason(&refused), Some(Forbidden::Address(Reserved::Private)), "{url}");
    }
    assert_eq!(names.look_ups(), 0);
    assert_eq!(trap.connections().await, 0);
}

#[tokio::test]
async fn a_name_is_vetted_by_what_it_stands_for() {
    let trap = Trap::set().await;
    let url = format!("http://evil.example:{}", trap.port());
    for host in NEVER {
        let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() else { continue };
        let names = Names::default().with("evil.example", [vec![Address::Resolved(address)]]);
        let refused = error(Ask::get(&url).allowed().send(&names.outside()).await);
        assert!(matches!(reason(&refused), Some(Forbidden::Address(_))), "{address}: {refused}");
        assert_eq!(refused.host(), "evil.example");
        assert_eq!(names.look_ups(), 1);
    }
    assert_eq!(trap.connections().await, 0);
}

#[tokio::test]
async fn one_bad_address_among_good_ones_refuses_the_name() {
    let [trap, server] = [Trap::set().await, Trap::set().await];
    let url = format!("http://evil.example:{}", trap.port());
    let good = Address::StandIn(server.address());
    for bad in ["127.0.0.1", "::1", "169.254.169.254", "::ffff:127.0.0.1"] {
        for answer in [
            vec![good, resolved(bad)],
            vec![resolved(bad), good],
            vec![resolved("93.184.216.34"), good, good, good, good, good, good, resolved(bad)],
        ] {
            let names = Names::default().with("evil.example", [answer]);
            let refused = error(Ask::get(&url).allowed().send(&names.outside()).await);
            assert!(matches!(reason(&refused), Some(Forbidden::Address(_))), "{bad}: {refused}");
        }
    }
    assert_eq!((trap.connections().await, server.connections().await), (0, 0));
}

#[tokio::test]
async fn a_name_that_changes_its_address_is_looked_up_once() {
    let trap = Trap::set().await;
    let url = format!("http://evil.example:{}", trap.port());
    let (server, served) = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answers = [vec![Address::StandIn(server)], vec![resolved("127.0.0.1")]];
    let names = Names::default().with("evil.example", answers);
    let answer = Ask::get(&url).allowed().send(&names.outside()).await;
    assert_eq!(answer.map(|answer| answer.status.as_u16()), Ok(204));
    assert!(!served.await.unwrap().is_empty());
    assert_eq!((names.look_ups(), trap.connections().await), (1, 0));

    // The other way round: what was refused is not asked for again.
    let server = Trap::set().await;
    let answers = [vec![resolved("127.0.0.1")], vec![Address::StandIn(server.address())]];
    let names = Names::default().with("evil.example", answers);
    let refused = error(Ask::get(&url).allowed().send(&names.outside()).await);
    assert_eq!(reason(&refused), Some(Forbidden::Address(Reserved::ThisHost)));
    assert_eq!((names.look_ups(), server.connections().await, trap.connections().await), (1, 0, 0));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let trap = Trap::set().await;
    for status in [301, 302, 303, 307, 308] {
        for host in NEVER {
            let location = format!("http://{host}:{}/", trap.port());
            let answer =
                format!("HTTP/1.1 {status} Moved\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            let (server, _) = answering(answer).await;
            let names = Names::standing_in("shop.example", server);
            let answer = Ask::get("http://shop.example").send(&names.outside()).await.unwrap();
            assert_eq!(answer.status.as_u16(), status);
            assert!(answer.headers.contains(&("location".to_owned(), location.into_bytes())));
            assert_eq!(names.look_ups(), 1);
        }
    }
    assert_eq!(trap.connections().await, 0);
}

#[tokio::test]
async fn a_port_of_another_protocol_is_refused_before_the_name_is_looked_up() {
    for (url, port) in [
        ("https://shop.example:80", 80),
        ("https://shop.example:8443", 8443),
        ("https://shop.example:22", 22),
        ("http://shop.example:443", 443),
        ("http://shop.example:9001", 9001),
    ] {
        let names = Names::default();
        let refused = error(Ask::get(url).send(&names.outside()).await);
        assert_eq!(reason(&refused), Some(Forbidden::Port(port)), "{url}");
        assert_eq!(names.look_ups(), 0);
    }
}

#[tokio::test]
async fn an_operator_may_allow_a_port() {
    let (server, _) = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let names = Names::standing_in("erp.example", server);
    let answer = Ask::get("http://erp.example:8069").allowed().send(&names.outside()).await;
    assert_eq!(answer.map(|answer| answer.status.as_u16()), Ok(204));
}

#[test]
fn an_operator_may_allow_private_addresses_and_no_others() {
    let peer = Peer::new(Protocol::Https, "erp.example", 8443);
    for address in ["10.0.0.1", "172.16.0.1", "192.168.0.1", "100.64.0.1", "fd12::1"] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(vet(&peer, Address::Resolved(address), true), Ok((address, 8443).into()));
        let refused = vet(&peer, Address::Resolved(address), false);
        let reason = Forbidden::Address(Reserved::Private);
        assert_eq!(refused, Err(OutboundError::Forbidden { host: "erp.example".to_owned(), reason }));
    }
    for host in NEVER {
        let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() else { continue };
        assert!(vet(&peer, Address::Resolved(address), true).is_err(), "{address}");
    }
}

#[tokio::test]
async fn the_systems_own_spellings_of_loopback_lead_nowhere() {
    let trap = Trap::set().await;
    let outside = Outside::internet();
    // Hosts of logins do not pass through a URL parser, and the system's resolver takes more than decimal numbers.
    for host in ["localhost", "127.1", "0x7f.1", "2130706433", "017700000001", "::1", "[::1]", "fe80::1%lo"] {
        let peer = Peer::new(Protocol::Sftp, host, trap.port());
        let allowed = AllowedOrigins::new([peer.to_string()]);
        let refused = outside.connect(&peer, &allowed).await.err();
        let nowhere = OutboundError::Unreachable { host: host.to_owned(), why: Unreachable::NoAddress };
        let forbidden = refused.as_ref().and_then(reason);
        assert!(
            matches!(forbidden, Some(Forbidden::Address(_))) || refused == Some(nowhere),
            "{host}: {refused:?}"
        );
    }
    assert_eq!(trap.connections().await, 0);
}

#[tokio::test]
async fn a_name_without_addresses_or_a_server_is_not_reached() {
    let closed = Trap::set().await.address();
    let names = Names::standing_in("closed.example", closed).with("empty.example", [vec![]]);
    for (url, why) in [
        ("http://closed.example", Unreachable::NoConnection),
        ("http://empty.example", Unreachable::NoAddress),
        ("http://unknown.example", Unreachable::NoAddress),
    ] {
        let failed = error(Ask::get(url).send(&names.outside()).await);
        let host = url.trim_start_matches("http://").to_owned();
        assert_eq!(failed, OutboundError::Unreachable { host, why });
    }
}

#[tokio::test]
async fn the_next_address_is_tried_when_one_takes_no_connection() {
    let closed = Trap::set().await.address();
    let (server, _) = answering("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answer = vec![Address::StandIn(closed), Address::StandIn(server)];
    let names = Names::default().with("shop.example", [answer]);
    let answer = Ask::get("http://shop.example").send(&names.outside()).await;
    assert_eq!(answer.map(|answer| answer.status.as_u16()), Ok(204));
}

struct Silence;

impl Resolve for Silence {
    fn resolve<'a>(&'a self, _: &'a str, _: u16) -> Resolution<'a> {
        Box::pin(std::future::pending::<io::Result<Vec<Address>>>())
    }
}

#[tokio::test(start_paused = true)]
async fn a_resolver_that_never_answers_is_not_waited_for() {
    let outside = Outside::new(Silence, Vec::new());
    let failed = error(Ask::get("https://shop.example").send(&outside).await);
    assert_eq!(failed, OutboundError::TimedOut { host: "shop.example".to_owned() });
}

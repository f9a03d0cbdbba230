//! Each range by its first and its last address and their neighbours, written out by hand; the standard library's
//! opinion; and laws.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use proptest::prelude::*;

use super::{
    Reserved::{
        self, Group, LinkLocal, Metadata, Private, SpecialPurpose, ThisHost, Translated, Unallocated,
    },
    reserved,
    table::{IPV4, IPV6},
};

/// First and last address of a range with what they are; the address before with what that is, and the one after.
type Row = (&'static str, Reserved, &'static str, &'static str, Neighbour, Neighbour);
/// `None` where there is no address any more.
type Neighbour = Option<(&'static str, Option<Reserved>)>;

const fn free(address: &'static str) -> Neighbour {
    Some((address, None))
}

const fn taken(address: &'static str, reserved: Reserved) -> Neighbour {
    Some((address, Some(reserved)))
}

#[rustfmt::skip]
const ROWS: &[Row] = &[
    ("RFC 1122 §3.2.1.3: this host on this network", ThisHost, "0.0.0.0", "0.255.255.255", None, free("1.0.0.0")),
    ("RFC 1918 §3", Private, "10.0.0.0", "10.255.255.255", free("9.255.255.255"), free("11.0.0.0")),
    ("RFC 1918 §3", Private, "172.16.0.0", "172.31.255.255", free("172.15.255.255"), free("172.32.0.0")),
    ("RFC 1918 §3", Private, "192.168.0.0", "192.168.255.255", free("192.167.255.255"), free("192.169.0.0")),
    ("Alibaba Cloud: instance metadata", Metadata, "100.100.100.200", "100.100.100.200", taken("100.100.100.199", Private), taken("100.100.100.201", Private)),
    ("RFC 6598 §7: shared address space of carriers", Private, "100.64.0.0", "100.127.255.255", free("100.63.255.255"), free("100.128.0.0")),
    ("RFC 1122 §3.2.1.3: loopback", ThisHost, "127.0.0.0", "127.255.255.255", free("126.255.255.255"), free("128.0.0.0")),
    ("Azure: wire server", Metadata, "168.63.129.16", "168.63.129.16", free("168.63.129.15"), free("168.63.129.17")),
    ("RFC 3927 §2.1; cloud metadata and runtime services", LinkLocal, "169.254.0.0", "169.254.255.255", free("169.253.255.255"), free("169.255.0.0")),
    ("RFC 6890 §2.1: IETF protocol assignments", SpecialPurpose, "192.0.0.0", "192.0.0.255", free("191.255.255.255"), free("192.0.1.0")),
    ("RFC 5737 §3: documentation, TEST-NET-1", SpecialPurpose, "192.0.2.0", "192.0.2.255", free("192.0.1.255"), free("192.0.3.0")),
    ("RFC 7535: AS112", SpecialPurpose, "192.31.196.0", "192.31.196.255", free("192.31.195.255"), free("192.31.197.0")),
    ("RFC 7450 §7: AMT", SpecialPurpose, "192.52.193.0", "192.52.193.255", free("192.52.192.255"), free("192.52.194.0")),
    ("RFC 7526: 6to4 relay anycast", SpecialPurpose, "192.88.99.0", "192.88.99.255", free("192.88.98.255"), free("192.88.100.0")),
    ("RFC 7534: direct delegation AS112", SpecialPurpose, "192.175.48.0", "192.175.48.255", free("192.175.47.255"), free("192.175.49.0")),
    ("RFC 2544 appendix C.2.2: benchmarking", SpecialPurpose, "198.18.0.0", "198.19.255.255", free("198.17.255.255"), free("198.20.0.0")),
    ("RFC 5737 §3: documentation, TEST-NET-2", SpecialPurpose, "198.51.100.0", "198.51.100.255", free("198.51.99.255"), free("198.51.101.0")),
    ("RFC 5737 §3: documentation, TEST-NET-3", SpecialPurpose, "203.0.113.0", "203.0.113.255", free("203.0.112.255"), free("203.0.114.0")),
    ("RFC 1112 §4: multicast", Group, "224.0.0.0", "239.255.255.255", free("223.255.255.255"), taken("240.0.0.0", Unallocated)),
    ("RFC 1112 §4: reserved for future use", Unallocated, "240.0.0.0", "255.255.255.254", taken("239.255.255.255", Group), taken("255.255.255.255", Group)),
    ("RFC 919 §7: limited broadcast", Group, "255.255.255.255", "255.255.255.255", taken("255.255.255.254", Unallocated), None),

    ("RFC 4291 §2.5.2: unspecified", ThisHost, "::", "::", None, taken("::1", ThisHost)),
    ("RFC 4291 §2.5.3: loopback", ThisHost, "::1", "::1", taken("::", ThisHost), taken("::2", Translated)),
    ("RFC 4291 §2.5.5.1: IPv4-compatible", Translated, "::2", "::ffff:ffff", taken("::1", ThisHost), taken("::1:0:0", Unallocated)),
    ("RFC 4291 §2.5.5.2: IPv4-mapped", Translated, "::ffff:0:0", "::ffff:ffff:ffff", taken("::fffe:ffff:ffff", Unallocated), taken("::1:0:0:0", Unallocated)),
    ("RFC 2765 §2.1: IPv4-translated", Translated, "::ffff:0:0:0", "::ffff:0:ffff:ffff", taken("::fffe:ffff:ffff:ffff", Unallocated), taken("::ffff:1:0:0", Unallocated)),
    ("RFC 6052 §2.1: NAT64", Translated, "64:ff9b::", "64:ff9b::ffff:ffff", taken("64:ff9a:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("64:ff9b::1:0:0", Unallocated)),
    ("RFC 8215: local NAT64", Translated, "64:ff9b:1::", "64:ff9b:1:ffff:ffff:ffff:ffff:ffff", taken("64:ff9b:0:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("64:ff9b:2::", Unallocated)),
    ("RFC 6666: discard-only", SpecialPurpose, "100::", "100::ffff:ffff:ffff:ffff", taken("ff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("100:0:0:1::", SpecialPurpose)),
    ("RFC 9780: dummy prefix", SpecialPurpose, "100:0:0:1::", "100:0:0:1:ffff:ffff:ffff:ffff", taken("100::ffff:ffff:ffff:ffff", SpecialPurpose), taken("100:0:0:2::", Unallocated)),
    ("RFC 4291 §2.4: before 2000::/3", Unallocated, "100:0:0:2::", "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("100:0:0:1:ffff:ffff:ffff:ffff", SpecialPurpose), free("2000::")),
    ("RFC 4380 §2.6: Teredo", Translated, "2001::", "2001:0:ffff:ffff:ffff:ffff:ffff:ffff", free("2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), taken("2001:1::", SpecialPurpose)),
    ("RFC 2928: IETF protocol assignments", SpecialPurpose, "2001:1::", "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff", taken("2001:0:ffff:ffff:ffff:ffff:ffff:ffff", Translated), free("2001:200::")),
    ("RFC 5180: benchmarking", SpecialPurpose, "2001:2::", "2001:2:0:ffff:ffff:ffff:ffff:ffff", taken("2001:1:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:2:1::", SpecialPurpose)),
    ("RFC 7450 §7: AMT", SpecialPurpose, "2001:3::", "2001:3:ffff:ffff:ffff:ffff:ffff:ffff", taken("2001:2:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:4::", SpecialPurpose)),
    ("RFC 7535: AS112", SpecialPurpose, "2001:4:112::", "2001:4:112:ffff:ffff:ffff:ffff:ffff", taken("2001:4:111:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:4:113::", SpecialPurpose)),
    ("RFC 4843: ORCHID", SpecialPurpose, "2001:10::", "2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", taken("2001:f:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:20::", SpecialPurpose)),
    ("RFC 7343: ORCHIDv2", SpecialPurpose, "2001:20::", "2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", taken("2001:1f:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:30::", SpecialPurpose)),
    ("RFC 9374: drone remote ID", SpecialPurpose, "2001:30::", "2001:3f:ffff:ffff:ffff:ffff:ffff:ffff", taken("2001:2f:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), taken("2001:40::", SpecialPurpose)),
    ("RFC 3849 §2: documentation", SpecialPurpose, "2001:db8::", "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", free("2001:db7:ffff:ffff:ffff:ffff:ffff:ffff"), free("2001:db9::")),
    ("RFC 3056 §2: 6to4", Translated, "2002::", "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff", free("2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), free("2003::")),
    ("RFC 7534: direct delegation AS112", SpecialPurpose, "2620:4f:8000::", "2620:4f:8000:ffff:ffff:ffff:ffff:ffff", free("2620:4f:7fff:ffff:ffff:ffff:ffff:ffff"), free("2620:4f:8001::")),
    ("RFC 9637: documentation", SpecialPurpose, "3fff::", "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff", free("3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), free("3fff:1000::")),
    ("RFC 4291 §2.4: after 2000::/3", Unallocated, "4000::", "5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", free("3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), taken("5f00::", SpecialPurpose)),
    ("RFC 9602: segment identifiers of SRv6", SpecialPurpose, "5f00::", "5f00:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("5eff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("5f01::", Unallocated)),
    ("RFC 4291 §2.4: after 2000::/3", Unallocated, "8000::", "fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("7fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("fc00::", Private)),
    ("RFC 4193 §3.1: unique local", Private, "fc00::", "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("fbff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("fe00::", Unallocated)),
    ("AWS: instance metadata, pod identity, DNS, time", Metadata, "fd00:ec2::", "fd00:ec2:ffff:ffff:ffff:ffff:ffff:ffff", taken("fd00:ec1:ffff:ffff:ffff:ffff:ffff:ffff", Private), taken("fd00:ec3::", Private)),
    ("Google Cloud: instance metadata", Metadata, "fd20:ce::254", "fd20:ce::254", taken("fd20:ce::253", Private), taken("fd20:ce::255", Private)),
    ("RFC 4291 §2.5.6", LinkLocal, "fe80::", "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("fe7f:ffff:ffff:ffff:ffff:ffff:ffff:ffff", Unallocated), taken("fec0::", SpecialPurpose)),
    ("RFC 3879 §4: site-local", SpecialPurpose, "fec0::", "feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff", LinkLocal), taken("ff00::", Group)),
    ("RFC 4291 §2.7: multicast", Group, "ff00::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", taken("feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", SpecialPurpose), None),
];

fn at(address: &str) -> Option<Reserved> {
    reserved(address.parse().expect(address))
}

#[test]
fn each_reserved_range_ends_where_its_rfc_says() {
    for (source, kind, first, last, before, after) in ROWS {
        assert_eq!(at(first), Some(*kind), "{source}: the first, {first}");
        assert_eq!(at(last), Some(*kind), "{source}: the last, {last}");
        for (address, expected) in before.iter().chain(after) {
            assert_eq!(at(address), *expected, "{source}: beside it, {address}");
        }
    }
}

#[test]
fn no_range_is_left_out_of_the_test() {
    let sources = |rows: &mut dyn Iterator<Item = &'static str>| {
        let mut sources: Vec<_> = rows.collect();
        sources.sort_unstable();
        sources
    };
    let table = sources(&mut IPV4.iter().map(|row| row.source).chain(IPV6.iter().map(|row| row.source)));
    assert_eq!(sources(&mut ROWS.iter().map(|row| row.0)), table);
}

#[test]
fn addresses_of_the_internet_are_free() {
    for address in [
        "1.1.1.1",
        "8.8.8.8",
        "93.184.216.34",
        "100.128.0.1",
        "2606:4700::1111",
        "2a00:1450::1",
        "2001:4860:4860::8888",
    ] {
        assert_eq!(at(address), None, "{address}");
    }
}

#[test]
fn what_hands_out_credentials_can_never_be_allowed() {
    for address in [
        "127.0.0.1",
        "::1",
        "0.0.0.0",
        "169.254.169.254",
        "169.254.170.2",
        "169.254.170.23",
        "169.254.100.1",
        "fe80::1",
        "fd00:ec2::254",
        "fd00:ec2::23",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
    ] {
        assert!(at(address).is_some_and(|kind| !kind.may_be_allowed()), "{address}");
    }
    for address in ["10.1.2.3", "172.20.0.1", "192.168.1.1", "100.64.0.1", "fd12:3456::1"] {
        assert!(at(address).is_some_and(Reserved::may_be_allowed), "{address}");
    }
}

/// Any address, and many near the ends of ranges.
fn ipv4() -> impl Strategy<Value = Ipv4Addr> {
    let near = (0..IPV4.len(), any::<u32>(), -2_i64..=2).prop_map(|(row, host, step)| {
        let row = &IPV4[row];
        let mask = u32::MAX.checked_shr(row.prefix).unwrap_or(0);
        let ends =
            [row.network.to_bits(), row.network.to_bits() | mask, row.network.to_bits() | (host & mask)];
        Ipv4Addr::from_bits(ends[(host % 3) as usize].wrapping_add_signed(i32::try_from(step).unwrap()))
    });
    prop_oneof![any::<u32>().prop_map(Ipv4Addr::from_bits), near]
}

fn ipv6() -> impl Strategy<Value = Ipv6Addr> {
    let near = (0..IPV6.len(), any::<u128>()).prop_map(|(row, host)| {
        let row = &IPV6[row];
        let mask = u128::MAX.checked_shr(row.prefix).unwrap_or(0);
        Ipv6Addr::from_bits(row.network.to_bits() | (host & mask))
    });
    prop_oneof![any::<u128>().prop_map(Ipv6Addr::from_bits), near]
}

proptest! {
    #[test]
    fn the_standard_library_agrees_on_ipv4(address in ipv4()) {
        let kind = reserved(IpAddr::V4(address));
        prop_assert_eq!(address.is_multicast() || address.is_broadcast(), kind == Some(Group));
        prop_assert_eq!(address.is_link_local(), kind == Some(LinkLocal));
        prop_assert_eq!(address.is_loopback() || address.octets()[0] == 0, kind == Some(ThisHost));
        if address.is_private() {
            prop_assert_eq!(kind, Some(Private));
        }
        if address.is_unspecified() {
            prop_assert_eq!(kind, Some(ThisHost));
        }
        if address.is_documentation() {
            prop_assert_eq!(kind, Some(SpecialPurpose));
        }
    }

    #[test]
    fn the_standard_library_agrees_on_ipv6(address in ipv6()) {
        let kind = reserved(IpAddr::V6(address));
        prop_assert_eq!(address.is_multicast(), kind == Some(Group));
        prop_assert_eq!(address.is_unicast_link_local(), kind == Some(LinkLocal));
        prop_assert_eq!(address.is_loopback() || address.is_unspecified(), kind == Some(ThisHost));
        prop_assert_eq!(address.is_unique_local(), matches!(kind, Some(Private | Metadata)));
        if address.to_ipv4().is_some() {
            prop_assert!(kind.is_some_and(|kind| !kind.may_be_allowed()));
        }
    }

    /// Not even the forms of an address that would be free in its own form: they say one thing and mean another.
    #[test]
    fn no_form_of_an_ipv4_address_within_ipv6_is_ever_allowed(address in ipv4(), low in any::<u64>(), high in any::<u16>()) {
        let bits = u128::from(address.to_bits());
        let [low, high] = [u128::from(low), u128::from(high)];
        for (form, bits) in [
            ("mapped", 0xffff_0000_0000 | bits),
            ("compatible", bits),
            ("translated", 0xffff_0000_0000_0000 | bits),
            ("NAT64", (0x0064_ff9b << 96) | bits),
            ("local NAT64 /96", (0x0064_ff9b_0001 << 80) | (high << 32) | bits),
            ("local NAT64 /48", (0x0064_ff9b_0001 << 80) | low),
            ("6to4", (0x2002 << 112) | (bits << 80) | low),
            ("Teredo", (0x2001 << 112) | (bits << 64) | low),
        ] {
            let kind = reserved(IpAddr::V6(Ipv6Addr::from_bits(bits)));
            prop_assert!(kind.is_some_and(|kind| !kind.may_be_allowed()), "{}", form);
        }
    }
}

//! Every reserved range, a row each. The first row that fits decides, so the narrow ones come before the wide ones.
//!
//! Sources: <https://www.iana.org/assignments/iana-ipv4-special-registry>,
//! <https://www.iana.org/assignments/iana-ipv6-special-registry>, and the RFC of each row. The rows that are
//! "globally reachable" by the registries (AS112, AMT, the anycast addresses of PCP and TURN) are here too: no
//! customer's system is there.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{
    Range,
    Reserved::{
        self, Group, LinkLocal, Metadata, Private, SpecialPurpose, ThisHost, Translated, Unallocated,
    },
};

const fn v4(network: [u8; 4], prefix: u32, reserved: Reserved, source: &'static str) -> Range<Ipv4Addr> {
    let [a, b, c, d] = network;
    Range { network: Ipv4Addr::new(a, b, c, d), prefix, reserved, source }
}

const fn v6(network: u128, prefix: u32, reserved: Reserved, source: &'static str) -> Range<Ipv6Addr> {
    Range { network: Ipv6Addr::from_bits(network), prefix, reserved, source }
}

#[rustfmt::skip]
pub(super) const IPV4: &[Range<Ipv4Addr>] = &[
    v4([0, 0, 0, 0],        8, ThisHost,       "RFC 1122 §3.2.1.3: this host on this network"),
    v4([10, 0, 0, 0],       8, Private,        "RFC 1918 §3"),
    v4([100, 100, 100, 200], 32, Metadata,     "Alibaba Cloud: instance metadata"),
    v4([100, 64, 0, 0],    10, Private,        "RFC 6598 §7: shared address space of carriers"),
    v4([127, 0, 0, 0],      8, ThisHost,       "RFC 1122 §3.2.1.3: loopback"),
    v4([168, 63, 129, 16], 32, Metadata,       "Azure: wire server"),
    v4([169, 254, 0, 0],   16, LinkLocal,      "RFC 3927 §2.1; cloud metadata and runtime services"),
    v4([172, 16, 0, 0],    12, Private,        "RFC 1918 §3"),
    v4([192, 0, 0, 0],     24, SpecialPurpose, "RFC 6890 §2.1: IETF protocol assignments"),
    v4([192, 0, 2, 0],     24, SpecialPurpose, "RFC 5737 §3: documentation, TEST-NET-1"),
    v4([192, 31, 196, 0],  24, SpecialPurpose, "RFC 7535: AS112"),
    v4([192, 52, 193, 0],  24, SpecialPurpose, "RFC 7450 §7: AMT"),
    v4([192, 88, 99, 0],   24, SpecialPurpose, "RFC 7526: 6to4 relay anycast"),
    v4([192, 168, 0, 0],   16, Private,        "RFC 1918 §3"),
    v4([192, 175, 48, 0],  24, SpecialPurpose, "RFC 7534: direct delegation AS112"),
    v4([198, 18, 0, 0],    15, SpecialPurpose, "RFC 2544 appendix C.2.2: benchmarking"),
    v4([198, 51, 100, 0],  24, SpecialPurpose, "RFC 5737 §3: documentation, TEST-NET-2"),
    v4([203, 0, 113, 0],   24, SpecialPurpose, "RFC 5737 §3: documentation, TEST-NET-3"),
    v4([224, 0, 0, 0],      4, Group,          "RFC 1112 §4: multicast"),
    v4([255, 255, 255, 255], 32, Group,        "RFC 919 §7: limited broadcast"),
    v4([240, 0, 0, 0],      4, Unallocated,    "RFC 1112 §4: reserved for future use"),
];

#[rustfmt::skip]
pub(super) const IPV6: &[Range<Ipv6Addr>] = &[
    v6(0,                                        128, ThisHost,       "RFC 4291 §2.5.2: unspecified"),
    v6(1,                                        128, ThisHost,       "RFC 4291 §2.5.3: loopback"),
    v6(0,                                         96, Translated,     "RFC 4291 §2.5.5.1: IPv4-compatible"),
    v6(0xffff_0000_0000,                          96, Translated,     "RFC 4291 §2.5.5.2: IPv4-mapped"),
    v6(0xffff_0000_0000_0000,                     96, Translated,     "RFC 2765 §2.1: IPv4-translated"),
    v6(0x0064_ff9b << 96,                         96, Translated,     "RFC 6052 §2.1: NAT64"),
    v6(0x0064_ff9b_0001 << 80,                    48, Translated,     "RFC 8215: local NAT64"),
    v6(0x0100 << 112,                             64, SpecialPurpose, "RFC 6666: discard-only"),
    v6(0x0100_0000_0000_0001 << 64,               64, SpecialPurpose, "RFC 9780: dummy prefix"),
    v6(0x2001 << 112,                             32, Translated,     "RFC 4380 §2.6: Teredo"),
    v6(0x2001_0002 << 96,                         48, SpecialPurpose, "RFC 5180: benchmarking"),
    v6(0x2001_0003 << 96,                         32, SpecialPurpose, "RFC 7450 §7: AMT"),
    v6(0x2001_0004_0112 << 80,                    48, SpecialPurpose, "RFC 7535: AS112"),
    v6(0x2001_0010 << 96,                         28, SpecialPurpose, "RFC 4843: ORCHID"),
    v6(0x2001_0020 << 96,                         28, SpecialPurpose, "RFC 7343: ORCHIDv2"),
    v6(0x2001_0030 << 96,                         28, SpecialPurpose, "RFC 9374: drone remote ID"),
    v6(0x2001 << 112,                             23, SpecialPurpose, "RFC 2928: IETF protocol assignments"),
    v6(0x2001_0db8 << 96,                         32, SpecialPurpose, "RFC 3849 §2: documentation"),
    v6(0x2002 << 112,                             16, Translated,     "RFC 3056 §2: 6to4"),
    v6(0x2620_004f_8000 << 80,                    48, SpecialPurpose, "RFC 7534: direct delegation AS112"),
    v6(0x3fff << 112,                             20, SpecialPurpose, "RFC 9637: documentation"),
    v6(0x5f00 << 112,                             16, SpecialPurpose, "RFC 9602: segment identifiers of SRv6"),
    v6(0xfd00_0ec2 << 96,                         32, Metadata,       "AWS: instance metadata, pod identity, DNS, time"),
    v6((0xfd20_00ce << 96) | 0x0254,             128, Metadata,       "Google Cloud: instance metadata"),
    v6(0xfc00 << 112,                              7, Private,        "RFC 4193 §3.1: unique local"),
    v6(0xfe80 << 112,                             10, LinkLocal,      "RFC 4291 §2.5.6"),
    v6(0xfec0 << 112,                             10, SpecialPurpose, "RFC 3879 §4: site-local"),
    v6(0xff00 << 112,                              8, Group,          "RFC 4291 §2.7: multicast"),
    // All unicast addresses that were ever given out begin with the bits 001 (RFC 4291 §2.4, IANA's IPv6 address space).
    v6(0,                                          3, Unallocated,    "RFC 4291 §2.4: before 2000::/3"),
    v6(0x4000 << 112,                              2, Unallocated,    "RFC 4291 §2.4: after 2000::/3"),
    v6(0x8000 << 112,                              1, Unallocated,    "RFC 4291 §2.4: after 2000::/3"),
];

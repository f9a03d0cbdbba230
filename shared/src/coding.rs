//! Content codings (RFC 9110 §8.4.1): the ways in which servers compress a body, whether they were asked to or not.

use std::io::Read;

use flate2::bufread::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};
use ruzstd::decoding::StreamingDecoder;

/// A body without its coding.
#[derive(Debug, PartialEq, Eq)]
pub struct Decoded {
    /// The body, or its start.
    pub body: Vec<u8>,
    /// Whether there is more of it.
    pub truncated: bool,
}

/// A coding that is known here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    /// GZIP (RFC 1952).
    Gzip,
    /// Zlib (RFC 1950), or DEFLATE (RFC 1951) alone, as some servers send it.
    Deflate,
    /// Brotli (RFC 7932).
    Brotli,
    /// Zstandard (RFC 8878).
    Zstd,
}

/// The most codings on top of each other. A second one makes a body longer.
const MOST_CODINGS: usize = 2;

/// The most bytes that a body refers back to in Zstandard: RFC 9659 §3 allows no more for HTTP.
const MOST_WINDOW: u64 = 8 * 1024 * 1024;

/// What Brotli reads at a time.
const PIECE: usize = 4 * 1024;

impl Coding {
    /// The coding of a name in `Content-Encoding` (RFC 9110 §8.4.1, RFC 7932 §13, RFC 8878 §7.2).
    fn named(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => Some(Self::Gzip),
            "deflate" => Some(Self::Deflate),
            "br" => Some(Self::Brotli),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn decode(self, body: &[u8], truncated: bool, most: usize) -> Option<Decoded> {
        match self {
            Self::Gzip => read(MultiGzDecoder::new(body), truncated, most),
            Self::Deflate => {
                let zlib = is_zlib(body).then(|| read(ZlibDecoder::new(body), truncated, most)).flatten();
                zlib.or_else(|| read(DeflateDecoder::new(body), truncated, most))
            }
            Self::Brotli => read(brotli_decompressor::Decompressor::new(body, PIECE), truncated, most),
            Self::Zstd => zstd(body, truncated, most),
        }
    }
}

/// The body without the codings that these values of `Content-Encoding` name; `None` when one of them is not known, or the
/// body is not in it.
///
/// At most `most` bytes come out, however many a bomb has. Of a body that was cut, what is there comes out.
#[must_use]
pub fn decoded<'v>(
    values: impl IntoIterator<Item = &'v [u8]>,
    body: &[u8],
    truncated: bool,
    most: usize,
) -> Option<Decoded> {
    let mut codings = Vec::new();
    for value in values {
        let names = std::str::from_utf8(value).ok()?.split(',').map(str::trim);
        for name in names.filter(|name| !name.is_empty() && !name.eq_ignore_ascii_case("identity")) {
            codings.push(Coding::named(name)?);
        }
    }
    if codings.len() > MOST_CODINGS {
        return None;
    }
    let plain = Decoded { body: body.to_vec(), truncated };
    // They are named in the order in which they were applied.
    codings
        .into_iter()
        .rev()
        .try_fold(plain, |coded, coding| coding.decode(&coded.body, coded.truncated, most))
}

/// What a body holds that nobody said is compressed.
#[derive(Debug, PartialEq, Eq)]
pub enum Undeclared {
    /// Nothing: it is what it looks like.
    Plain,
    /// This.
    Packed(Vec<u8>),
    /// More than may be read, or something that is damaged.
    Unreadable,
}

/// Looks into a body that begins as gzip, zlib or Zstandard do, or that is Brotli from its first to its last byte, which has no mark.
#[must_use]
pub fn undeclared(body: &[u8], truncated: bool, most: usize) -> Undeclared {
    let coding = match body {
        [0x1f, 0x8b, 8, ..] => Coding::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Coding::Zstd,
        _ if is_zlib(body) => Coding::Deflate,
        _ => Coding::Brotli,
    };
    let decoded = if truncated { None } else { coding.decode(body, false, most) };
    let is_text = || std::str::from_utf8(body).is_ok();
    match decoded {
        Some(Decoded { body, truncated: false })
            if coding != Coding::Brotli || !body.is_empty() && !is_text() =>
        {
            Undeclared::Packed(body)
        }
        // A text may begin with the two bytes of zlib, such as `x^`, and anything may be the start of Brotli.
        _ if coding == Coding::Brotli || coding == Coding::Deflate && is_text() => Undeclared::Plain,
        Some(_) | None => Undeclared::Unreadable,
    }
}

/// Whether a body begins as zlib does (RFC 1950 §2.2).
fn is_zlib(body: &[u8]) -> bool {
    let [first, second, ..] = body else { return false };
    first & 0x0f == 8
        && first >> 4 <= 7
        && second & 0x20 == 0
        && u16::from_be_bytes([*first, *second]) % 31 == 0
}

/// All frames of a Zstandard body (RFC 8878 §3.1).
fn zstd(mut body: &[u8], truncated: bool, most: usize) -> Option<Decoded> {
    let mut all = Decoded { body: Vec::new(), truncated };
    while !body.is_empty() {
        let frame = StreamingDecoder::new_with_max_window_size(&mut body, MOST_WINDOW).ok()?;
        let Decoded { body: plain, truncated } = read(frame, truncated, most.saturating_sub(all.body.len()))?;
        all.body.extend_from_slice(&plain);
        all.truncated |= truncated;
        if truncated {
            break;
        }
    }
    Some(all)
}

/// What a decoder gives: up to `most` bytes, and of a body that was cut what there is.
fn read(mut decoder: impl Read, truncated: bool, most: usize) -> Option<Decoded> {
    let mut body = Vec::new();
    let mut piece = [0; PIECE];
    loop {
        match decoder.read(&mut piece) {
            Ok(0) => return Some(Decoded { body, truncated }),
            Ok(length) => {
                let plain = piece.get(..length)?;
                let room = most.saturating_sub(body.len());
                body.extend_from_slice(plain.get(..room).unwrap_or(plain));
                if length > room {
                    return Some(Decoded { body, truncated: true });
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) if truncated => return Some(Decoded { body, truncated: true }),
            Err(_) => return None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &[u8] = b"it is said that s3cret-of-mine is here";

    /// The text as other programs compress it: gzip 1.12, zstd 1.5.4, and the zlib and Brotli of Node 20.
    const CODED: [(&str, &str); 5] = [
        (
            "gzip",
            "1f8b0800000000000003cb2c51c82c56284ecc4c5128c9482c5128364e2e4a2dd1cd4fd3cdcdcc4b05c965a416a5020020a1a44e26000000",
        ),
        (
            "deflate",
            "789ccb2c51c82c56284ecc4c5128c9482c5128364e2e4a2dd1cd4fd3cdcdcc4b05c965a416a5020005160d78",
        ),
        ("deflate", "cb2c51c82c56284ecc4c5128c9482c5128364e2e4a2dd1cd4fd3cdcdcc4b05c965a416a50200"),
        ("br", "1b2500f88d54b53f8fb13bcca994a5902d206529c82902651b06a9949f739c81fd22031f"),
        (
            "zstd",
            "28b52ffd2426310100697420697320736169642074686174207333637265742d6f662d6d696e6520697320686572650c7b00e1",
        ),
    ];

    fn whole(body: &[u8]) -> Option<Decoded> {
        Some(Decoded { body: body.to_vec(), truncated: false })
    }

    #[test]
    fn what_other_programs_compress_is_read() {
        for (name, coded) in CODED {
            let coded = hex::decode(coded).unwrap();
            for value in
                [name.to_owned(), name.to_uppercase(), format!("identity, {name}"), format!(" {name} ,")]
            {
                assert_eq!(decoded([value.as_bytes()], &coded, false, 100), whole(TEXT), "{value}");
            }
        }
        // One coding on top of another, in one header or in two.
        let twice = hex::decode(CODED[0].1).unwrap();
        assert_eq!(decoded([&b"gzip"[..]], &twice, false, 100), whole(TEXT));
        assert_eq!(decoded([&b"identity"[..]], TEXT, false, 100), whole(TEXT));
        assert_eq!(decoded([], TEXT, true, 100), Some(Decoded { body: TEXT.to_vec(), truncated: true }));
    }

    #[test]
    fn what_is_in_no_known_coding_is_not_read() {
        for (value, body) in [
            ("gzip", TEXT),
            ("br", &[0xff; 20]),
            ("zstd", TEXT),
            ("deflate", b"\xff\xff\xff\xff"),
            ("compress", TEXT),
            ("gzip, gzip, gzip", TEXT),
            ("\u{e9}", TEXT),
        ] {
            assert_eq!(decoded([value.as_bytes()], body, false, 100), None, "{value}");
        }
        // A body that breaks off is no body, unless it was cut here.
        for (name, coded) in CODED {
            let coded = hex::decode(coded).unwrap();
            let start = &coded[..coded.len() - 12];
            assert_eq!(decoded([name.as_bytes()], start, false, 100), None, "{name}");
            let cut = decoded([name.as_bytes()], start, true, 100).unwrap();
            assert!(cut.truncated && TEXT.starts_with(&cut.body), "{name}");
        }
    }

    #[test]
    fn a_bomb_comes_out_up_to_the_limit() {
        // 64 MiB of zeros are 64 KiB.
        let zeros = vec![0; 64 * 1024 * 1024];
        let mut gzip = Vec::new();
        flate2::bufread::GzEncoder::new(zeros.as_slice(), flate2::Compression::best())
            .read_to_end(&mut gzip)
            .unwrap();
        assert_eq!(
            decoded([&b"gzip"[..]], &gzip, false, 1000),
            Some(Decoded { body: vec![0; 1000], truncated: true })
        );
        assert_eq!(undeclared(&gzip, false, 1000), Undeclared::Unreadable);
        // A frame that asks for a window of 2 TiB (RFC 8878 §3.1.1.1.2).
        assert_eq!(decoded([&b"zstd"[..]], b"\x28\xb5\x2f\xfd\x00\xff\x01\x00\x00", false, 1000), None);
    }

    #[test]
    fn a_body_that_nobody_declared_is_looked_into() {
        for (name, coded) in CODED {
            let coded = hex::decode(coded).unwrap();
            let looked = undeclared(&coded, false, 100);
            if coded.starts_with(b"\xcb") {
                // DEFLATE alone cannot be told from anything else.
                assert_eq!(looked, Undeclared::Plain);
            } else {
                assert_eq!(looked, Undeclared::Packed(TEXT.to_vec()), "{name}");
            }
            if name == "gzip" || name == "zstd" {
                assert_eq!(undeclared(&coded, true, 100), Undeclared::Unreadable, "{name}");
                assert_eq!(undeclared(&coded, false, 10), Undeclared::Unreadable, "{name}");
                assert_eq!(undeclared(&coded[..20], false, 100), Undeclared::Unreadable, "{name}");
            }
        }
        for plain in
            [TEXT, b"", b"x", b"x^2 + y", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3"]
        {
            assert_eq!(undeclared(plain, false, 100), Undeclared::Plain, "{plain:?}");
        }
    }
}

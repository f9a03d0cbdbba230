//! Bytes written as digits of a number: base64, base32 and hexadecimal (RFC 4648).

use zeroize::Zeroizing;

/// A way to write bytes as digits.
trait Radix {
    /// The bits of a digit.
    const BITS: u32;
    /// In how many places of its first byte's group a text within may begin.
    const PLACES: usize;
    /// The value of each byte that is a digit, and [`NONE`] for the others.
    const DIGITS: [u8; 256];

    /// How many bytes of a text can stand between two digits of one run.
    fn between(text: &[u8]) -> usize;
}

/// No digit.
const NONE: u8 = 0xff;

struct Base64;
struct Base32Upper;
struct Base32Lower;
struct Base32HexUpper;
struct Base32HexLower;
struct Hexadecimal;

macro_rules! radix {
    ($($name:ident: $bits:literal bits, $places:literal places, $digit:expr, $between:expr;)+) => {
        $(impl Radix for $name {
            const BITS: u32 = $bits;
            const PLACES: usize = $places;
            const DIGITS: [u8; 256] = table($digit);

            fn between(text: &[u8]) -> usize {
                $between(text)
            }
        })+
    };
}

radix! {
    Base64: 6 bits, 4 places, [(b'A', b'Z', 0), (b'a', b'z', 26), (b'0', b'9', 52), (b'+', b'+', 62), (b'-', b'-', 62), (b'/', b'/', 63), (b'_', b'_', 63)], line_end;
    Base32Upper: 5 bits, 8 places, [(b'A', b'Z', 0), (b'2', b'7', 26)], line_end;
    Base32Lower: 5 bits, 8 places, [(b'a', b'z', 0), (b'2', b'7', 26)], line_end;
    Base32HexUpper: 5 bits, 8 places, [(b'0', b'9', 0), (b'A', b'V', 10)], line_end;
    Base32HexLower: 5 bits, 8 places, [(b'0', b'9', 0), (b'a', b'v', 10)], line_end;
    Hexadecimal: 4 bits, 2 places, [(b'0', b'9', 0), (b'a', b'f', 10), (b'A', b'F', 10)], separator;
}

/// The digits of some ranges, each with the value of its first.
#[expect(clippy::indexing_slicing, reason = "computed by the compiler, which stops at an index that is none")]
const fn table<const RANGES: usize>(ranges: [(u8, u8, u8); RANGES]) -> [u8; 256] {
    let mut table = [NONE; 256];
    let mut at = 0;
    while at < RANGES {
        let (first, last, value) = ranges[at];
        let mut byte = first;
        while byte <= last {
            table[byte as usize] = value + (byte - first);
            byte += 1;
        }
        at += 1;
    }
    table
}

pub(super) fn base64(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    read_runs::<Base64>(text, shortest, &mut read);
    (!read.is_empty()).then_some(read)
}

pub(super) fn base32(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    read_runs::<Base32Upper>(text, shortest, &mut read);
    read_runs::<Base32Lower>(text, shortest, &mut read);
    read_runs::<Base32HexUpper>(text, shortest, &mut read);
    read_runs::<Base32HexLower>(text, shortest, &mut read);
    (!read.is_empty()).then_some(read)
}

pub(super) fn hexadecimal(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    read_runs::<Hexadecimal>(text, shortest, &mut read);
    (!read.is_empty()).then_some(read)
}

fn digit<R: Radix>(byte: u8) -> u8 {
    R::DIGITS.get(usize::from(byte)).copied().unwrap_or(NONE)
}

/// Every run of digits that is long enough, read from each place where a text within it may begin. A line end stands
/// between two of them.
fn read_runs<R: Radix>(text: &[u8], shortest: usize, read: &mut Vec<u8>) {
    let least = (shortest * 8).div_ceil(R::BITS as usize);
    let mut run = Zeroizing::new(Vec::new());
    let mut rest = text;
    while let Some(start) = rest.iter().position(|byte| digit::<R>(*byte) != NONE) {
        let from = rest.get(start..).unwrap_or_default();
        let (digits, bytes) = measure::<R>(from);
        if digits >= least {
            run.clear();
            run.reserve_exact(digits);
            each_digit::<R>(from.get(..bytes).unwrap_or_default(), |digit| run.push(digit));
            // One digit without end, such as a line of dashes, is nobody's secret.
            if run.iter().any(|digit| run.first() != Some(digit)) {
                decode::<R>(&run, read);
            }
        }
        rest = from.get(bytes.max(1)..).unwrap_or_default();
    }
}

/// The digits of the run at the start of a text, and the bytes that it takes.
fn measure<R: Radix>(text: &[u8]) -> (usize, usize) {
    let mut digits = 0;
    let bytes = each_digit::<R>(text, |_| digits += 1);
    (digits, bytes)
}

fn each_digit<R: Radix>(text: &[u8], mut found: impl FnMut(u8)) -> usize {
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        let value = digit::<R>(*byte);
        // `0` may begin the mark of a number, such as `0x`.
        if value == NONE || *byte == b'0' {
            let between = R::between(text.get(at..).unwrap_or_default());
            let goes_on = text.get(at + between).is_some_and(|byte| digit::<R>(*byte) != NONE);
            if between > 0 && goes_on {
                at += between;
                continue;
            }
        }
        if value == NONE {
            break;
        }
        found(value);
        at += 1;
    }
    at
}

fn decode<R: Radix>(run: &[u8], read: &mut Vec<u8>) {
    for place in 0..R::PLACES {
        let (mut bits, mut value) = (0, 0_u32);
        for digit in run.get(place..).unwrap_or_default() {
            value = (value << R::BITS) | u32::from(*digit);
            bits += R::BITS;
            if bits >= 8 {
                bits -= 8;
                let [byte, ..] = (value >> bits).to_le_bytes();
                read.push(byte);
                value &= (1 << bits) - 1;
            }
        }
        read.push(b'\n');
    }
}

/// A line end within a run, with what indents the next line.
fn line_end(text: &[u8]) -> usize {
    if !matches!(text.first(), Some(b'\r' | b'\n')) {
        return 0;
    }
    text.iter().take_while(|byte| byte.is_ascii_whitespace()).count()
}

/// The most signs between two bytes in hexadecimal.
const MOST_SIGNS: usize = 4;

/// What stands between two bytes in hexadecimal: signs, a line end, and the mark of a number such as `0x` or `\x`.
fn separator(text: &[u8]) -> usize {
    let signs = text.iter().take_while(|byte| b" ,:;-._|+\\'\"\t\r\n".contains(byte)).count();
    let rest = text.get(signs..).unwrap_or_default();
    let mark = match rest {
        [b'0', b'x' | b'X', ..] => 2,
        [b'x' | b'X', b'\'', ..] => 2,
        [b'x' | b'X' | b'$' | b'#', ..] => 1,
        [b'&', b'h' | b'H', ..] => 2,
        _ => 0,
    };
    let all = signs + mark;
    if signs <= MOST_SIGNS { all } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shows(read: Option<Zeroizing<Vec<u8>>>, plain: &str) {
        let read = read.unwrap();
        assert!(
            memchr::memmem::find(&read, plain.as_bytes()).is_some(),
            "{plain}: {}",
            String::from_utf8_lossy(&read)
        );
    }

    #[test]
    fn bytes_are_read_from_every_place_and_across_lines() {
        // RFC 4648 §10 has `foobar` in each; the others were made with coreutils' base64, base32 and basenc.
        for text in ["Zm9vYmFy", "xxxZm9vYmFy", "Zm9v\r\n  YmFy", "eGZvb2Jhcg==", "eHhmb29iYXI"] {
            shows(base64(text.as_bytes(), 6), "foobar");
        }
        for text in
            ["MZXW6YTBOI======", "mzxw6ytboi", "CPNMUOJ1E8======", "PBTG633CMFZA====", "PB4GM33PMJQXE==="]
        {
            shows(base32(text.as_bytes(), 6), "foobar");
        }
        for text in [
            "666F6F626172",
            "666f6f626172",
            "66:6f:6f:62:61:72",
            "66 6f 6f\n62 61 72",
            "0x66, 0x6F, 0x6f, 0x62, 0x61, 0x72",
            "66-6F-6F-62-61-72",
            "a666f6f626172",
            r"\x66\x6f\x6f\x62\x61\x72",
        ] {
            shows(hexadecimal(text.as_bytes(), 6), "foobar");
        }
    }

    #[test]
    fn what_is_too_short_is_not_read() {
        assert!(base64(b"Zm9vYmF", 6).is_none());
        assert!(base32(b"MZXW6YTB", 6).is_none());
        assert!(hexadecimal(b"added face", 6).is_none());
    }
}

//! Bytes written as digits of a number: base64, base32 and hexadecimal (RFC 4648).

use zeroize::Zeroizing;

/// A way to write bytes as digits.
struct Radix {
    /// The bits of a digit.
    bits: u32,
    /// In how many places of its first byte's group a text within may begin.
    places: usize,
    digit: fn(u8) -> Option<u8>,
    /// How many bytes of a text can stand between two digits of one run.
    between: fn(&[u8]) -> usize,
}

pub(super) fn base64(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    read(text, shortest, &[Radix { bits: 6, places: 4, digit: base64_digit, between: line_end }])
}

pub(super) fn base32(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    let radix = |digit| Radix { bits: 5, places: 8, digit, between: line_end };
    let all = [base32_upper, base32_lower, base32_hex_upper, base32_hex_lower]
        .map(|digit| radix(digit as fn(u8) -> _));
    read(text, shortest, &all)
}

pub(super) fn hexadecimal(text: &[u8], shortest: usize) -> Option<Zeroizing<Vec<u8>>> {
    read(text, shortest, &[Radix { bits: 4, places: 2, digit: hex_digit, between: separator }])
}

/// Every run of digits, read from each place where a text within it may begin. A line end stands between two of them.
fn read(text: &[u8], shortest: usize, all: &[Radix]) -> Option<Zeroizing<Vec<u8>>> {
    let mut read = Zeroizing::new(Vec::new());
    let mut run = Zeroizing::new(Vec::with_capacity(text.len()));
    for radix in all {
        let least = (shortest * 8).div_ceil(radix.bits as usize);
        let mut rest = text;
        while !rest.is_empty() {
            rest = radix.next_run(rest, &mut run);
            // One digit without end, such as a line of dashes, is nobody's secret.
            if run.len() >= least && run.iter().any(|digit| run.first() != Some(digit)) {
                radix.read_run(&run, &mut read);
            }
        }
    }
    (!read.is_empty()).then_some(read)
}

impl Radix {
    /// The digits of the next run; what follows it is left.
    fn next_run<'t>(&self, text: &'t [u8], run: &mut Vec<u8>) -> &'t [u8] {
        run.clear();
        let start = text.iter().position(|byte| (self.digit)(*byte).is_some()).unwrap_or(text.len());
        let mut rest = text.get(start..).unwrap_or_default();
        while let Some((byte, after)) = rest.split_first() {
            let between = (self.between)(rest);
            if between > 0 && rest.get(between).is_some_and(|byte| (self.digit)(*byte).is_some()) {
                rest = rest.get(between..).unwrap_or_default();
                continue;
            }
            let Some(digit) = (self.digit)(*byte) else { break };
            run.push(digit);
            rest = after;
        }
        if rest.len() == text.len() { rest.get(1..).unwrap_or_default() } else { rest }
    }

    fn read_run(&self, run: &[u8], read: &mut Vec<u8>) {
        for place in 0..self.places {
            let (mut bits, mut value) = (0, 0_u32);
            for digit in run.get(place..).unwrap_or_default() {
                value = (value << self.bits) | u32::from(*digit);
                bits += self.bits;
                if bits >= 8 {
                    bits -= 8;
                    read.push((value >> bits).to_le_bytes()[0]);
                    value &= (1 << bits) - 1;
                }
            }
            read.push(b'\n');
        }
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

fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

const fn base64_digit(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

const fn base32_upper(byte: u8) -> Option<u8> {
    match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'2'..=b'7' => Some(byte - b'2' + 26),
        _ => None,
    }
}

const fn base32_lower(byte: u8) -> Option<u8> {
    if byte.is_ascii_uppercase() { None } else { base32_upper(byte.to_ascii_uppercase()) }
}

const fn base32_hex_upper(byte: u8) -> Option<u8> {
    match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'A'..=b'V' => Some(byte - b'A' + 10),
        _ => None,
    }
}

const fn base32_hex_lower(byte: u8) -> Option<u8> {
    if byte.is_ascii_uppercase() { None } else { base32_hex_upper(byte.to_ascii_uppercase()) }
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

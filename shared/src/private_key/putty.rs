//! PuTTY's own form, `.ppk`, versions 2 and 3 (PuTTY manual, appendix C).

use ssh_key::{PrivateKey as SshKey, private::KeypairData};
use zeroize::Zeroizing;

use super::{NotAPrivateKey, Work};

const MARK: &str = "PuTTY-User-Key-File-";
/// Every member of a file, in its order.
const MEMBERS: [&str; 11] = [
    "Encryption",
    "Comment",
    "Public-Lines",
    "Key-Derivation",
    "Argon2-Memory",
    "Argon2-Passes",
    "Argon2-Parallelism",
    "Argon2-Salt",
    "Private-Lines",
    "Private-MAC",
    "Private-Hash",
];
const KINDS: [&str; 5] =
    ["ssh-rsa", "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"];
/// How many characters of base64 a line has.
const LINE: usize = 64;
/// PuTTYgen takes 8 MiB and as many passes as fit in a tenth of a second.
const MAX_ARGON2_KIB: u64 = 32 * 1024;
const ARGON2_KIB_A_MILLISECOND: u64 = 1024;

/// The text from a PuTTY key's start on, if there is one.
pub(super) fn find(text: &str) -> Option<&str> {
    text.find(MARK).and_then(|start| text.get(start..))
}

pub(super) fn read(
    text: &str,
    passphrase: Option<&str>,
    work: &mut Work,
) -> Result<KeypairData, NotAPrivateKey> {
    let file = File::split(text)?;
    if file.version == "1" || file.member("Private-Hash").is_some() {
        return Err(NotAPrivateKey::OldPutty);
    }
    if !KINDS.contains(&file.kind) {
        return Err(NotAPrivateKey::Kind);
    }
    let lines = file.lines()?;
    let passphrase = match file.member("Encryption") {
        Some("none") => None,
        Some("aes256-cbc") => {
            let passphrase = passphrase.ok_or(NotAPrivateKey::NeedsPassphrase)?;
            work.spend(file.milliseconds()?)?;
            Some(passphrase.to_owned())
        }
        Some(_) | None => return Err(NotAPrivateKey::Encryption),
    };
    let wrong = if passphrase.is_some() { NotAPrivateKey::WrongPassphrase } else { NotAPrivateKey::Damaged };
    let key = SshKey::from_ppk(lines.as_str(), passphrase).map_err(|_| wrong)?;
    Ok(key.key_data().clone())
}

/// The parts of a file, whatever became of its line breaks.
struct File<'t> {
    version: &'t str,
    kind: &'t str,
    members: Vec<(&'static str, &'t str)>,
}

impl<'t> File<'t> {
    fn split(text: &'t str) -> Result<Self, NotAPrivateKey> {
        let mut starts: Vec<(usize, &'static str)> = Vec::new();
        let mut from = 0;
        for name in MEMBERS {
            let rest = text.get(from..).unwrap_or_default();
            let found = rest
                .match_indices(name)
                .find(|(at, _)| rest.get(at + name.len()..).is_some_and(|after| after.starts_with(':')));
            if let Some((at, _)) = found {
                starts.push((from + at, name));
                from += at + name.len();
            }
        }
        let end_of_head = starts.first().map_or(text.len(), |(at, _)| *at);
        let head = text.get(MARK.len()..end_of_head).unwrap_or_default();
        let (version, kind) = head.split_once(':').ok_or(NotAPrivateKey::Damaged)?;
        let ends = starts.iter().skip(1).map(|(at, _)| *at).chain([text.len()]);
        let members = starts.iter().zip(ends).map(|((at, name), end)| {
            let value = text.get(at + name.len() + 1..end).unwrap_or_default();
            (*name, bare(value))
        });
        Ok(Self { version: version.trim(), kind: bare(kind), members: members.collect() })
    }

    fn member(&self, name: &str) -> Option<&'t str> {
        self.members.iter().find(|(known, _)| *known == name).map(|(_, value)| *value)
    }

    /// How long Argon2 takes, as the file itself says. Version 2 hashes the passphrase once.
    fn milliseconds(&self) -> Result<u64, NotAPrivateKey> {
        if self.version == "2" {
            return Ok(0);
        }
        let number = |name| -> Result<u64, NotAPrivateKey> {
            self.member(name).and_then(|value| value.parse().ok()).ok_or(NotAPrivateKey::Rounds)
        };
        let (memory, passes) = (number("Argon2-Memory")?, number("Argon2-Passes")?);
        if memory > MAX_ARGON2_KIB || number("Argon2-Parallelism")? > 8 {
            return Err(NotAPrivateKey::Rounds);
        }
        // Once for the key, and once for the checksum.
        Ok(memory.saturating_mul(passes).saturating_mul(2) / ARGON2_KIB_A_MILLISECOND)
    }

    /// The file with the lines that its reader counts.
    fn lines(&self) -> Result<Zeroizing<String>, NotAPrivateKey> {
        let room = self.members.iter().map(|(name, value)| name.len() + value.len() + 3).sum::<usize>();
        let mut lines = Zeroizing::new(String::with_capacity(2 * room + 100));
        lines.push_str(MARK);
        for text in [self.version, ": ", self.kind, "\n"] {
            lines.push_str(text);
        }
        for (name, value) in &self.members {
            lines.push_str(name);
            lines.push_str(": ");
            match *name {
                "Public-Lines" | "Private-Lines" => push_base64(&mut lines, value)?,
                "Private-MAC" => {
                    let digits = value.len()
                        - value.trim_start_matches(|character: char| character.is_ascii_hexdigit()).len();
                    lines.push_str(value.get(..digits).unwrap_or_default());
                    lines.push('\n');
                }
                _ => {
                    lines.push_str(value);
                    lines.push('\n');
                }
            }
        }
        Ok(lines)
    }
}

/// The number of lines, and the lines. Where no break is left behind the number, it is the one that fits what follows.
fn push_base64(lines: &mut String, value: &str) -> Result<(), NotAPrivateKey> {
    let is_base64 = |character: &char| character.is_ascii_alphanumeric() || "+/=".contains(*character);
    let value = value.replace("\\n", "").replace("\\r", "");
    let value: Zeroizing<String> = Zeroizing::new(Zeroizing::new(value).chars().filter(is_base64).collect());
    let counted = (1..=3).find_map(|digits| {
        let (number, content) = value.split_at_checked(digits)?;
        let count: usize = number.parse().ok()?;
        (content.len().div_ceil(LINE) == count && content.len() % 4 == 0).then_some((count, content))
    });
    let (count, content) = counted.ok_or(NotAPrivateKey::Damaged)?;
    lines.push_str(&count.to_string());
    lines.push('\n');
    for start in (0..content.len()).step_by(LINE) {
        lines.push_str(content.get(start..content.len().min(start + LINE)).unwrap_or_default());
        lines.push('\n');
    }
    Ok(())
}

/// The value without the break, and the quotation marks, behind it.
fn bare(value: &str) -> &str {
    let mut value = value.trim();
    while let Some(rest) = ["\\n", "\\r", "\"", "'"].iter().find_map(|end| value.strip_suffix(end)) {
        value = rest.trim_end();
    }
    value
}

//! The mails that AWS would send: each is a file in `<data_dir>/mail`, and `/mail` shows them in the browser.
//!
//! # Security
//!
//! As in Cognito's mails, an invitation has the password of the first sign-in, which alone opens nothing: the code of the second factor
//! comes from the terminal. What is deployed has neither such a folder nor such a page.

use std::{
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use axum::{Router, extract::State, response::Response, routing::get};
use jiff::Timestamp;
use keyward_functions::system::SystemRandom;
use keyward_shared::moment::Random as _;
use serde::{Deserialize, Serialize};

use crate::{
    private_file::write_new,
    sign_in::page::{document, escape},
};

const FOLDER: &str = "mail";
/// How many are kept, the newest.
const KEPT: usize = 100;

/// A mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Mail {
    at: Timestamp,
    to: String,
    subject: String,
    text: String,
}

impl Mail {
    /// An invitation, with the password of the first sign-in.
    pub(crate) fn invitation(to: &str, password: &str, at: Timestamp) -> Self {
        let text = format!(
            "You can sign in to Keyward as {to}.\nPassword: {password}\nFor the code, enter the secret that the terminal shows into an authenticator app, or run: make -s code USER={to}"
        );
        Self { at, to: to.to_owned(), subject: "You are invited to Keyward".to_owned(), text }
    }

    /// That a second factor was taken back. It has no secret.
    pub(crate) fn second_factor_reset(to: &str, at: Timestamp) -> Self {
        let text = format!(
            "An owner of your account has taken back your second factor. Your password is as before.\nFor the code, enter the secret that the terminal shows into an authenticator app, or run: make -s code USER={to}"
        );
        Self { at, to: to.to_owned(), subject: "Set up your second factor again".to_owned(), text }
    }
}

/// The folder of the mails.
pub(crate) struct Mailbox(PathBuf);

impl Mailbox {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER))
    }

    /// Keeps a mail. One that cannot be kept stops nothing: the terminal tells the same.
    pub(crate) fn put(&self, mail: &Mail) {
        if let Err(error) = self.keep(mail) {
            tracing::error!(%error, "a mail could not be kept");
        }
    }

    fn keep(&self, mail: &Mail) -> io::Result<()> {
        let mut bytes = [0; 8];
        SystemRandom.fill(&mut bytes);
        // Names sort as times do.
        let name = format!("{:020}-{}.json", mail.at.as_microsecond(), hex::encode(bytes));
        write_new(&self.0, &self.0.join(name), &serde_json::to_vec_pretty(mail).map_err(io::Error::other)?)?;
        let files = self.files();
        files.iter().skip(KEPT).try_for_each(fs::remove_file)
    }

    /// The files, the newest first.
    fn files(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(&self.0).into_iter().flatten().flatten().map(|file| file.path());
        let mut files: Vec<_> =
            files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).collect();
        files.sort();
        files.reverse();
        files
    }

    /// The mails, the newest first. A file that is none is left out.
    fn all(&self) -> Vec<Mail> {
        self.files().iter().filter_map(|path| serde_json::from_slice(&fs::read(path).ok()?).ok()).collect()
    }
}

/// The page `/mail`.
pub(crate) fn router(data_dir: &Path) -> Router {
    Router::new().route("/mail", get(show)).with_state(Arc::new(Mailbox::of(data_dir)))
}

async fn show(State(mailbox): State<Arc<Mailbox>>) -> Response {
    page(&mailbox.all())
}

fn page(mails: &[Mail]) -> Response {
    let mut body = "<h1>Mail</h1>\n<p>What AWS would send to people by e-mail stays on this machine. <a href=\"/\">Open the control panel</a></p>\n".to_owned();
    if mails.is_empty() {
        body.push_str("<p>There is no mail yet. Whoever is invited under Members gets one.</p>\n");
    }
    for Mail { at, to, subject, text } in mails {
        let lines = text.lines().map(|line| format!("<p>{}</p>", escape(line))).collect::<String>();
        let article = format!(
            "<article>\n<h2>{}</h2>\n<p class=\"hint\">To {}, <time datetime=\"{at}\">{}</time></p>\n{lines}\n</article>\n",
            escape(subject),
            escape(to),
            at.strftime("%Y-%m-%d %H:%M UTC"),
        );
        // Writing into a text never fails.
        body.write_str(&article).ok();
    }
    document(axum::http::StatusCode::OK, "Mail", &body, "")
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn mail(number: i64) -> Mail {
        Mail::invitation(
            &format!("ann{number}@acme.example"),
            "pass word",
            Timestamp::from_second(number).unwrap(),
        )
    }

    #[test]
    fn the_newest_mails_are_kept_and_come_first() {
        let directory = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::of(directory.path());
        assert_eq!(mailbox.all(), []);
        for number in 0..KEPT as i64 + 5 {
            mailbox.put(&mail(number));
        }
        fs::write(directory.path().join(FOLDER).join("broken.json"), "{").unwrap();
        let all = mailbox.all();
        assert_eq!((all.len(), &all[0]), (KEPT, &mail(KEPT as i64 + 4)));
        assert_eq!(all.last(), Some(&mail(5)));
    }

    #[tokio::test]
    async fn the_page_shows_who_was_told_what_and_no_text_leaves_its_place() {
        let text = async |response: Response| {
            let bytes = to_bytes(response.into_body(), 1_000_000).await.unwrap();
            String::from_utf8(bytes.to_vec()).unwrap()
        };
        let none = text(page(&[])).await;
        assert!(none.contains("There is no mail yet") && none.contains("LOCAL"));
        let odd = Mail { to: "<b>@x.example".to_owned(), ..mail(1) };
        let shown =
            text(page(&[odd, Mail::second_factor_reset("bob@acme.example", Timestamp::UNIX_EPOCH)])).await;
        assert!(shown.contains("<p>Password: pass word</p>") && shown.contains("bob@acme.example"));
        assert!(shown.contains("&lt;b&gt;@x.example") && !shown.contains("<b>"));
        assert!(!shown.contains("otpauth"), "the second factor is not in a mail");
    }

    #[cfg(unix)]
    #[test]
    fn only_the_owner_of_the_folder_may_read_a_mail() {
        use std::os::unix::fs::PermissionsExt as _;
        let directory = tempfile::tempdir().unwrap();
        let mailbox = Mailbox::of(directory.path());
        mailbox.put(&mail(1));
        let mode = fs::metadata(&mailbox.files()[0]).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

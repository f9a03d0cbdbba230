use base64::{Engine, engine::general_purpose::STANDARD};
use keyward_shared::secret::SecretText;

use super::*;
use crate::outbound::scripted::{Heard, Said, play};

const EHLO: &str = "EHLO keyward.example";
const PLAIN: &str = "AUTH PLAIN AGFubgBzM2NyZXQ=";
const OFFER: &str = "250-mx.example\r\n250-SIZE 1\r\n250 AUTH LOGIN PLAIN\r\n";

async fn run(security: SmtpSecurity, password: &str, script: &[Said]) -> (Result<Welcome, Ended>, Heard) {
    let password = SecretText::from(password.to_owned());
    let proof = SmtpProof::Password(&password);
    let login = SmtpLogin { host: "mx.example", port: 465, security, username: "ann", proof };
    play(script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await).await
}

async fn over_tls(after_greeting: &[(&str, &str)]) -> (Result<Welcome, Ended>, Heard) {
    let mut script = vec![Said::Encrypted, Said::First("220 MX.example ESMTP\r\n".into())];
    script.extend(after_greeting.iter().map(|(asked, said)| Said::Reply((*asked).into(), (*said).into())));
    run(SmtpSecurity::Tls, "s3cret", &script).await
}

#[tokio::test]
async fn the_right_password_logs_in() {
    let (end, heard) = over_tls(&[(EHLO, OFFER), (PLAIN, "235 ok\r\n"), ("NOOP", "250 ok\r\n")]).await;
    assert_eq!(end.unwrap(), Welcome { identity: Some("mx.example".into()) });
    assert_eq!(heard.last(), "QUIT");
}

#[tokio::test]
async fn login_is_taken_where_plain_is_not_offered() {
    let (end, _) = over_tls(&[
        (EHLO, "250-mx\r\n250 AUTH=CRAM-MD5 login\r\n"),
        ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
        ("YW5u", "334 UGFzc3dvcmQ6\r\n"),
        ("czNjcmV0", "235 ok\r\n"),
        ("NOOP", "250 ok\r\n"),
    ])
    .await;
    assert!(end.is_ok());
    let (end, heard) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH DIGEST-MD5 XOAUTH2\r\n")]).await;
    assert_eq!(end, Err(LoginError::NoMethod.into()));
    assert_eq!(heard.last(), EHLO);
}

#[tokio::test]
async fn each_answer_to_the_password_has_its_meaning() {
    for (answer, meaning) in [
        ("535 5.7.8 wrong\r\n", LoginError::Refused),
        ("535-5.7.8 wrong\r\n535 5.7.8 go away\r\n", LoginError::Refused),
        ("534 5.7.9 too weak\r\n", LoginError::Unclear),
        ("530 5.7.0 not allowed\r\n", LoginError::Unclear),
        ("525 5.7.13 disabled\r\n", LoginError::PasswordsOff),
        ("504 5.5.4 what?\r\n", LoginError::NoMethod),
        ("501 5.5.2 what?\r\n", LoginError::Unclear),
        ("454 4.7.0 later\r\n", LoginError::Unclear),
        ("421 4.3.0 bye\r\n", LoginError::Unclear),
        ("334 \r\n", LoginError::Unclear),
        ("250 ok?\r\n", LoginError::Unclear),
    ] {
        let (end, _) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH PLAIN\r\n"), (PLAIN, answer)]).await;
        assert_eq!(end, Err(meaning.into()), "{answer}");
    }
}

#[tokio::test]
async fn what_a_provider_says_of_its_own_rules_is_no_wrong_password() {
    for (answer, meaning) in [
        (
            "550 5.7.30 Basic authentication is not supported for Client Submission.\r\n",
            LoginError::PasswordsOff,
        ),
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant. Visit https://aka.ms/smtp_auth_disabled for more information.\r\n",
            LoginError::PasswordsOff,
        ),
        (
            "534-5.7.9 Application-specific password required. For more information, go to\r\n534 5.7.9 https://support.google.com/mail/?p=InvalidSecondFactor\r\n",
            LoginError::AppPassword,
        ),
        ("554 5.7.0 Too many failed logins, try again later\r\n", LoginError::Unclear),
        ("550 5.7.1 Relaying denied\r\n", LoginError::Unclear),
    ] {
        let (end, _) = over_tls(&[(EHLO, "250-mx\r\n250 AUTH PLAIN\r\n"), (PLAIN, answer)]).await;
        assert_eq!(end, Err(meaning.into()), "{answer}");
    }
}

#[tokio::test]
async fn every_mechanism_that_is_offered_is_tried_before_the_password_is_called_wrong() {
    for refused in ["504 5.5.4 not this one\r\n", "535 5.7.8 wrong\r\n", "553 no\r\n", "454 later\r\n"] {
        let (end, _) = over_tls(&[
            (EHLO, OFFER),
            (PLAIN, refused),
            ("AUTH LOGIN", "334 VXNlcm5hbWU6\r\n"),
            ("YW5u", "334 UGFzc3dvcmQ6\r\n"),
            ("czNjcmV0", "235 ok\r\n"),
            ("NOOP", "250 ok\r\n"),
        ])
        .await;
        assert!(end.is_ok(), "{refused}");
    }
    // Both refused, one unknown, and a connection that ends after the first refusal.
    let wrong = "535 5.7.8 wrong\r\n";
    let login = ["AUTH LOGIN", "YW5u", "czNjcmV0"];
    for (plain, last) in [(wrong, wrong), ("504 no\r\n", wrong), (wrong, "504 no\r\n")] {
        let (end, heard) = over_tls(&[
            (EHLO, OFFER),
            (PLAIN, plain),
            (login[0], "334 VXNlcm5hbWU6\r\n"),
            (login[1], "334 UGFzc3dvcmQ6\r\n"),
            (login[2], last),
        ])
        .await;
        assert_eq!(end, Err(LoginError::Refused.into()), "{plain} {last}");
        assert_eq!(heard.last(), login[2]);
    }
    let (end, _) = over_tls(&[(EHLO, OFFER), (PLAIN, wrong)]).await;
    assert_eq!(end, Err(LoginError::Refused.into()));
}

#[tokio::test]
async fn cram_md5_answers_the_challenge_of_its_rfc() {
    // RFC 2195 §2: the user tim, the password tanstaaftanstaaf.
    let password = SecretText::from("tanstaaftanstaaf".to_owned());
    let security = SmtpSecurity::Tls;
    let proof = SmtpProof::Password(&password);
    let login = SmtpLogin { host: "mx.example", port: 465, security, username: "tim", proof };
    let script = [
        Said::Encrypted,
        Said::First("220 mx.example ESMTP\r\n".into()),
        Said::Reply(EHLO.into(), "250-mx\r\n250 AUTH CRAM-MD5\r\n".into()),
        Said::Reply(
            "AUTH CRAM-MD5".into(),
            "334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n".into(),
        ),
        Said::Reply("dGltIGI5MTNhNjAyYzdlZGE3YTQ5NWI0ZTZlNzMzNGQzODkw".into(), "235 ok\r\n".into()),
        Said::Reply("NOOP".into(), "250 ok\r\n".into()),
    ];
    let (end, _) =
        play(&script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await).await;
    assert!(end.is_ok());
}

async fn with_token(after_greeting: &[(&str, &str)]) -> Result<Welcome, Ended> {
    // Microsoft's example, in the page that `Token::of` names.
    let token = SecretText::from("EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA".to_owned());
    let (username, proof) = ("test@contoso.onmicrosoft.com", SmtpProof::Token(&token));
    let security = SmtpSecurity::Tls;
    let login = SmtpLogin { host: "server.example.com", port: 587, security, username, proof };
    let mut script = vec![Said::Encrypted, Said::First("220 MX.example ESMTP\r\n".into())];
    script.extend(after_greeting.iter().map(|(asked, said)| Said::Reply((*asked).into(), (*said).into())));
    play(&script, async |stream, encrypt| log_in(&login, "keyward.example", stream, encrypt).await).await.0
}

const XOAUTH2: &str = "dXNlcj10ZXN0QGNvbnRvc28ub25taWNyb3NvZnQuY29tAWF1dGg9QmVhcmVyIEV3QkFBbDNCQUFVRkZwVUFvN0ozVmUwYmpMQldaV0NjbFJDM0VvQUEBAQ==";

#[tokio::test]
async fn a_token_is_said_as_microsoft_says_it() {
    let end = with_token(&[
        (EHLO, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n"),
        ("AUTH XOAUTH2", "334 \r\n"),
        (XOAUTH2, "235 2.7.0 Authentication successful\r\n"),
        ("NOOP", "250 ok\r\n"),
    ])
    .await;
    assert_eq!(end.unwrap().identity.as_deref(), Some("mx.example"));
}

#[tokio::test]
async fn a_token_is_said_in_the_way_of_rfc_7628_where_the_server_offers_only_that() {
    let said = STANDARD.encode(
        "n,a=test@contoso.onmicrosoft.com,\x01host=server.example.com\x01port=587\x01auth=Bearer EwBAAl3BAAUFFpUAo7J3Ve0bjLBWZWCclRC3EoAA\x01\x01",
    );
    let offer = (EHLO, "250-mx\r\n250 AUTH PLAIN OAUTHBEARER\r\n");
    let end =
        with_token(&[offer, ("AUTH OAUTHBEARER", "334 \r\n"), (&said, "235 ok\r\n"), ("NOOP", "250 ok\r\n")])
            .await;
    assert!(end.is_ok());
    // RFC 7628 §4.3: the error in JSON, which the client answers with `^A`.
    let error = "334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n";
    let end = with_token(&[
        offer,
        ("AUTH OAUTHBEARER", "334 \r\n"),
        (&said, error),
        ("AQ==", "535 5.7.8 wrong\r\n"),
    ])
    .await;
    assert_eq!(end, Err(LoginError::TokenRefused.into()));
}

#[tokio::test]
async fn a_refused_token_is_no_wrong_password() {
    // Exchange Online says 535 at once; Gmail sends the error in JSON first (Google's page on XOAUTH2).
    for (said, meaning) in [
        (
            vec![(
                XOAUTH2,
                "535 5.7.3 Authentication unsuccessful [AM0PR06CA0109.eurprd06.prod.outlook.com]\r\n",
            )],
            LoginError::TokenRefused,
        ),
        (
            vec![
                (
                    XOAUTH2,
                    "334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIG1hYyIsInNjb3BlIjoiaHR0cHM6Ly9tYWlsLmdvb2dsZS5jb20vIn0K\r\n",
                ),
                ("", "535-5.7.1 Username and Password not accepted.\r\n535 5.7.1 Learn more\r\n"),
            ],
            LoginError::TokenRefused,
        ),
        (
            vec![(
                XOAUTH2,
                "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Mailbox.\r\n",
            )],
            LoginError::PasswordsOff,
        ),
        (vec![(XOAUTH2, "454 4.7.0 Temporary authentication failure\r\n")], LoginError::Unclear),
    ] {
        let start = [(EHLO, "250-mx\r\n250 AUTH LOGIN XOAUTH2\r\n"), ("AUTH XOAUTH2", "334 \r\n")];
        let script: Vec<_> = start.into_iter().chain(said.iter().copied()).collect();
        assert_eq!(with_token(&script).await, Err(meaning.into()), "{said:?}");
    }
    let end = with_token(&[(EHLO, "250-mx\r\n250 AUTH PLAIN LOGIN\r\n")]).await;
    assert_eq!(end, Err(LoginError::NoMethod.into()));
}

#[tokio::test]
async fn starttls_comes_before_the_password_and_what_was_offered_before_it_is_forgotten() {
    let script = [
        Said::First("220 mx.example\r\n".into()),
        Said::Reply(EHLO.into(), "250-mx\r\n250-AUTH PLAIN\r\n250 starttls\r\n".into()),
        Said::Reply("STARTTLS".into(), "220 go\r\n".into()),
        Said::Encrypted,
        Said::Reply(EHLO.into(), OFFER.into()),
        Said::Reply(PLAIN.into(), "235 ok\r\n".into()),
        Said::Reply("NOOP".into(), "250 ok\r\n".into()),
    ];
    let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
    assert!(end.is_ok());
    assert_eq!(heard.in_the_clear(), [EHLO, "STARTTLS"]);
    let stripped = [&script[..4], &[Said::Reply(EHLO.into(), "250 mx\r\n".into())]].concat();
    assert_eq!(run(SmtpSecurity::StartTls, "s3cret", &stripped).await.0, Err(LoginError::NoMethod.into()));
}

#[tokio::test]
async fn without_starttls_nothing_is_sent() {
    for (offer, answer) in [
        ("250-mx\r\n250 AUTH PLAIN\r\n", None),
        ("250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", Some("454 not now\r\n")),
        ("250-mx\r\n250-AUTH PLAIN\r\n250 STARTTLS\r\n", Some("502 no\r\n")),
    ] {
        let mut script =
            vec![Said::First("220 mx.example\r\n".into()), Said::Reply(EHLO.into(), offer.into())];
        script.extend(answer.map(|answer| Said::Reply("STARTTLS".into(), answer.into())));
        let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
        assert_eq!(end, Err(LoginError::NoTls.into()));
        assert!(!heard.all().iter().any(|line| line.starts_with("AUTH")));
    }
}

#[tokio::test]
async fn what_comes_with_the_answer_to_starttls_ends_the_conversation() {
    let script = [
        Said::First("220 mx.example\r\n".into()),
        Said::Reply(EHLO.into(), "250-mx\r\n250 STARTTLS\r\n".into()),
        Said::Reply("STARTTLS".into(), "220 go\r\n250 AUTH PLAIN\r\n".into()),
        Said::Encrypted,
    ];
    let (end, heard) = run(SmtpSecurity::StartTls, "s3cret", &script).await;
    assert_eq!(end, Err(Ended::Broken));
    assert_eq!(heard.last(), "STARTTLS");
}

#[tokio::test]
async fn a_server_that_ends_at_any_step_was_not_reached() {
    let script = [
        Said::First("220 mx.example\r\n".into()),
        Said::Reply(EHLO.into(), "250-mx\r\n250 STARTTLS\r\n".into()),
        Said::Reply("STARTTLS".into(), "220 go\r\n".into()),
        Said::Encrypted,
        Said::Reply(EHLO.into(), OFFER.into()),
        Said::Reply(PLAIN.into(), "235 ok\r\n".into()),
        Said::Reply("NOOP".into(), "250 ok\r\n".into()),
    ];
    for steps in 0..script.len() {
        let (end, _) = run(SmtpSecurity::StartTls, "s3cret", &script[..steps]).await;
        assert_eq!(end, Err(Ended::Broken), "after {steps} steps");
    }
}

#[tokio::test]
async fn a_greeting_that_is_none_says_nothing() {
    for (greeting, meaning) in [
        ("554 no service here\r\n", Ended::from(LoginError::Unclear)),
        ("421 later\r\n", LoginError::Unclear.into()),
        ("HTTP/1.1 400 Bad Request\r\n", Ended::Broken),
    ] {
        let script = [Said::Encrypted, Said::First(greeting.into())];
        assert_eq!(run(SmtpSecurity::Tls, "s3cret", &script).await.0, Err(meaning), "{greeting}");
    }
}

#[tokio::test]
async fn only_a_plain_host_name_is_repeated() {
    for (greeting, identity) in [
        ("mail.Example.com ESMTP", Some("mail.example.com")),
        ("[192.0.2.1] ready", None),
        ("<script>.example x", None),
        ("localhost", None),
        ("-a.example", None),
        ("", None),
    ] {
        let reply = Reply { code: 220, lines: vec![greeting.to_owned()] };
        assert_eq!(super::greeting(reply).unwrap().as_deref(), identity, "{greeting}");
    }
}

#[tokio::test]
async fn a_password_with_a_control_character_is_refused_before_a_byte_leaves() {
    for password in ["a\0b", "a\r\nRSET", "a\n"] {
        let (end, heard) = run(SmtpSecurity::Tls, password, &[Said::Encrypted]).await;
        assert_eq!(end, Err(LoginError::Refused.into()));
        assert!(heard.all().is_empty());
    }
}

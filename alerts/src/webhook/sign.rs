//! Signatures: HMAC-SHA256 over `id.timestamp.body`, one for each secret, so that an old and a new one overlap.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::fmt;

/// How many secrets an endpoint has at most: an old and a new one, and one to spare.
pub const MAX_SECRETS: usize = 3;

const PREFIX: &str = "whsec_";

/// A symmetric secret of 24 to 64 bytes, shown to people as `whsec_` and base64. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Vec<u8>);

/// Why a text or bytes are not a secret. The message does not quote them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// It is written wrong.
    #[error("a webhook secret is 'whsec_' followed by base64")]
    Form,
    /// It has the wrong length.
    #[error("a webhook secret has 24 to 64 bytes, and this one {0}")]
    Length(usize),
}

impl Secret {
    /// A secret of these bytes, which must be random.
    ///
    /// # Errors
    /// Unless there are 24 to 64 of them.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, InvalidSecret> {
        if (24..=64).contains(&bytes.len()) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(InvalidSecret::Length(bytes.len()))
        }
    }

    /// Reads `whsec_...`.
    ///
    /// # Errors
    /// When the text is written otherwise or the secret has the wrong length.
    pub fn parse(text: &str) -> Result<Self, InvalidSecret> {
        let encoded = text.strip_prefix(PREFIX).ok_or(InvalidSecret::Form)?;
        Self::from_bytes(&STANDARD.decode(encoded).map_err(|_| InvalidSecret::Form)?)
    }

    /// `whsec_...`, for the one who shall verify.
    #[must_use]
    pub fn reveal(&self) -> String {
        format!("{PREFIX}{}", STANDARD.encode(&self.0))
    }

    fn mac(&self, id: &str, timestamp: i64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        mac
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(..)")
    }
}

/// The value of `webhook-signature`: `v1,BASE64` for each secret, separated by spaces. `id` holds no dot; `timestamp` is
/// in seconds.
#[must_use]
pub fn sign(id: &str, timestamp: i64, body: &[u8], secrets: &[Secret]) -> String {
    let signatures = secrets.iter().map(|secret| {
        let tag = secret.mac(id, timestamp, body).finalize().into_bytes();
        format!("v1,{}", STANDARD.encode(tag))
    });
    signatures.collect::<Vec<_>>().join(" ")
}

/// Whether one of the signatures of a header is ours, compared in constant time. For receivers and tests; a receiver
/// also refuses timestamps far from its own clock.
#[must_use]
pub fn verify(header: &str, id: &str, timestamp: i64, body: &[u8], secret: &Secret) -> bool {
    header
        .split(' ')
        .filter_map(|part| STANDARD.decode(part.strip_prefix("v1,")?).ok())
        .any(|tag| secret.mac(id, timestamp, body).verify_slice(&tag).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    // The example of the Standard Webhooks reference libraries.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn a_signature_is_that_of_the_specification() {
        let secret = Secret::parse(SECRET).unwrap();
        assert_eq!(sign(ID, TIMESTAMP, BODY, std::slice::from_ref(&secret)), SIGNATURE);
        assert_eq!(secret.reveal(), SECRET);
        assert!(verify(SIGNATURE, ID, TIMESTAMP, BODY, &secret));
    }

    #[test]
    fn nothing_else_verifies() {
        let secret = Secret::parse(SECRET).unwrap();
        let other = Secret::from_bytes(&[7; 32]).unwrap();
        assert!(!verify(SIGNATURE, ID, TIMESTAMP, BODY, &other));
        assert!(!verify(SIGNATURE, "msg_other", TIMESTAMP, BODY, &secret));
        assert!(!verify(SIGNATURE, ID, TIMESTAMP + 1, BODY, &secret));
        assert!(!verify(SIGNATURE, ID, TIMESTAMP, b"{}", &secret));
        for header in ["", "v1,", "v1,g0hM", "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "g0hM9SsE"] {
            assert!(!verify(header, ID, TIMESTAMP, BODY, &secret), "{header}");
        }
    }

    #[test]
    fn an_old_and_a_new_secret_sign_together() {
        let secrets = [Secret::from_bytes(&[1; 24]).unwrap(), Secret::from_bytes(&[2; 64]).unwrap()];
        let header = sign(ID, TIMESTAMP, BODY, &secrets);
        assert_eq!(header.split(' ').count(), 2);
        assert!(secrets.iter().all(|secret| verify(&header, ID, TIMESTAMP, BODY, secret)));
    }

    #[test]
    fn secrets_stand_on_both_sides_of_their_rule() {
        for (length, good) in [(0, false), (23, false), (24, true), (64, true), (65, false)] {
            assert_eq!(Secret::from_bytes(&vec![1; length]).is_ok(), good, "{length}");
        }
        for bad in
            ["", "whsec_", "whsec_@@", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whpk_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"]
        {
            assert!(Secret::parse(bad).is_err(), "{bad}");
        }
        assert_eq!(format!("{:?}", Secret::parse(SECRET).unwrap()), "Secret(..)");
    }
}

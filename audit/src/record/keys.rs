//! Secrets of the key generations, and the seeded hash.

use super::Digester;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use thiserror::Error;
use xxhash_rust::const_xxh3::const_custom_default_secret;
use xxhash_rust::xxh3::{xxh3_64_with_seed, xxh3_128_with_secret, xxh3_128_with_seed};

/// The secret of one key generation, 128 random bits drawn by whoever sets the deployment up. As text, 32 hexadecimal digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(pub [u8; 16]);

impl Seed {
    /// A seed for one use in one generation.
    pub(super) fn derive(&self, generation: u32, label: &str) -> u64 {
        let mut input = self.0.to_vec();
        input.extend_from_slice(&generation.to_le_bytes());
        input.extend_from_slice(label.as_bytes());
        let (low, high) = self.0.split_at(8);
        let half = |bytes: &[u8]| u64::from_le_bytes(bytes.try_into().expect("half of sixteen bytes"));
        xxh3_64_with_seed(&input, half(low) ^ half(high).rotate_left(32))
    }
}

/// Does not show the secret.
impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(…)")
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        format!("{:032x}", u128::from_be_bytes(seed.0))
    }
}

/// A text is not a seed; it is not quoted, for it may be a secret all the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a seed is 32 hexadecimal digits")]
pub struct SeedError;

impl TryFrom<String> for Seed {
    type Error = SeedError;

    fn try_from(text: String) -> Result<Self, SeedError> {
        let plain = text.len() == 32 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
        let bits = plain.then(|| u128::from_str_radix(&text, 16).ok()).flatten().ok_or(SeedError)?;
        Ok(Self(bits.to_be_bytes()))
    }
}

/// The secrets that this process holds, by key generation.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(from = "BTreeMap<u32, Seed>", into = "BTreeMap<u32, Seed>")]
pub struct Keys {
    seeds: BTreeMap<u32, Seed>,
    digesters: BTreeMap<u32, Arc<Digester>>,
}

impl Keys {
    /// The secrets of the generations given.
    #[must_use]
    pub fn new(seeds: impl IntoIterator<Item = (u32, Seed)>) -> Self {
        let seeds: BTreeMap<u32, Seed> = seeds.into_iter().collect();
        let digesters =
            seeds.iter().map(|(generation, seed)| (*generation, Arc::new(Digester::new(*generation, seed))));
        Self { digesters: digesters.collect(), seeds }
    }

    /// What makes the digests of a generation; `None` where its secret is not held.
    #[must_use]
    pub fn digester(&self, generation: u32) -> Option<Arc<Digester>> {
        self.digesters.get(&generation).cloned()
    }
}

impl From<BTreeMap<u32, Seed>> for Keys {
    fn from(seeds: BTreeMap<u32, Seed>) -> Self {
        Self::new(seeds)
    }
}

impl From<Keys> for BTreeMap<u32, Seed> {
    fn from(keys: Keys) -> Self {
        keys.seeds
    }
}

/// xxh3-128 with a fixed seed. The secret that long inputs need is derived once, and not for every input.
#[derive(Clone)]
pub(super) struct Hasher {
    seed: u64,
    secret: [u8; 192],
}

impl Hasher {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, secret: const_custom_default_secret(seed) }
    }

    /// Equal to `xxh3_128_with_seed(input, seed)`.
    #[inline]
    pub(super) fn hash(&self, input: &[u8]) -> u128 {
        const LONGEST_WITHOUT_SECRET: usize = 240;
        if input.len() <= LONGEST_WITHOUT_SECRET {
            xxh3_128_with_seed(input, self.seed)
        } else {
            xxh3_128_with_secret(input, &self.secret)
        }
    }
}

/// Does not show the secret.
impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hasher(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hasher_is_plain_seeded_xxh3() {
        let input: Vec<u8> = (0..1_100_u32).map(|at| at.to_le_bytes()[0]).collect();
        for seed in [1, 0x1234_5678_9abc_def0, u64::MAX] {
            for length in [0, 1, 16, 17, 128, 129, 240, 241, 256, 1024, 1100] {
                let expected = xxh3_128_with_seed(&input[..length], seed);
                assert_eq!(Hasher::new(seed).hash(&input[..length]), expected, "{length} bytes, seed {seed}");
            }
        }
    }

    #[test]
    fn a_seed_reads_its_own_text_and_does_not_show_itself() {
        let seed = Seed([0xab; 16]);
        assert_eq!(Seed::try_from(String::from(seed.clone())), Ok(seed.clone()));
        assert_eq!(format!("{seed:?}"), "Seed(…)");
        for bad in ["", "ab", &"g".repeat(32), &"+".repeat(32), &"a".repeat(33)] {
            assert_eq!(Seed::try_from(bad.to_owned()), Err(SeedError), "{bad}");
        }
    }
}

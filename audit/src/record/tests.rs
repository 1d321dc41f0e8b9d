use super::*;
use expect_test::expect;
use model::SessionId;
use std::collections::HashSet;

fn record<'a>(key: Option<&'a [u8]>, value: Option<&'a [u8]>, sequence: Option<u64>) -> Record<'a> {
    let event_id = sequence.map(|sequence| EventId { session: SessionId(5), sequence });
    Record { offset: 9, origin_offset: None, timestamp: Timestamp(1_000), key, value, event_id }
}

fn digester() -> Digester {
    Digester::new(0, &Seed([7; 16]))
}

#[test]
fn boundaries_nulls_times_and_ids_all_tell_records_apart() {
    let long = [b'x'; 300];
    let mut seen = HashSet::new();
    for sequence in [None, Some(0), Some(1)] {
        for (key, value) in [
            (None, None),
            (Some(&b""[..]), None),
            (None, Some(&b""[..])),
            (Some(b""), Some(b"")),
            (Some(b"ab"), Some(b"c")),
            (Some(b"a"), Some(b"bc")),
            (Some(b"abc"), Some(b"")),
            (Some(b"c"), Some(b"ab")),
            (Some(&long[..1]), Some(&long)),
            (Some(&long), Some(&long[..1])),
        ] {
            let one = record(key, value, sequence);
            for timestamp in [NO_TIME, Timestamp(1_000), Timestamp(1_001)] {
                assert!(seen.insert(digester().digest(&Record { timestamp, ..one }).of_record), "{key:?} {value:?}");
            }
        }
    }
}

#[test]
fn offsets_are_no_part_of_a_record() {
    let one = record(Some(b"k"), Some(b"v"), None);
    let other = Record { offset: 77, origin_offset: Some(3), ..one };
    assert_eq!(digester().digest(&one), digester().digest(&other));
}

#[test]
fn an_event_id_is_the_identity_whatever_the_payload() {
    let digester = digester();
    let (one, other) = (record(Some(b"k"), Some(b"v"), Some(3)), record(Some(b"k"), Some(b"w"), Some(3)));
    let (first, second) = (digester.digest(&one), digester.digest(&other));
    assert_eq!(first.identity.to_string(), "event:0000000000000005-3");
    assert_eq!(first.of_identity, second.of_identity);
    assert_ne!(first.of_record, second.of_record);
    assert_ne!(first.mark, second.mark);
    assert_ne!(first.element, second.element);
    assert_eq!(digester.identity(&one), first.identity);
    assert_eq!(digester.mark(&other), second.mark);
}

#[test]
fn without_an_event_id_the_content_is_the_identity() {
    let digester = digester();
    let digest = digester.digest(&record(Some(b"k"), Some(b"v"), None));
    assert!(matches!(digest.identity, Identity::Content(_)));
    assert_eq!((digest.of_record, digest.mark), (digest.of_identity, 0));
    assert_eq!(digester.identity(&record(Some(b"k"), Some(b"v"), None)), digest.identity);
    assert_ne!(digester.identity(&record(Some(b"k"), Some(b"w"), None)), digest.identity);
}

#[test]
fn every_generation_and_every_secret_has_its_own_digests() {
    let one = record(Some(b"k"), Some(b"v"), Some(1));
    let seeds = [Seed([7; 16]), Seed([8; 16]), Seed([0; 16])];
    let digests: HashSet<u128> = seeds
        .iter()
        .flat_map(|seed| [0, 1].map(|generation| Digester::new(generation, seed).digest(&one).of_record))
        .collect();
    assert_eq!(digests.len(), 6);
}

/// Stored tallies rest on these: a change here voids every stored verdict.
#[test]
fn digests_stay_as_they_are() {
    let with_id = digester().digest(&record(Some(b"key"), Some(b"value"), Some(42)));
    let without = digester().digest(&record(None, Some(&[1; 300]), None));
    expect![[r#"
        with id: 2b6f63f2723b8753cdb9acac6304be53 bd3312215df63127e67224bbd0f049f8 d0f049f8
    "#]]
    .assert_eq(&format!("with id: {:032x} {:032x} {:08x}\n", with_id.of_identity, with_id.of_record, with_id.mark));
    expect![[r#"
        content:cde484ed82ed788f151ff380270e36f3 195b36091d9a9455331d60405ae47bae
    "#]]
    .assert_eq(&format!("{} {:032x}\n", without.identity, without.of_record));
}

#[test]
fn identities_read_their_own_text() {
    let event = Identity::Event(EventId { session: SessionId(u64::MAX), sequence: u64::MAX });
    for identity in [event, Identity::Content(0), Identity::Content(u128::MAX)] {
        assert_eq!(identity.to_string().parse(), Ok(identity));
        let json = serde_json::to_string(&identity).unwrap();
        assert_eq!(serde_json::from_str::<Identity>(&json).unwrap(), identity);
    }
    for bad in
        ["", "event:", "event:5-3", "event:0000000000000005-+3", "event:0000000000000005-", "content:0", "content:+0"]
    {
        assert_eq!(bad.parse::<Identity>(), Err(IdentityError), "{bad}");
    }
}

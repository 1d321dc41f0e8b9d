use super::*;

/// Writes fields as the protocol has them.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn i16(mut self, value: i16) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn i32(mut self, value: i32) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn i64(mut self, value: i64) -> Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    fn raw(mut self, bytes: &[u8]) -> Self {
        self.0.extend_from_slice(bytes);
        self
    }

    fn string(self, text: &str) -> Self {
        self.i16(i16::try_from(text.len()).unwrap()).raw(text.as_bytes())
    }
}

fn asked(kind: i16, version: i16) -> Asked {
    Asked { kind, version, correlation: 7 }
}

#[test]
fn versions_are_pinned_in_old_and_new_encoding() {
    let old = |fetch| {
        Message::default().i32(7).i16(0).i32(2).i16(FETCH).i16(4).i16(fetch).i16(METADATA).i16(0).i16(13).i32(0).0
    };
    let new = |fetch| {
        let message = Message::default().i32(7).i16(0).raw(&[3]).i16(FETCH).i16(4).i16(fetch).raw(&[0]);
        message.i16(METADATA).i16(0).i16(13).raw(&[0]).i32(0).raw(&[0]).0
    };
    for (version, told, expected) in
        [(0, old(18), old(12)), (2, old(11), old(11)), (3, new(18), new(12)), (4, new(12), new(12))]
    {
        let mut answer = told;
        pin_versions(asked(API_VERSIONS, version), &mut answer).unwrap();
        assert_eq!(answer, expected, "version {version}");
    }
    // Of an error only the code matters: the client asks again.
    let refused = Message::default().i32(7).i16(35).0;
    let mut answer = refused.clone();
    pin_versions(asked(API_VERSIONS, 5), &mut answer).unwrap();
    assert_eq!(answer, refused);
}

#[test]
fn addresses_become_the_proxys() {
    let old = |host: &str, port| {
        let message = Message::default().i32(7).i32(0).i32(1).i32(5).string(host).i32(port).i16(-1);
        message.raw(b"the rest").0
    };
    let told = readdress(asked(METADATA, 8), &old("broker.example", 9092), "127.0.0.1", 4000).unwrap();
    assert_eq!(told, old("127.0.0.1", 4000));
    let new = |host: &str, port| {
        let length = u8::try_from(host.len() + 1).unwrap();
        let message = Message::default().i32(7).raw(&[0]).i32(0).raw(&[2]).i32(5).raw(&[length]).raw(host.as_bytes());
        message.i32(port).raw(&[0, 0]).raw(b"the rest").0
    };
    let told = readdress(asked(METADATA, 12), &new("broker.example", 9092), "127.0.0.1", 4000).unwrap();
    assert_eq!(told, new("127.0.0.1", 4000));
    let coordinator =
        |host: &str, port| Message::default().i32(7).i32(0).i16(0).i16(-1).i32(1).string(host).i32(port).0;
    let told = readdress(asked(FIND_COORDINATOR, 2), &coordinator("b", 9092), "127.0.0.1", 4000).unwrap();
    assert_eq!(told, coordinator("127.0.0.1", 4000));
    assert!(readdress(asked(FIND_COORDINATOR, 4), &coordinator("b", 1), "127.0.0.1", 1).is_err());
}

/// An answer to Fetch with one topic and two partitions, the first with an aborted transaction.
fn answer(version: i16, records: [&[u8]; 2]) -> Vec<u8> {
    let flexible = version >= 12;
    let tags: &[u8] = if flexible { &[0] } else { &[] };
    let array = |message: Message, length: u8| {
        if flexible { message.raw(&[length + 1]) } else { message.i32(length.into()) }
    };
    let mut message = Message::default().i32(7).raw(tags).i32(0);
    if version >= 7 {
        message = message.i16(0).i32(0);
    }
    message = array(message, 1);
    message = if flexible { message.raw(&[2, b't']) } else { message.string("t") };
    message = array(message, 2);
    for (index, records) in records.iter().enumerate() {
        message = message.i32(i32::try_from(index).unwrap()).i16(0).i64(100).i64(99);
        if version >= 5 {
            message = message.i64(1);
        }
        message = if index == 0 { array(message, 1).i64(1).i64(2).raw(tags) } else { array(message, 0) };
        if version >= 11 {
            message = message.i32(-1);
        }
        message = if flexible {
            let mut length = Vec::new();
            put_varint(&mut length, u32::try_from(records.len() + 1).unwrap());
            message.raw(&length)
        } else {
            message.i32(i32::try_from(records.len()).unwrap())
        };
        message = message.raw(records).raw(tags);
    }
    message.raw(tags).raw(tags).0
}

#[test]
fn records_are_found_and_replaced_in_every_version() {
    let long = [9; 300];
    for version in 4..=12 {
        let told = answer(version, [b"first", b"second"]);
        let places = fetched(asked(FETCH, version), &told).unwrap();
        let found: Vec<_> = places.iter().map(|place| (place.partition, &told[place.records.clone()])).collect();
        assert_eq!(found, [(0, &b"first"[..]), (1, &b"second"[..])], "version {version}");
        let changes = [(places[0].clone(), long.to_vec()), (places[1].clone(), Vec::new())];
        let changed = with_records(asked(FETCH, version), &told, &changes).unwrap();
        assert_eq!(changed, answer(version, [&long, b""]), "version {version}");
    }
    for version in [3, 13] {
        assert!(fetched(asked(FETCH, version), &answer(12, [b"", b""])).is_err(), "version {version}");
    }
}

#[test]
fn an_answer_that_ends_early_is_an_error() {
    for version in [4, 11, 12] {
        let told = answer(version, [b"first", b"second"]);
        for end in 4..told.len() - 8 {
            assert!(fetched(asked(FETCH, version), &told[..end]).is_err(), "version {version}, {end} bytes");
        }
    }
}

/// A Produce request with one topic and two partitions.
fn request(version: i16, records: [&[u8]; 2]) -> Vec<u8> {
    let flexible = version >= 9;
    let tags: &[u8] = if flexible { &[0] } else { &[] };
    let mut message = Message::default().i16(PRODUCE).i16(version).i32(7).string("client").raw(tags);
    message = if flexible { message.raw(&[0]) } else { message.i16(-1) };
    message = message.i16(-1).i32(30_000);
    message = if flexible { message.raw(&[2, 2, b't', 3]) } else { message.i32(1).string("t").i32(2) };
    for (index, records) in records.iter().enumerate() {
        message = message.i32(i32::try_from(index).unwrap());
        message = if flexible {
            let mut length = Vec::new();
            put_varint(&mut length, u32::try_from(records.len() + 1).unwrap());
            message.raw(&length)
        } else {
            message.i32(i32::try_from(records.len()).unwrap())
        };
        message = message.raw(records).raw(tags);
    }
    message.raw(tags).raw(tags).0
}

#[test]
fn produced_records_are_found_and_replaced_in_every_version() {
    let long = [9; 300];
    for version in 3..=12 {
        let told = request(version, [b"first", b"second"]);
        let places = produced(asked(PRODUCE, version), &told).unwrap();
        let found: Vec<_> = places.iter().map(|place| (place.partition, &told[place.records.clone()])).collect();
        assert_eq!(found, [(0, &b"first"[..]), (1, &b"second"[..])], "version {version}");
        let changes = [(places[0].clone(), long.to_vec()), (places[1].clone(), Vec::new())];
        let changed = with_records(asked(PRODUCE, version), &told, &changes).unwrap();
        assert_eq!(changed, request(version, [&long, b""]), "version {version}");
    }
    for version in [2, 13] {
        assert!(produced(asked(PRODUCE, version), &request(12, [b"", b""])).is_err(), "version {version}");
    }
}

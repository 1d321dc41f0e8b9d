//! The events of the year: how many, in which order, onto which day, and that their schemas can hold them.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema_compatibility::SchemaCompatibility;
use apache_avro::writer::datum::GenericDatumWriter;
use demo::data::Dataset;
use demo::events::{Cluster, Timeline, Topic};
use model::Timestamp;
use std::collections::{HashMap, HashSet};

const NOW: Timestamp = Timestamp(1_800_000_000_123);

#[test]
fn every_row_becomes_its_events() {
    let data = Dataset::embedded().unwrap();
    let mut counts: HashMap<_, usize> = HashMap::new();
    for event in Timeline::new(&data, NOW).iter() {
        *counts.entry(event.topic.name()).or_default() += 1;
        *counts.entry(event.cluster.name()).or_default() += usize::from(event.topic == Topic::Scheduled);
    }
    for (name, expected) in [
        ("flights.scheduled", 336_776),
        ("flights.departed", 328_521),
        ("flights.arrived", 328_063),
        ("flights.cancelled", 8_255),
        ("weather.observed", 26_115),
        ("ewr", 120_835),
        ("jfk", 111_279),
        ("lga", 104_662),
    ] {
        assert_eq!(counts[name], expected, "{name}");
    }
}

#[test]
fn the_year_lies_on_the_last_day_with_honest_disorder() {
    const DAY: i64 = 86_400_000;
    let data = Dataset::embedded().unwrap();
    let (mut sent, mut newest, mut behind, mut worst) = (i64::MIN, 0, 0_usize, 0);
    for event in Timeline::new(&data, NOW).iter() {
        assert!(event.sent.0 >= sent, "events stand in the order of sending");
        assert!(event.time <= event.sent && event.sent <= NOW, "an event is sent after it happened, and by now");
        assert!(NOW.millis_since(event.time) < DAY + 5 * 60_000, "a year of 365 days gives a day");
        sent = event.sent.0;
        behind += usize::from(event.time.0 < newest);
        worst = worst.max(newest - event.time.0);
        newest = newest.max(event.time.0);
    }
    assert_eq!(sent, NOW.0);
    assert!(behind > 90_000, "{behind} events come after a newer one");
    assert!((60_000..300_000).contains(&worst), "the latest comes {worst} ms after a newer one");
}

#[test]
fn the_same_now_gives_the_same_events() {
    let data = Dataset::embedded().unwrap();
    let (one, other) = (Timeline::new(&data, NOW), Timeline::new(&data, NOW));
    for index in (0..one.len()).step_by(997) {
        let (one, other) = (one.get(index).unwrap(), other.get(index).unwrap());
        assert_eq!(format!("{one:?}{:?}", one.record()), format!("{other:?}{:?}", other.record()));
    }
}

#[test]
fn a_flight_arrives_after_it_was_in_the_air() {
    let data = Dataset::embedded().unwrap();
    let (mut early, mut long, mut arrived) = (0, 0, 0);
    let mut departures = HashMap::new();
    for event in Timeline::new(&data, NOW).iter() {
        match event.record() {
            demo::events::Record::Departed(_) | demo::events::Record::DepartedLate(_) => {
                departures.insert(event.key(), event.happened());
            }
            _ => {}
        }
    }
    for event in Timeline::new(&data, NOW).iter() {
        if let demo::events::Record::Arrived(record) = event.record() {
            let minutes = event.happened().millis_since(departures[&event.key()]) / 60_000;
            arrived += 1;
            early += i32::from(record.air_minutes.is_some_and(|air| minutes < i64::from(air)));
            long += i32::from(record.air_minutes.is_some_and(|air| minutes > i64::from(air) + 240));
        }
    }
    println!("{arrived} arrivals: {early} before their time in the air, {long} more than four hours after it");
    assert!(early + long < arrived / 1000, "the zones are right");
}

#[test]
fn every_record_fits_its_schema_and_keys_are_unique() {
    let data = Dataset::embedded().unwrap();
    let timeline = Timeline::new(&data, NOW);
    let schemas: HashMap<_, Vec<_>> = Topic::ALL
        .map(|topic| (topic, topic.schemas().iter().map(|text| Schema::parse_str(text).unwrap()).collect()))
        .into();
    let (mut keys, mut versions) = (HashSet::new(), HashSet::new());
    for (index, event) in timeline.iter().enumerate() {
        if event.topic == Topic::Scheduled {
            assert!(keys.insert(event.key()), "{} stands twice", event.key());
        }
        versions.insert((event.topic, event.schema()));
        if index % 50 == 0 {
            let schema = &schemas[&event.topic][event.schema()];
            let writer = GenericDatumWriter::builder(schema).build().unwrap();
            let bytes = writer.write_ser_to_vec(&event.record()).unwrap();
            let reader = GenericDatumReader::builder(schema).build().unwrap();
            let value = reader.read_value(&mut bytes.as_slice()).unwrap();
            assert!(matches!(value, apache_avro::types::Value::Record(_)));
        }
    }
    assert_eq!(versions.len(), 6, "both versions of departed are used");
}

#[test]
fn the_second_version_of_departed_reads_the_first() {
    let [first, second] = Topic::Departed.schemas() else { panic!("departed has two versions") };
    let (first, second) = (Schema::parse_str(first).unwrap(), Schema::parse_str(second).unwrap());
    SchemaCompatibility::can_read(&first, &second).unwrap();
}

#[test]
fn a_late_stretch_has_a_window_that_holds_62_records() {
    let data = Dataset::embedded().unwrap();
    let timeline = Timeline::new(&data, NOW);
    let from = timeline.len() / 100 * 95;
    let width = std::time::Duration::from_secs(60);
    let windows = timeline.windows(Cluster::Ewr, Topic::Departed, width, from..timeline.len());
    let densest = windows.iter().map(|(_, count)| *count).max().unwrap();
    println!("{} windows, the densest with {densest} records", windows.len());
    assert!(densest >= 100);
}

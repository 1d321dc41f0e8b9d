//! The committed data are the rows of the published package: its checksums and counts say so.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use demo::data::{Dataset, write_flights, write_weather};
use sha2::{Digest, Sha256};

fn sha256(text: &str) -> String {
    Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[test]
fn the_committed_file_unpacks_to_the_published_csv_byte_for_byte() {
    let data = Dataset::embedded().unwrap();
    let flights = sha256(&write_flights(&data.flights));
    assert_eq!(flights, "563db8f117faf6ffd76aa868099df37dfa78dc17b5ac6d3d9ea6476e051a0bc4");
    let weather = sha256(&write_weather(&data.weather));
    assert_eq!(weather, "5d1ea2548a3941eac0b4a9ca70805daa9fa49bbb711a0c7557b2bba0bd7c3f64");
}

#[test]
fn the_rows_are_as_many_as_published() {
    let data = Dataset::embedded().unwrap();
    assert_eq!(data.flights.len(), 336_776);
    assert_eq!(data.weather.len(), 26_115);
    assert_eq!(data.flights.iter().filter(|flight| flight.dep_time.is_some()).count(), 328_521);
    assert_eq!(data.flights.iter().filter(|flight| flight.arr_time.is_some()).count(), 328_063);
    assert_eq!(data.flights.iter().filter(|flight| flight.dep_time.is_none()).count(), 8_255);
    assert_eq!(data.flights.iter().filter(|flight| flight.tailnum.is_none()).count(), 2_512);
}

#[test]
fn the_committed_file_stays_below_six_megabytes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/flights.bin.zst");
    assert!(std::fs::metadata(path).unwrap().len() <= 6_000_000);
}

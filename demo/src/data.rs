//! The rows of `nycflights13`, kept as they are: `NA` is `None`, and clock times stay numbers such as `517` for 05:17.

mod columns;
mod csv;

pub use csv::{write_flights, write_weather};

use columns::{MISSING, Packer, Unpacker};
use std::collections::HashMap;
use std::sync::Arc;

/// The packed file as it stands in the repository.
static PACKED: &[u8] = include_bytes!("../data/flights.bin.zst");

/// Why rows could not be read, packed or unpacked.
#[derive(Debug, thiserror::Error)]
pub enum DataError {
    /// A csv file is not one of `nycflights13`.
    #[error("line {line} of the csv file cannot be read: {what}")]
    Csv {
        /// Counted from 1, the header included.
        line: usize,
        /// What is wrong with it.
        what: &'static str,
    },
    /// The packed file is another one, or broken.
    #[error("the packed file cannot be read or written: {0}")]
    Layout(&'static str),
    /// The rows that come out are not those that went in.
    #[error("unpacking does not give {0} back byte for byte")]
    RoundTrip(&'static str),
    /// zstd refused.
    #[error("the packed file cannot be (de)compressed")]
    Compression(#[source] std::io::Error),
}

/// One flight out of New York in 2013, as one line of `flights.csv` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flight {
    /// Of the scheduled departure, local.
    pub month: i16,
    /// Of the scheduled departure, local.
    pub day: i16,
    /// Local clock at the origin, hours and minutes as one number; midnight is 2400.
    pub dep_time: Option<i16>,
    /// Local clock at the origin.
    pub sched_dep_time: i16,
    /// Minutes; negative when early.
    pub dep_delay: Option<i16>,
    /// Local clock at the destination; midnight is 2400.
    pub arr_time: Option<i16>,
    /// Local clock at the destination.
    pub sched_arr_time: i16,
    /// Minutes; `None` too for a flight that landed elsewhere.
    pub arr_delay: Option<i16>,
    /// Two letters or digits.
    pub carrier: Arc<str>,
    /// The carrier's number of the flight.
    pub flight: i16,
    /// Which aeroplane.
    pub tailnum: Option<Arc<str>>,
    /// EWR, JFK or LGA.
    pub origin: Arc<str>,
    /// Three letters.
    pub dest: Arc<str>,
    /// Minutes in the air.
    pub air_time: Option<i16>,
    /// Miles.
    pub distance: i16,
    /// 5 in winter, 4 in summer.
    pub hours_behind_utc: i16,
}

/// One hour of weather at one airport, as one line of `weather.csv` has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Weather {
    /// EWR, JFK or LGA.
    pub origin: Arc<str>,
    /// Local.
    pub month: i16,
    /// Local.
    pub day: i16,
    /// Local.
    pub hour: i16,
    /// temp, dewp, humid, `wind_dir`, `wind_speed`, `wind_gust`, precip, pressure, visib: numbers, digit by digit.
    pub measured: [Option<Arc<str>>; 9],
    /// 5 in winter, 4 in summer.
    pub hours_behind_utc: i16,
}

/// The clock of a destination, from `airports.csv`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Station {
    /// Three letters.
    pub airport: Arc<str>,
    /// In winter; negative in America.
    pub hours_ahead_of_utc: i16,
    /// Whether an hour is added in summer, on the days on which New York adds one.
    pub daylight_saving: bool,
}

/// All rows, in the order of the csv files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dataset {
    /// 336,776 of them.
    pub flights: Vec<Flight>,
    /// 26,115 of them.
    pub weather: Vec<Weather>,
    /// The destinations whose clock is known.
    pub stations: Vec<Station>,
}

impl Dataset {
    /// The data that came along with the program.
    ///
    /// # Errors
    /// Never, unless the file in the repository was broken before the program was built.
    pub fn embedded() -> Result<Self, DataError> {
        Self::unpack(PACKED)
    }

    /// Reads the three csv files.
    ///
    /// # Errors
    /// When one of them is another file.
    pub fn from_csv(flights: &str, weather: &str, airports: &str) -> Result<Self, DataError> {
        let flights = csv::read_flights(flights)?;
        let weather = csv::read_weather(weather)?;
        let stations = csv::read_stations(airports, &flights)?;
        Ok(Self { flights, weather, stations })
    }

    /// Packs the rows. What follows from other columns is left out: `dep_time` from schedule and delay, `arr_time`
    /// likewise when there is a delay, hour and minute from the schedule, and `time_hour` from date, hour and offset.
    ///
    /// # Errors
    /// When zstd fails, or a column has too many different texts.
    pub fn pack(&self, level: i32) -> Result<Vec<u8>, DataError> {
        let mut packer = Packer::new();
        let flights = &self.flights;
        let known = |value: Option<i16>| value.unwrap_or(MISSING);
        packer.numbers(flights.iter().map(|f| f.month * 100 + f.day));
        packer.numbers(flights.iter().map(|f| f.hours_behind_utc));
        packer.numbers(flights.iter().map(|f| f.sched_dep_time));
        packer.numbers(flights.iter().map(|f| known(f.dep_delay)));
        packer.numbers(flights.iter().map(|f| f.sched_arr_time));
        packer.numbers(flights.iter().map(|f| known(f.arr_delay.zip(f.dep_delay).map(|(a, d)| a - d))));
        packer.numbers(flights.iter().map(|f| if f.arr_delay.is_some() { MISSING } else { known(f.arr_time) }));
        packer.numbers(flights.iter().map(|f| known(f.air_time)));
        let numbers: Vec<_> = flights.iter().map(|f| format!("{},{}", f.carrier, f.flight)).collect();
        packer.texts(numbers.iter().map(String::as_str))?;
        let routes: Vec<_> = flights.iter().map(|f| format!("{},{},{}", f.origin, f.dest, f.distance)).collect();
        packer.texts(routes.iter().map(String::as_str))?;
        packer.texts(flights.iter().map(|f| f.tailnum.as_deref().unwrap_or_default()))?;
        let weather = &self.weather;
        packer.texts(weather.iter().map(|w| &*w.origin))?;
        packer.numbers(weather.iter().map(|w| w.month * 100 + w.day));
        packer.numbers(weather.iter().map(|w| w.hour));
        packer.numbers(weather.iter().map(|w| w.hours_behind_utc));
        for index in 0..9 {
            packer.texts(weather.iter().map(|w| w.measured[index].as_deref().unwrap_or_default()))?;
        }
        packer.texts(self.stations.iter().map(|s| &*s.airport))?;
        packer.numbers(self.stations.iter().map(|s| s.hours_ahead_of_utc));
        packer.numbers(self.stations.iter().map(|s| i16::from(s.daylight_saving)));
        packer.pack(level)
    }

    /// # Errors
    /// When the bytes are not what [`Dataset::pack`] gave.
    pub fn unpack(packed: &[u8]) -> Result<Self, DataError> {
        let mut unpacker = Unpacker::new(packed)?;
        let flights = unpack_flights(&mut unpacker)?;
        let weather = unpack_weather(&mut unpacker)?;
        let (airports, zones, saving) = (unpacker.texts()?, unpacker.numbers()?, unpacker.numbers()?);
        let stations = airports.into_iter().zip(zones).zip(saving).map(|((airport, hours_ahead_of_utc), saving)| {
            Station { airport, hours_ahead_of_utc, daylight_saving: saving == 1 }
        });
        Ok(Self { flights, weather, stations: stations.collect() })
    }
}

fn unpack_flights(unpacker: &mut Unpacker) -> Result<Vec<Flight>, DataError> {
    let (dates, offsets, departures) = (unpacker.numbers()?, unpacker.numbers()?, unpacker.numbers()?);
    let (delays, arrivals, gained) = (unpacker.numbers()?, unpacker.numbers()?, unpacker.numbers()?);
    let (odd_arrivals, air_times) = (unpacker.numbers()?, unpacker.numbers()?);
    let (numbers, routes, tails) = (unpacker.texts()?, unpacker.texts()?, unpacker.texts()?);
    let short = DataError::Layout("the columns of the flights have different lengths");
    let mut shared = Texts::default();
    let mut flights = Vec::with_capacity(dates.len());
    for row in 0..dates.len() {
        let number = |column: &[i16]| column.get(row).copied().filter(|value| *value != MISSING);
        let unpacked = (|| {
            let (sched_dep_time, sched_arr_time) = (number(&departures)?, number(&arrivals)?);
            let (dep_delay, gained) = (number(&delays), number(&gained));
            let arr_delay = gained.zip(dep_delay).map(|(gained, delay)| gained + delay);
            let (carrier, flight) = numbers.get(row)?.split_once(',')?;
            let (origin, route) = routes.get(row)?.split_once(',')?;
            let (dest, distance) = route.split_once(',')?;
            Some(Flight {
                month: number(&dates)? / 100,
                day: number(&dates)? % 100,
                dep_time: dep_delay.map(|delay| clock_after(sched_dep_time, delay)),
                sched_dep_time,
                dep_delay,
                arr_time: arr_delay.map(|delay| clock_after(sched_arr_time, delay)).or_else(|| number(&odd_arrivals)),
                sched_arr_time,
                arr_delay,
                carrier: shared.share(carrier),
                flight: flight.parse().ok()?,
                tailnum: tails.get(row).filter(|tail| !tail.is_empty()).cloned(),
                origin: shared.share(origin),
                dest: shared.share(dest),
                air_time: number(&air_times),
                distance: distance.parse().ok()?,
                hours_behind_utc: number(&offsets)?,
            })
        })();
        match unpacked {
            Some(flight) => flights.push(flight),
            None => return Err(short),
        }
    }
    Ok(flights)
}

fn unpack_weather(unpacker: &mut Unpacker) -> Result<Vec<Weather>, DataError> {
    let (origins, dates) = (unpacker.texts()?, unpacker.numbers()?);
    let (hours, offsets) = (unpacker.numbers()?, unpacker.numbers()?);
    let measured: Vec<_> = (0..9).map(|_| unpacker.texts()).collect::<Result<_, _>>()?;
    let row = |row: usize| {
        let value = |column: &Vec<Arc<str>>| column.get(row).filter(|text| !text.is_empty()).cloned();
        Some(Weather {
            origin: origins.get(row)?.clone(),
            month: dates.get(row)? / 100,
            day: dates.get(row)? % 100,
            hour: *hours.get(row)?,
            measured: std::array::from_fn(|index| value(&measured[index])),
            hours_behind_utc: *offsets.get(row)?,
        })
    };
    let rows: Option<Vec<_>> = (0..origins.len()).map(row).collect();
    rows.ok_or(DataError::Layout("the columns of the weather have different lengths"))
}

/// Gives one allocation to each different text.
#[derive(Default)]
struct Texts(HashMap<String, Arc<str>>);

impl Texts {
    fn share(&mut self, text: &str) -> Arc<str> {
        match self.0.get(text) {
            Some(known) => known.clone(),
            None => self.0.entry(text.to_owned()).or_insert(Arc::from(text)).clone(),
        }
    }
}

/// The clock `minutes` after `clock`, hours and minutes as one number; midnight is 2400, as in the source.
fn clock_after(clock: i16, minutes: i16) -> i16 {
    match (minutes_of(clock) + minutes).rem_euclid(1440) {
        0 => 2400,
        minutes => minutes / 60 * 100 + minutes % 60,
    }
}

/// Minutes since midnight of a clock such as `517`.
pub(crate) fn minutes_of(clock: i16) -> i16 {
    clock / 100 * 60 + clock % 100
}

/// Seconds since 1970 of a moment of 2013, `hour` and `minute` being allowed to run over.
pub(crate) fn seconds(month: i16, day: i16, hour: i16, minute: i16) -> i64 {
    /// Days of 2013 before each month.
    const BEFORE: [i64; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    /// 2013-01-01, in days since 1970.
    const NEW_YEAR: i64 = 15_706;
    let month = usize::try_from(month - 1).map_or(0, |month| BEFORE[month % 12]);
    (NEW_YEAR + month + i64::from(day) - 1) * 86_400 + i64::from(hour) * 3600 + i64::from(minute) * 60
}

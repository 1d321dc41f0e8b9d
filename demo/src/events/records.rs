//! What an event says: the values of its Avro record, in the order of the schema's fields.

use super::{Event, Row, Topic};
use crate::data::{Flight, Weather, seconds};
use model::Timestamp;
use serde::Serialize;

/// The first day with the second version of *departed*: 2013-07-01, by the date of the flight.
const EVOLVED_FROM: (i16, i16) = (7, 1);

/// The value of an event, ready to be encoded with [`Event::schema`].
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub enum Record<'a> {
    /// For [`Topic::Scheduled`].
    Scheduled(Scheduled<'a>),
    /// For [`Topic::Departed`], first version.
    Departed(Departed<'a>),
    /// For [`Topic::Departed`], second version.
    DepartedLate(DepartedLate<'a>),
    /// For [`Topic::Arrived`].
    Arrived(Arrived<'a>),
    /// For [`Topic::Cancelled`].
    Cancelled(Cancelled<'a>),
    /// For [`Topic::Weather`].
    Weather(Observed<'a>),
}

macro_rules! flight_record {
    ($(#[$doc:meta])* $name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Serialize)]
        pub struct $name<'a> {
            /// Days since 1970 of the scheduled departure, local.
            pub flight_date: i32,
            /// Two letters or digits.
            pub carrier: &'a str,
            /// The carrier's number.
            pub flight: i32,
            /// Which aeroplane.
            pub tail_number: Option<&'a str>,
            /// Three letters.
            pub origin: &'a str,
            /// Three letters.
            pub destination: &'a str,
            /// Local hours and minutes as one number.
            pub scheduled_departure_clock: i32,
            $($(#[$field_doc])* pub $field: $type,)*
        }

        impl<'a> $name<'a> {
            fn of(flight: &'a Flight, $($field: $type),*) -> Self {
                Self {
                    flight_date: flight.date(),
                    carrier: &flight.carrier,
                    flight: flight.flight.into(),
                    tail_number: flight.tailnum.as_deref(),
                    origin: &flight.origin,
                    destination: &flight.dest,
                    scheduled_departure_clock: flight.sched_dep_time.into(),
                    $($field,)*
                }
            }
        }
    };
}

flight_record! {
    /// A flight goes on the departure board.
    Scheduled {
        /// Local at the destination, hours and minutes as one number.
        scheduled_arrival_clock: i32,
        /// Milliseconds since 1970.
        scheduled_departure: i64,
        /// From origin to destination.
        distance_miles: i32,
    }
}
flight_record! {
    /// A flight leaves.
    Departed {
        /// Local hours and minutes as one number.
        departure_clock: i32,
        /// Milliseconds since 1970.
        departed_at: i64,
    }
}
flight_record! {
    /// A flight leaves, and says how late.
    DepartedLate {
        /// Local hours and minutes as one number.
        departure_clock: i32,
        /// Milliseconds since 1970.
        departed_at: i64,
        /// Negative when early.
        delay_minutes: Option<i32>,
    }
}
flight_record! {
    /// A flight reaches a gate.
    Arrived {
        /// Local at the destination, hours and minutes as one number.
        arrival_clock: i32,
        /// Milliseconds since 1970.
        arrived_at: i64,
        /// `None` for a flight that landed elsewhere.
        delay_minutes: Option<i32>,
        /// Time in the air.
        air_minutes: Option<i32>,
    }
}
flight_record! {
    /// A flight never leaves.
    Cancelled {
        /// Milliseconds since 1970.
        scheduled_departure: i64,
    }
}

/// One hour of weather at one airport; the names say the quantity and the unit.
#[derive(Debug, Serialize)]
pub struct Observed<'a> {
    pub station: &'a str,
    pub observed_at: i64,
    pub temperature_f: Option<f64>,
    pub dew_point_f: Option<f64>,
    pub humidity_percent: Option<f64>,
    pub wind_direction_degrees: Option<f64>,
    pub wind_speed_mph: Option<f64>,
    pub wind_gust_mph: Option<f64>,
    pub precipitation_inches: Option<f64>,
    pub pressure_millibars: Option<f64>,
    pub visibility_miles: Option<f64>,
}

impl<'a> Event<'a> {
    /// The place of this event's schema in [`Topic::schemas`].
    #[must_use]
    pub fn schema(&self) -> usize {
        match self.row {
            Row::Flight(flight) if self.topic == Topic::Departed => {
                usize::from((flight.month, flight.day) >= EVOLVED_FROM)
            }
            _ => 0,
        }
    }

    /// The record's key: what a flight is known by, or the station.
    #[must_use]
    pub fn key(&self) -> String {
        match self.row {
            Row::Flight(flight) => format!(
                "2013-{:02}-{:02}-{}-{}-{}-{:04}",
                flight.month, flight.day, flight.origin, flight.carrier, flight.flight, flight.sched_dep_time
            ),
            Row::Weather(weather) => weather.origin.to_string(),
        }
    }

    /// When it really happened, in 2013.
    #[must_use]
    pub fn happened(&self) -> Timestamp {
        self.happened
    }

    /// What it says.
    #[must_use]
    pub fn record(&self) -> Record<'a> {
        let at = self.happened.0;
        let flight = match self.row {
            Row::Flight(flight) => flight,
            Row::Weather(weather) => return Record::Weather(observed(weather, at)),
        };
        let departure = flight.dep_time.map_or(0, i32::from);
        match self.topic {
            Topic::Scheduled => {
                let departs = flight.scheduled_departure() * 1000;
                let arrival = flight.sched_arr_time.into();
                Record::Scheduled(Scheduled::of(flight, arrival, departs, flight.distance.into()))
            }
            Topic::Departed if self.schema() == 0 => Record::Departed(Departed::of(flight, departure, at)),
            Topic::Departed => {
                Record::DepartedLate(DepartedLate::of(flight, departure, at, flight.dep_delay.map(i32::from)))
            }
            Topic::Arrived => {
                let (late, air) = (flight.arr_delay.map(i32::from), flight.air_time.map(i32::from));
                Record::Arrived(Arrived::of(flight, flight.arr_time.map_or(0, i32::from), at, late, air))
            }
            Topic::Cancelled | Topic::Weather => Record::Cancelled(Cancelled::of(flight, at)),
        }
    }
}

impl Flight {
    fn date(&self) -> i32 {
        i32::try_from(seconds(self.month, self.day, 0, 0) / 86_400).expect("days since 1970 are few")
    }
}

fn observed(weather: &Weather, observed_at: i64) -> Observed<'_> {
    let [temperature, dew_point, humidity, direction, speed, gust, precipitation, pressure, visibility] =
        weather.measured.each_ref().map(|text| text.as_deref().and_then(|text| text.parse().ok()));
    Observed {
        station: &weather.origin,
        observed_at,
        temperature_f: temperature,
        dew_point_f: dew_point,
        humidity_percent: humidity,
        wind_direction_degrees: direction,
        wind_speed_mph: speed,
        wind_gust_mph: gust,
        precipitation_inches: precipitation,
        pressure_millibars: pressure,
        visibility_miles: visibility,
    }
}

//! The rows as events: what happened, where, when, and in which order it was sent.
//!
//! Each event happens at its natural moment in 2013: a flight is *scheduled* when it goes on the departure board, three
//! hours ahead; it *departs* and *arrives* when it did; a *cancelled* one is missed at its scheduled departure (when the
//! decision fell is not in the data); *weather* is observed on the hour. The moment is then squeezed 365 times onto the 24
//! hours that end at a given `now`: that is the record's time, while the record itself tells the real times.
//!
//! Events are sent when they happened plus a lag, as radio, forms and queues cause it: nine in ten within a minute, most
//! others within twenty minutes, nine in a thousand within six hours and one in a thousand within a day (four minutes after
//! squeezing). The lag is a function of the row, so the same `now` always gives the same events in the same order.

mod records;
mod topics;

pub use records::Record;
pub use topics::{Cluster, Topic};

use crate::data::{Dataset, Flight, Station, Weather, minutes_of, seconds};
use model::Timestamp;
use std::collections::HashMap;
use std::ops::Range;
use std::time::Duration;

/// How much faster than the year the replayed day goes.
pub const COMPRESSION: i64 = 365;

/// How long before its scheduled departure a flight goes on the board, in seconds.
const BOARD_SECONDS: i64 = 3 * 3600;

/// One event, in the order of sending.
#[derive(Clone, Copy, Debug)]
pub struct Event<'a> {
    /// Where it is sent.
    pub topic: Topic,
    /// The region, which is the airport of origin.
    pub cluster: Cluster,
    /// When it happened, squeezed: the record's time.
    pub time: Timestamp,
    /// When it was sent, squeezed; never falls from one event to the next.
    pub sent: Timestamp,
    row: Row<'a>,
    /// When it happened in 2013.
    happened: Timestamp,
}

#[derive(Clone, Copy, Debug)]
enum Row<'a> {
    Flight(&'a Flight),
    Weather(&'a Weather),
}

/// An event as it is kept for sorting: seconds since 1970, the topic, and the row's place in its file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Planned {
    sent: i64,
    topic: Topic,
    row: u32,
    happened: i64,
}

/// All events of the year in the order of sending.
#[derive(Debug)]
pub struct Timeline<'a> {
    data: &'a Dataset,
    planned: Vec<Planned>,
    now: Timestamp,
}

impl<'a> Timeline<'a> {
    /// Puts the events in order, the last of them being sent at `now`.
    #[must_use]
    pub fn new(data: &'a Dataset, now: Timestamp) -> Self {
        let mut planned = Vec::with_capacity(3 * data.flights.len() + data.weather.len());
        let mut plan = |topic, row: usize, happened| {
            let row = u32::try_from(row).expect("a year has fewer rows than 2^32");
            planned.push(Planned { sent: happened + lag_seconds(topic, row), topic, row, happened });
        };
        let clocks = Clocks::of(&data.stations);
        for (row, flight) in data.flights.iter().enumerate() {
            let scheduled = flight.scheduled_departure();
            plan(Topic::Scheduled, row, scheduled - BOARD_SECONDS);
            match flight.departed_at() {
                Some(departed) => plan(Topic::Departed, row, departed),
                None => plan(Topic::Cancelled, row, scheduled),
            }
            if let Some(arrived) = clocks.arrived_at(flight) {
                plan(Topic::Arrived, row, arrived);
            }
        }
        for (row, weather) in data.weather.iter().enumerate() {
            plan(Topic::Weather, row, weather.observed_at());
        }
        planned.sort_unstable();
        Self { data, planned, now }
    }

    /// How many events there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.planned.len()
    }

    /// Whether there is no event.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.planned.is_empty()
    }

    /// The event at a place in the order of sending.
    #[must_use]
    pub fn get(&self, index: usize) -> Option<Event<'a>> {
        let Planned { sent, topic, row, happened } = *self.planned.get(index)?;
        let row = row as usize;
        let row = match topic {
            Topic::Weather => Row::Weather(self.data.weather.get(row)?),
            _ => Row::Flight(self.data.flights.get(row)?),
        };
        let origin = match row {
            Row::Flight(flight) => &flight.origin,
            Row::Weather(weather) => &weather.origin,
        };
        Some(Event {
            topic,
            cluster: Cluster::of_airport(origin)?,
            time: self.squeeze(happened),
            sent: self.squeeze(sent),
            row,
            happened: Timestamp(happened * 1000),
        })
    }

    /// All events, in the order of sending.
    pub fn iter(&self) -> impl Iterator<Item = Event<'a>> + '_ {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// How many events of each window of event time go to one topic of one cluster, counted over a stretch of the timeline.
    #[must_use]
    pub fn windows(
        &self,
        cluster: Cluster,
        topic: Topic,
        width: Duration,
        stretch: Range<usize>,
    ) -> Vec<(Timestamp, usize)> {
        let width = i64::try_from(width.as_millis()).unwrap_or(i64::MAX).max(1);
        let mut counts = std::collections::BTreeMap::new();
        for event in (stretch.start..stretch.end.min(self.len())).filter_map(|index| self.get(index)) {
            if event.cluster == cluster && event.topic == topic {
                *counts.entry(event.time.0.div_euclid(width) * width).or_insert(0) += 1;
            }
        }
        counts.into_iter().map(|(start, count)| (Timestamp(start), count)).collect()
    }

    fn squeeze(&self, seconds: i64) -> Timestamp {
        let last = self.planned.last().map_or(seconds, |last| last.sent);
        Timestamp(self.now.0 - (last - seconds) * 1000 / COMPRESSION)
    }
}

impl Flight {
    /// Seconds since 1970.
    fn scheduled_departure(&self) -> i64 {
        seconds(self.month, self.day, self.hours_behind_utc, minutes_of(self.sched_dep_time))
    }

    fn departed_at(&self) -> Option<i64> {
        self.dep_delay.map(|delay| self.scheduled_departure() + i64::from(delay) * 60)
    }
}

impl Weather {
    fn observed_at(&self) -> i64 {
        seconds(self.month, self.day, self.hour + self.hours_behind_utc, 0)
    }
}

/// The clocks of the destinations. Four are missing in the source (BQN, PSE, SJU, STT): Puerto Rico and the Virgin Islands.
struct Clocks<'a>(HashMap<&'a str, &'a Station>);

impl<'a> Clocks<'a> {
    fn of(stations: &'a [Station]) -> Self {
        Self(stations.iter().map(|station| (&*station.airport, station)).collect())
    }

    /// The clock at the gate is local; the first such moment after the departure is taken.
    fn arrived_at(&self, flight: &Flight) -> Option<i64> {
        const ATLANTIC_HOURS: i16 = -4;
        let (departed, arrival) = (flight.departed_at()?, flight.arr_time?);
        let summer = flight.hours_behind_utc == 4;
        let ahead = match self.0.get(&*flight.dest) {
            Some(station) => station.hours_ahead_of_utc + i16::from(station.daylight_saving && summer),
            None => ATLANTIC_HOURS,
        };
        let local_minute = (departed / 60 + i64::from(ahead) * 60).rem_euclid(1440);
        Some(departed + (i64::from(minutes_of(arrival)) - local_minute).rem_euclid(1440) * 60)
    }
}

/// The delay between happening and sending; see the top of this file.
fn lag_seconds(topic: Topic, row: u32) -> i64 {
    let drawn = crate::mix((topic as u64) << 32 | u64::from(row));
    let (chance, part) = (drawn % 1000, drawn >> 32);
    let up_to = match chance {
        0 => 86_400,
        1..10 => 6 * 3600,
        10..100 => 20 * 60,
        _ => 60,
    };
    i64::try_from(part % up_to).expect("less than a day")
}

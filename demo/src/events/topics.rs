//! The topics, their schemas, and who writes them.

use std::fmt;

/// What kind of event it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// A flight goes on the departure board.
    Scheduled,
    /// A flight leaves.
    Departed,
    /// A flight reaches a gate.
    Arrived,
    /// A flight never leaves.
    Cancelled,
    /// One hour of weather at one airport.
    Weather,
}

impl Topic {
    /// All five.
    pub const ALL: [Self; 5] = [Self::Scheduled, Self::Departed, Self::Arrived, Self::Cancelled, Self::Weather];

    /// As Kafka clients call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scheduled => "flights.scheduled",
            Self::Departed => "flights.departed",
            Self::Arrived => "flights.arrived",
            Self::Cancelled => "flights.cancelled",
            Self::Weather => "weather.observed",
        }
    }

    /// The topic of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|topic| topic.name() == name)
    }

    /// Under which the schemas of its values are registered: the topic's name strategy.
    #[must_use]
    pub fn subject(self) -> String {
        format!("{}-value", self.name())
    }

    /// The application that writes it.
    #[must_use]
    pub fn application(self) -> &'static str {
        match self {
            Self::Scheduled => "schedule-office",
            Self::Departed => "departures-desk",
            Self::Arrived => "arrivals-desk",
            Self::Cancelled => "operations-control",
            Self::Weather => "weather-station",
        }
    }

    /// The Avro schemas of its values, the oldest first. *Departed* is evolved during the replay.
    #[must_use]
    pub fn schemas(self) -> &'static [&'static str] {
        match self {
            Self::Scheduled => &[include_str!("../../schemas/flights.scheduled.avsc")],
            Self::Departed => &[
                include_str!("../../schemas/flights.departed.v1.avsc"),
                include_str!("../../schemas/flights.departed.v2.avsc"),
            ],
            Self::Arrived => &[include_str!("../../schemas/flights.arrived.avsc")],
            Self::Cancelled => &[include_str!("../../schemas/flights.cancelled.avsc")],
            Self::Weather => &[include_str!("../../schemas/weather.observed.avsc")],
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The region in which an event is produced: one cluster for each airport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cluster {
    /// Newark.
    Ewr,
    /// John F. Kennedy.
    Jfk,
    /// La Guardia.
    Lga,
}

impl Cluster {
    /// All three.
    pub const ALL: [Self; 3] = [Self::Ewr, Self::Jfk, Self::Lga];

    /// The cluster's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Ewr => "ewr",
            Self::Jfk => "jfk",
            Self::Lga => "lga",
        }
    }

    /// The cluster of a name.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cluster| cluster.name() == name)
    }

    pub(super) fn of_airport(airport: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|cluster| cluster.name().eq_ignore_ascii_case(airport))
    }
}

impl fmt::Display for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

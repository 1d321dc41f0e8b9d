//! A thin client of Waybill.
//!
//! Without features it is a plain HTTP client: the schema registry and the reports of producers' sessions. With the feature
//! `kafka`, on by default, it holds a [`Producer`] over librdkafka that fetches or registers the schema, encodes the value,
//! names each event in a header and reports what became of it, so that a lost event can be found and named.
//!
//! ```no_run
//! # #[cfg(feature = "kafka")]
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use model::Timestamp;
//! use waybill_client::{Client, Event, Producer, ProducerSettings, Schemas};
//!
//! #[derive(serde::Serialize)]
//! struct Departed { flight: i32 }
//!
//! let client = Client::new("http://127.0.0.1:8081", None)?;
//! let schemas = Schemas::new(client.clone());
//! let departed = schemas.register("departed-value",
//!     r#"{"type": "record", "name": "Departed", "fields": [{"name": "flight", "type": "int"}]}"#).await?;
//!
//! let settings = ProducerSettings::new("ewr".parse()?, "127.0.0.1:9092", "departed".parse()?, "departures-desk");
//! let producer = Producer::start(settings, client).await?;
//! let value = departed.encode(&Departed { flight: 1545 })?;
//! producer.send(Event { key: Some(b"UA-1545"), value: Some(&value), time: Timestamp(1_800_000_000_000) }).await?;
//! let summary = producer.close().await?;
//! assert_eq!(summary.acknowledged, 1);
//! # Ok(()) }
//! ```
//!
//! This crate must never know how the server stores or judges what it is told.

mod client;
mod registry;

pub use client::{Client, ClientError, Refusal};
pub use registry::{Found, Registered, Resolved, SchemaReference};

#[cfg(feature = "kafka")]
mod avro;
#[cfg(feature = "kafka")]
mod producer;
#[cfg(feature = "kafka")]
mod sessions;

#[cfg(feature = "kafka")]
pub use avro::{AvroEncoder, EncodeError, Schemas};
#[cfg(feature = "kafka")]
pub use producer::{CloseError, Event, Producer, ProducerError, ProducerSettings, Summary};
#[cfg(feature = "kafka")]
pub use sessions::AuditPlan;

/// The Kafka library that the producer stands on, for consumers and administration beside it.
#[cfg(feature = "kafka")]
pub use rdkafka;

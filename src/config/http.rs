//! The HTTP door.

use super::reader::{Reader, between, parsed};
use super::setting::Setting;
use std::net::SocketAddr;
use std::time::Duration;

pub(crate) const LISTEN: Setting =
    Setting::new("http.listen", "ADDRESS", "127.0.0.1:8081", "Where `waybill serve` answers HTTP");
pub(crate) const BODY_BYTES_MAX: Setting =
    Setting::new("http.body_bytes_max", "BYTES", "4194304", "The longest request body taken");
pub(crate) const REQUEST_SECONDS_MAX: Setting =
    Setting::new("http.request_seconds_max", "SECONDS", "30", "After how long a request is given up with 503");
pub(crate) const INCOMPATIBLE_CODE: Setting = Setting::new(
    "http.incompatible_code",
    "CODE",
    "409",
    "The `error_code` of an incompatible schema: 409, or 40901 as newer Confluent versions say",
);

/// How HTTP is served.
#[derive(Debug, Clone)]
pub(crate) struct Http {
    pub(crate) listen: SocketAddr,
    pub(crate) limits: HttpLimits,
}

/// What holds for every address that HTTP is served on.
#[derive(Debug, Clone)]
pub(crate) struct HttpLimits {
    pub(crate) body_bytes_max: usize,
    pub(crate) request_timeout: Duration,
    pub(crate) incompatible_code: i32,
}

pub(super) fn read(reader: &mut Reader<'_>) -> Option<Http> {
    let listen = reader.required(&LISTEN, parsed("an address such as 127.0.0.1:8081 or [::]:8081"));
    let limits = read_limits(reader);
    Some(Http { listen: listen?, limits: limits? })
}

pub(super) fn read_limits(reader: &mut Reader<'_>) -> Option<HttpLimits> {
    let body = reader.required(&BODY_BYTES_MAX, between(1_024, 1 << 30, "bytes"));
    let seconds = reader.required(&REQUEST_SECONDS_MAX, between(1, 3_600, "seconds"));
    let code = reader.required(&INCOMPATIBLE_CODE, |text| match text {
        "409" => Ok(409),
        "40901" => Ok(40_901),
        _ => Err("expected 409 or 40901".to_owned()),
    });
    Some(HttpLimits {
        body_bytes_max: usize::try_from(body?).ok()?,
        request_timeout: Duration::from_secs(seconds?),
        incompatible_code: code?,
    })
}

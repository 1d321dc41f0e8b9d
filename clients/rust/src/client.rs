//! The HTTP client: one address, one token, errors that say what was asked of whom.

use reqwest::{Method, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// How long one request may take, from connecting to the last byte of the answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// The type that Confluent's registry asks for and Waybill takes everywhere.
const CONTENT_TYPE: &str = "application/vnd.schemaregistry.v1+json";

/// How many characters of an answer that is not understood go into an error.
const SHOWN_MAX: usize = 200;

/// Talks to one Waybill server. Cheap to clone.
#[derive(Clone)]
pub struct Client {
    http: reqwest::Client,
    base: Url,
    token: Option<Arc<str>>,
}

/// The token is not shown.
impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client").field("base", &self.base.as_str()).field("token", &self.token.is_some()).finish()
    }
}

/// Why a request did not give what was asked for.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// The address is not one.
    #[error("'{text}' is not the address of a server: {reason}")]
    Address {
        /// What was given.
        text: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The client could not be made.
    #[error("the HTTP client could not be made")]
    Setup(#[source] reqwest::Error),
    /// No answer came, or not all of it. It may be tried again.
    #[error("{request} was not answered")]
    Unanswered {
        /// Method and address, as sent.
        request: String,
        /// Why.
        source: reqwest::Error,
    },
    /// The server said no.
    #[error("{request} was refused: {refusal}")]
    Refused {
        /// Method and address, as sent.
        request: String,
        /// What the server said.
        refusal: Refusal,
    },
    /// The answer is not what this client expects.
    #[error("the answer to {request} cannot be read")]
    Unreadable {
        /// Method and address, as sent.
        request: String,
        /// Why.
        source: serde_json::Error,
    },
}

/// A server's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// HTTP's status.
    pub status: u16,
    /// The registry's finer code, as 40401; the status when there is none.
    pub code: i64,
    /// What the server said.
    pub message: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}, status {})", self.message, self.code, self.status)
    }
}

impl ClientError {
    /// Whether the same request may succeed later without anybody changing anything: no answer, 429, or 5xx.
    #[must_use]
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Unanswered { .. } => true,
            Self::Refused { refusal, .. } => refusal.status == 429 || refusal.status >= 500,
            Self::Address { .. } | Self::Setup(_) | Self::Unreadable { .. } => false,
        }
    }

    /// Whether the server said that there is no such thing.
    #[must_use]
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::Refused { refusal, .. } if refusal.status == 404)
    }
}

impl Client {
    /// A client of the server at `base`, as `http://127.0.0.1:8081`, with a bearer token where the server wants one.
    /// Nothing is sent yet.
    ///
    /// # Errors
    /// When `base` is not an http or https address.
    pub fn new(base: &str, token: Option<&str>) -> Result<Self, ClientError> {
        let wrong = |reason: String| ClientError::Address { text: base.to_owned(), reason };
        let mut url = Url::parse(base).map_err(|error| wrong(error.to_string()))?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(wrong("it must begin with http:// or https://".to_owned()));
        }
        url.set_path(&format!("{}/", url.path().trim_end_matches('/')));
        install_tls_provider();
        let http = reqwest::Client::builder().timeout(REQUEST_TIMEOUT).build().map_err(ClientError::Setup)?;
        Ok(Self { http, base: url, token: token.map(Arc::from) })
    }

    /// The server's address, ending in a slash.
    #[must_use]
    pub fn base(&self) -> &str {
        self.base.as_str()
    }

    /// Joins path segments, each escaped: a subject may hold a slash.
    fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        url.path_segments_mut().expect("an http address has a path").pop_if_empty().extend(segments);
        url
    }

    /// Gets what stands at a path, given as segments, each of which is escaped. For operations without a method of their own.
    ///
    /// # Errors
    /// When the server does not answer, refuses, or answers something else than `T`.
    pub async fn get<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, ClientError> {
        let (request, body) = self.request(Method::GET, self.url(segments), None).await?;
        decode(request, &body)
    }

    /// Posts a body to a path, as [`Client::get`], and reads the answer.
    ///
    /// # Errors
    /// As [`Client::get`].
    ///
    /// # Panics
    /// When the body has no form in JSON, as a map with other keys than text.
    pub async fn post<T: DeserializeOwned>(&self, segments: &[&str], body: &impl Serialize) -> Result<T, ClientError> {
        let (request, body) = self.request(Method::POST, self.url(segments), Some(json(body))).await?;
        decode(request, &body)
    }

    /// Posts a body and takes any success for an answer.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    ///
    /// # Panics
    /// As [`Client::post`].
    pub async fn tell(&self, segments: &[&str], body: &impl Serialize) -> Result<(), ClientError> {
        self.request(Method::POST, self.url(segments), Some(json(body))).await.map(drop)
    }

    /// Puts a body to a path and takes any success for an answer.
    ///
    /// # Errors
    /// When the server does not answer or refuses.
    ///
    /// # Panics
    /// As [`Client::post`].
    pub async fn put(&self, segments: &[&str], body: &impl Serialize) -> Result<(), ClientError> {
        self.request(Method::PUT, self.url(segments), Some(json(body))).await.map(drop)
    }

    async fn request(&self, method: Method, url: Url, body: Option<Vec<u8>>) -> Result<(String, Vec<u8>), ClientError> {
        let told = format!("{method} {url}");
        let mut request = self.http.request(method, url).header("accept", "application/json");
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(body) = body {
            request = request.header("content-type", CONTENT_TYPE).body(body);
        }
        let unanswered = |source| ClientError::Unanswered { request: told.clone(), source };
        let answer = request.send().await.map_err(&unanswered)?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(unanswered)?.to_vec();
        if status.is_success() {
            return Ok((told, body));
        }
        let refusal = refusal(status.as_u16(), &body);
        Err(ClientError::Refused { request: told, refusal })
    }
}

fn json(body: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(body).expect("a body has a form in JSON")
}

fn decode<T: DeserializeOwned>(request: String, body: &[u8]) -> Result<T, ClientError> {
    serde_json::from_slice(body).map_err(|source| ClientError::Unreadable { request, source })
}

/// Reads Confluent's form (`error_code`, `message`) and problem details (`code`, `detail` or `title`); shows the text of others.
fn refusal(status: u16, body: &[u8]) -> Refusal {
    let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = |name: &str| json.get(name).and_then(serde_json::Value::as_str).map(str::to_owned);
    let code = ["error_code", "code"].into_iter().find_map(|name| json.get(name)?.as_i64());
    let message = ["message", "detail", "title"].into_iter().find_map(text);
    Refusal {
        status,
        code: code.unwrap_or_else(|| status.into()),
        message: message.unwrap_or_else(|| String::from_utf8_lossy(body).chars().take(SHOWN_MAX).collect()),
    }
}

/// rustls wants one provider of cryptography for the whole process; who came first is left alone.
fn install_tls_provider() {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Losing the race to another thread is as good as winning it.
        drop(rustls::crypto::ring::default_provider().install_default());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_checked_and_paths_are_escaped() {
        for wrong in ["", "127.0.0.1:8081", "ftp://a", "/schemas"] {
            assert!(matches!(Client::new(wrong, None), Err(ClientError::Address { .. })), "{wrong}");
        }
        for base in ["http://127.0.0.1:8081/registry", "http://127.0.0.1:8081/registry/"] {
            let client = Client::new(base, Some("secret")).unwrap();
            let url = client.url(&["subjects", "a/b c", "versions"]);
            assert_eq!(url.as_str(), "http://127.0.0.1:8081/registry/subjects/a%2Fb%20c/versions");
            assert!(!format!("{client:?}").contains("secret"));
        }
    }

    #[test]
    fn a_refusal_is_read_in_all_its_forms() {
        for (body, code, message) in [
            (r#"{"error_code": 40401, "message": "no subject"}"#, 40401, "no subject"),
            (r#"{"title": "Not found", "detail": "no such session", "status": 404}"#, 404, "no such session"),
            ("<html>", 404, "<html>"),
            ("", 404, ""),
        ] {
            let expected = Refusal { status: 404, code, message: message.to_owned() };
            assert_eq!(refusal(404, body.as_bytes()), expected, "{body}");
        }
    }
}

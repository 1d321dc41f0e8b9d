//! The webhook channel against a real server on a real socket.

use alerts::webhook::{Channel, Endpoint, Outcome, ResponseClass, Rules, Secret, verify};
use model::Timestamp;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

const OPEN: Rules = Rules { plain_http: true, private_addresses: true };
const BODY: &str = r#"{"type":"incident.opened"}"#;
const NOW: Timestamp = Timestamp(1_614_265_330_999);

fn secret(byte: u8) -> Secret {
    Secret::from_bytes(&[byte; 32]).expect("32 bytes")
}

/// Answers one request with `answer`, and returns the request as text. An empty answer leaves the caller waiting until
/// it hangs up.
async fn serve(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.expect("a caller");
        let (mut request, mut buffer) = (Vec::new(), [0; 4_096]);
        while !String::from_utf8_lossy(&request).ends_with(BODY) {
            let read = socket.read(&mut buffer).await.expect("a request");
            assert!(read > 0, "hung up early");
            request.extend_from_slice(&buffer[..read]);
        }
        if answer.is_empty() {
            // Until the caller gives up.
            let _ = socket.read(&mut buffer).await;
        }
        socket.write_all(answer.as_bytes()).await.ok();
        String::from_utf8(request).expect("text")
    });
    (format!("http://{address}/hook?team=a"), server)
}

async fn attempt(url: &str, secrets: Vec<Secret>, timeout: Duration) -> Outcome {
    let endpoint = Endpoint::new(url, secrets, timeout, OPEN).expect("a good endpoint");
    Channel::new(OPEN).expect("a channel").send(&endpoint, "msg_1", BODY, NOW).await
}

fn header<'r>(request: &'r str, name: &str) -> &'r str {
    let line = request.lines().find_map(|line| line.strip_prefix(&format!("{name}: ")));
    line.unwrap_or_else(|| panic!("no {name} in {request}"))
}

#[tokio::test]
async fn a_message_arrives_signed_with_every_secret() {
    let (url, server) = serve("HTTP/1.1 204 No Content\r\n\r\n").await;
    let outcome = attempt(&url, vec![secret(1), secret(2)], Duration::from_secs(10)).await;
    assert_eq!((outcome.class, outcome.status), (ResponseClass::Delivered, Some(204)), "{outcome:?}");

    let request = server.await.expect("served");
    assert!(request.starts_with("POST /hook?team=a HTTP/1.1"), "{request}");
    assert_eq!(header(&request, "webhook-id"), "msg_1");
    assert_eq!(header(&request, "webhook-timestamp"), "1614265330");
    assert_eq!(header(&request, "content-type"), "application/json");
    let signature = header(&request, "webhook-signature");
    for byte in [1, 2] {
        assert!(verify(signature, "msg_1", 1_614_265_330, BODY.as_bytes(), &secret(byte)));
    }
    assert!(!verify(signature, "msg_1", 1_614_265_330, BODY.as_bytes(), &secret(3)));
}

#[tokio::test]
async fn answers_are_classed() {
    for (answer, class, retry_after) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", ResponseClass::Delivered, None),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            ResponseClass::Rejected,
            None,
        ),
        ("HTTP/1.1 410 Gone\r\ncontent-length: 0\r\n\r\n", ResponseClass::Gone, None),
        ("HTTP/1.1 429 Slow\r\nretry-after: 120\r\ncontent-length: 0\r\n\r\n", ResponseClass::Throttled, Some(120)),
        (
            "HTTP/1.1 503 Off\r\nretry-after: Wed, 21 Oct 2026 07:28:00 GMT\r\ncontent-length: 0\r\n\r\n",
            ResponseClass::Throttled,
            None,
        ),
        ("HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", ResponseClass::Rejected, None),
        ("nonsense\r\n\r\n", ResponseClass::Unreachable, None),
    ] {
        let (url, server) = serve(answer).await;
        let outcome = attempt(&url, vec![secret(1)], Duration::from_secs(10)).await;
        server.await.expect("served");
        assert_eq!((outcome.class, outcome.retry_after), (class, retry_after.map(Duration::from_secs)), "{answer}");
    }
}

#[tokio::test]
async fn a_receiver_that_says_nothing_times_out() {
    let (url, server) = serve("").await;
    let outcome = attempt(&url, vec![secret(1)], Duration::from_millis(300)).await;
    assert_eq!(outcome.class, ResponseClass::TimedOut, "{outcome:?}");
    assert!(outcome.latency >= Duration::from_millis(300));
    server.await.expect("served");
}

#[tokio::test]
async fn a_closed_port_is_unreachable_and_the_url_stays_out_of_the_detail() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/token-in-the-path", listener.local_addr().expect("bound"));
    drop(listener);
    let outcome = attempt(&url, vec![secret(1)], Duration::from_secs(10)).await;
    assert_eq!(outcome.class, ResponseClass::Unreachable, "{outcome:?}");
    assert!(!outcome.detail.contains("token"), "{}", outcome.detail);
}

/// Nothing is connected to: not a private address, and not a name that leads to one.
#[tokio::test]
async fn private_addresses_are_not_called() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    let strict = Channel::new(Rules { plain_http: true, private_addresses: false }).expect("a channel");
    for host in ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"] {
        let url = format!("http://{host}:{port}/");
        // Stored under other rules than those that hold now.
        let endpoint = Endpoint::new(&url, vec![secret(1)], Duration::from_secs(10), OPEN).expect("allowed then");
        let outcome = strict.send(&endpoint, "msg_1", BODY, NOW).await;
        assert_eq!(outcome.class, ResponseClass::Forbidden, "{host}: {outcome:?}");
    }
    let called = listener.into_std().expect("a listener").accept();
    assert_eq!(called.map(|_| ()).unwrap_err().kind(), std::io::ErrorKind::WouldBlock, "somebody called");
}

//! Just enough of the Postgres protocol (version 3, simple query, trusted socket) to make databases without `psql`.

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

const MESSAGE_BYTES_MAX: usize = 16 << 20;

/// Runs statements and gives back the first column of every row, as text.
pub(crate) fn simple_query(socket_folder: &Path, user: &str, database: &str, sql: &str) -> io::Result<Vec<String>> {
    let mut stream = UnixStream::connect(socket_folder.join(".s.PGSQL.5432"))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    let mut startup = 196_608_u32.to_be_bytes().to_vec();
    for word in ["user", user, "database", database, ""] {
        startup.extend_from_slice(word.as_bytes());
        startup.push(0);
    }
    send(&mut stream, None, &startup)?;
    until_ready(&mut stream)?;
    send(&mut stream, Some(b'Q'), &[sql.as_bytes(), &[0]].concat())?;
    let rows = until_ready(&mut stream)?;
    send(&mut stream, Some(b'X'), &[])?;
    Ok(rows)
}

fn send(stream: &mut UnixStream, kind: Option<u8>, body: &[u8]) -> io::Result<()> {
    let length = u32::try_from(body.len() + 4).map_err(|_| broken("statement too long"))?;
    let mut message: Vec<u8> = kind.into_iter().collect();
    message.extend_from_slice(&length.to_be_bytes());
    message.extend_from_slice(body);
    stream.write_all(&message)
}

fn until_ready(stream: &mut UnixStream) -> io::Result<Vec<String>> {
    let mut rows = Vec::new();
    let mut failure = None;
    loop {
        let mut head = [0; 5];
        if let Err(error) = stream.read_exact(&mut head) {
            // After a fatal error there is no "ready": the server closes, having said why.
            return Err(failure.unwrap_or(error));
        }
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize;
        if !(4..=MESSAGE_BYTES_MAX).contains(&length) {
            return Err(broken("message length out of bounds"));
        }
        let mut body = vec![0; length - 4];
        stream.read_exact(&mut body)?;
        match head[0] {
            b'R' if body != [0, 0, 0, 0] => return Err(broken("the server asks for a password")),
            b'D' => rows.push(first_column(&body)?),
            b'E' => failure = Some(io::Error::other(error_text(&body))),
            b'Z' => return failure.map_or(Ok(rows), Err),
            _ => {}
        }
    }
}

fn first_column(row: &[u8]) -> io::Result<String> {
    let (length, rest) =
        row.get(2..).and_then(|row| row.split_first_chunk::<4>()).ok_or_else(|| broken("short row"))?;
    let length = i32::from_be_bytes(*length);
    let Ok(length) = usize::try_from(length) else { return Ok(String::new()) };
    let column = rest.get(..length).ok_or_else(|| broken("short column"))?;
    Ok(String::from_utf8_lossy(column).into_owned())
}

/// Fields of an error are a letter and a text each; `M` is the message.
fn error_text(body: &[u8]) -> String {
    body.split(|&byte| byte == 0)
        .find_map(|field| field.strip_prefix(b"M"))
        .map_or_else(|| "unknown error".to_owned(), |text| String::from_utf8_lossy(text).into_owned())
}

fn broken(why: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, why)
}

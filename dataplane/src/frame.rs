//! Frames: how requests and responses lie on the wire. Nothing here knows what a request means.
//!
//! Every count and length is compared with the bytes that are really there before anything is allocated for it.

pub(crate) mod header;
pub(crate) mod reader;
pub(crate) mod segments;
pub(crate) mod shape;
pub(crate) mod writer;

use bytes::{Bytes, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt};

/// A frame is read in steps of at most this many bytes, so that a length alone makes nobody allocate more.
const STEP: usize = 1 << 20;

/// Why no further frame can be read from a connection.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The length in front of the frame is negative or beyond the limit.
    #[error("a frame of {length} bytes, where at most {limit} are allowed")]
    Length {
        /// As it stood on the wire.
        length: i32,
        /// The limit it broke.
        limit: usize,
    },
    /// The peer closed the connection, or it broke, in the middle of a frame.
    #[error("reading a frame")]
    Io(#[from] std::io::Error),
}

/// Reads the length of the next frame; `None` when the peer closed the connection in between frames.
pub(crate) async fn read_length<R: AsyncRead + Unpin>(
    stream: &mut R,
    limit: usize,
) -> Result<Option<usize>, FrameError> {
    let mut length = [0; 4];
    if stream.read(&mut length[..1]).await? == 0 {
        return Ok(None);
    }
    stream.read_exact(&mut length[1..]).await?;
    let length = i32::from_be_bytes(length);
    match usize::try_from(length) {
        Ok(bytes) if bytes <= limit => Ok(Some(bytes)),
        _ => Err(FrameError::Length { length, limit }),
    }
}

/// Reads a frame of `length` bytes, whose first ones, `start`, were read already.
pub(crate) async fn read_body<R: AsyncRead + Unpin>(
    stream: &mut R,
    length: usize,
    start: &[u8],
) -> Result<Bytes, FrameError> {
    let mut body = BytesMut::with_capacity(length.min(STEP));
    body.extend_from_slice(start);
    while body.len() < length {
        body.reserve((length - body.len()).min(STEP.max(body.len())));
        let wanted = length - body.len();
        let mut rest = (&mut *stream).take(u64::try_from(wanted).unwrap_or(u64::MAX));
        if rest.read_buf(&mut body).await? == 0 {
            return Err(FrameError::Io(std::io::ErrorKind::UnexpectedEof.into()));
        }
    }
    Ok(body.freeze())
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(wire: &[u8], limit: usize) -> Result<Option<Bytes>, FrameError> {
        let mut stream = wire;
        match read_length(&mut stream, limit).await? {
            None => Ok(None),
            Some(length) => read_body(&mut stream, length, &[]).await.map(Some),
        }
    }

    #[tokio::test]
    async fn a_frame_may_be_as_long_as_the_limit_and_no_longer() {
        assert_eq!(read(&[0, 0, 0, 3, 1, 2, 3], 3).await.unwrap().unwrap(), &[1, 2, 3][..]);
        let error = read(&[0, 0, 0, 4, 1, 2, 3, 4], 3).await.unwrap_err();
        assert_eq!(error.to_string(), "a frame of 4 bytes, where at most 3 are allowed");
        assert!(matches!(read(&[255, 255, 255, 255], 3).await, Err(FrameError::Length { length: -1, .. })));
    }

    #[tokio::test]
    async fn the_end_between_frames_is_an_end_and_within_one_an_error() {
        assert!(read(&[], 9).await.unwrap().is_none());
        assert!(read(&[0, 0], 9).await.is_err());
        assert!(read(&[0, 0, 0, 2, 1], 9).await.is_err());
    }

    #[tokio::test]
    async fn a_frame_longer_than_one_step_arrives_whole() {
        let mut wire = u32::try_from(3 * STEP + 5).unwrap().to_be_bytes().to_vec();
        wire.extend((0..3 * STEP + 5).map(|index| u8::try_from(index % 251).unwrap()));
        assert_eq!(read(&wire, 4 * STEP).await.unwrap().unwrap(), &wire[4..]);
    }
}

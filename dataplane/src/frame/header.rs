//! The header of a request.

use super::reader::{Malformed, Reader};
use bytes::Bytes;

/// Who asks what, in which version, and which number the answer must carry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestHeader {
    pub(crate) api_key: i16,
    pub(crate) api_version: i16,
    pub(crate) correlation_id: i32,
    /// Empty when the client did not say.
    pub(crate) client_id: String,
}

/// The part of a header that every version shares; the rest is read once it is known that the request is spoken here.
pub(crate) fn read_start(reader: &mut Reader) -> Result<RequestHeader, Malformed> {
    Ok(RequestHeader {
        api_key: reader.i16()?,
        api_version: reader.i16()?,
        correlation_id: reader.i32()?,
        client_id: String::new(),
    })
}

/// Reads the rest of a header. The client's id keeps its old form even where the header is flexible.
pub(crate) fn read_rest(header: &mut RequestHeader, reader: &mut Reader, flexible: bool) -> Result<(), Malformed> {
    if let Some(client_id) = reader.nullable_text(false)? {
        header.client_id = String::from_utf8_lossy(&client_id).into_owned();
    }
    reader.skip_tags(flexible)
}

/// Writes a header as a client does.
pub(crate) fn write(header: &RequestHeader, flexible: bool) -> Bytes {
    use bytes::BufMut;
    let mut out = bytes::BytesMut::with_capacity(16 + header.client_id.len());
    out.put_i16(header.api_key);
    out.put_i16(header.api_version);
    out.put_i32(header.correlation_id);
    super::writer::text(&mut out, false, Some(&header.client_id));
    super::writer::no_tags(&mut out, flexible);
    out.freeze()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back() {
        for flexible in [false, true] {
            let header =
                RequestHeader { api_key: 18, api_version: 3, correlation_id: -5, client_id: "flights".to_owned() };
            let mut reader = Reader::new(write(&header, flexible));
            let mut read = read_start(&mut reader).unwrap();
            read_rest(&mut read, &mut reader, flexible).unwrap();
            assert_eq!((read, reader.remaining()), (header, 0));
        }
    }
}

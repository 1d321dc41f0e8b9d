//! Where a Produce request holds its records.

use super::{Asked, Place, Reader, WireError};

/// The first version with the newer encoding.
const FLEXIBLE: i16 = 9;

/// Finds the records in a Produce request.
pub(in crate::fault) fn produced(asked: Asked, request: &[u8]) -> Result<Vec<Place>, WireError> {
    let flexible = asked.version >= FLEXIBLE;
    let mut found = Vec::new();
    let mut walk = || {
        // Kind, version and correlation; the client's name keeps the old encoding in every header.
        let mut reader = Reader { bytes: request, at: 8, flexible: false };
        reader.string()?;
        reader.flexible = flexible;
        reader.tags()?;
        reader.string()?;
        reader.skip(2 + 4)?;
        for _ in 0..reader.array()? {
            let topic = reader.string()?;
            let topic = std::str::from_utf8(&request[topic]).ok()?.to_owned();
            for _ in 0..reader.array()? {
                let partition = reader.i32()?;
                found.push(Place::read(&mut reader, &topic, partition)?);
                reader.tags()?;
            }
            reader.tags()?;
        }
        Some(())
    };
    let followed = (3..=12).contains(&asked.version);
    if followed && walk().is_some() { Ok(found) } else { Err(asked.cannot("request to Produce")) }
}

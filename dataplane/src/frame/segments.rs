//! A response on its way out: pieces that are written one after the other without being joined in memory.

use bytes::{Buf, BufMut, Bytes, BytesMut};
use std::collections::VecDeque;
use std::io::IoSlice;

/// Pieces of one frame. Record batches stay the slices of the log that they are.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    pieces: VecDeque<Bytes>,
    remaining: usize,
}

impl Segments {
    /// A whole frame: its length, the header that carries `correlation_id`, and the pieces of its body.
    pub(crate) fn frame(correlation_id: i32, flexible_header: bool, body: impl IntoIterator<Item = Bytes>) -> Self {
        let mut segments = Self::default();
        body.into_iter().for_each(|piece| segments.push(piece));
        let mut head = BytesMut::with_capacity(9);
        let header_length = if flexible_header { 5 } else { 4 };
        head.put_i32(i32::try_from(segments.remaining + header_length).unwrap_or(i32::MAX));
        head.put_i32(correlation_id);
        if flexible_header {
            head.put_u8(0);
        }
        segments.remaining += head.len();
        segments.pieces.push_front(head.freeze());
        segments
    }

    fn push(&mut self, piece: Bytes) {
        if !piece.is_empty() {
            self.remaining += piece.len();
            self.pieces.push_back(piece);
        }
    }
}

impl Buf for Segments {
    fn remaining(&self) -> usize {
        self.remaining
    }

    fn chunk(&self) -> &[u8] {
        self.pieces.front().map_or(&[], |piece| piece.as_ref())
    }

    fn chunks_vectored<'a>(&'a self, slices: &mut [IoSlice<'a>]) -> usize {
        let mut filled = 0;
        for (slice, piece) in slices.iter_mut().zip(&self.pieces) {
            *slice = IoSlice::new(piece);
            filled += 1;
        }
        filled
    }

    fn advance(&mut self, mut count: usize) {
        assert!(count <= self.remaining, "advanced past the end of a frame");
        self.remaining -= count;
        while count > 0 {
            let Some(piece) = self.pieces.front_mut() else { return };
            if count < piece.len() {
                piece.advance(count);
                return;
            }
            count -= piece.len();
            self.pieces.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_its_length_its_header_and_its_pieces() {
        let pieces = [Bytes::from_static(&[1, 2]), Bytes::new(), Bytes::from_static(&[3])];
        let mut frame = Segments::frame(7, true, pieces.clone());
        assert_eq!(frame.copy_to_bytes(frame.remaining()), &[0, 0, 0, 8, 0, 0, 0, 7, 0, 1, 2, 3][..]);
        let mut frame = Segments::frame(7, false, pieces);
        frame.advance(9);
        assert_eq!(frame.copy_to_bytes(frame.remaining()), &[2, 3][..]);
    }
}

//! Zig-zag varints, as Protocol Buffers and Kafka records have them.

/// Takes a signed number of at most 32 bits from the front of `rest`; `None` when it is cut off or longer.
#[inline]
pub(super) fn take_int(rest: &mut &[u8]) -> Option<i32> {
    // One byte holds most of what a record has: deltas, small lengths, -1.
    if let Some((&first, tail)) = rest.split_first()
        && first < 0x80
    {
        *rest = tail;
        return Some(i32::from(first >> 1) ^ -i32::from(first & 1));
    }
    i32::try_from(take_slowly(rest, 5)?).ok()
}

/// Takes a signed number of at most 64 bits from the front of `rest`; `None` when it is cut off or longer.
#[inline]
pub(super) fn take_long(rest: &mut &[u8]) -> Option<i64> {
    if let Some((&first, tail)) = rest.split_first()
        && first < 0x80
    {
        *rest = tail;
        return Some(i64::from(first >> 1) ^ -i64::from(first & 1));
    }
    take_slowly(rest, 10)
}

fn take_slowly(rest: &mut &[u8], longest: usize) -> Option<i64> {
    let mut value = 0_u64;
    for (index, &byte) in rest.iter().take(longest).enumerate() {
        let bits = u64::from(byte & 0x7f);
        // The tenth byte has room for one bit only.
        if index == 9 && bits > 1 {
            return None;
        }
        value |= bits << (7 * index);
        if byte < 0x80 {
            *rest = &rest[index + 1..];
            return Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
        }
    }
    None
}

/// Appends a signed number.
pub(super) fn put(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        out.push(u8::try_from(rest & 0x7f).expect("seven bits fit a byte") | 0x80);
        rest >>= 7;
    }
    out.push(u8::try_from(rest).expect("less than 0x80"));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive_the_wire() {
        for value in [0, 1, -1, 63, 64, -64, -65, 300, i64::from(i32::MAX), i64::from(i32::MIN), i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put(&mut bytes, value);
            assert_eq!(take_long(&mut &bytes[..]), Some(value));
            assert_eq!(take_int(&mut &bytes[..]), i32::try_from(value).ok());
            assert_eq!(take_long(&mut &bytes[..bytes.len() - 1]), None, "cut off");
        }
    }

    #[test]
    fn overlong_numbers_are_refused() {
        assert_eq!(take_int(&mut &[0x80, 0x80, 0x80, 0x80, 0x80, 0x00][..]), None);
        assert_eq!(take_int(&mut &[0xff, 0xff, 0xff, 0xff, 0x7f][..]), None);
        assert_eq!(take_long(&mut &[0xff; 11][..]), None);
        assert_eq!(take_long(&mut &[0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02][..]), None);
    }
}

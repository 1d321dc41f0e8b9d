//! Reading, strictly as Jackson does with comments allowed.

use super::{Json, Number, Object};
use crate::limits::bounded;
use crate::{Limits, SchemaError};

/// Longest number literal, as Jackson limits it.
const MAX_NUMBER: usize = 1_000;

/// Reads one value; nothing but white space may follow it.
pub(crate) fn read(text: &str, limits: &Limits) -> Result<Json, SchemaError> {
    bounded("max_bytes", text.len(), limits.max_bytes, "bytes")?;
    let mut reader = Reader { text, at: 0, max_depth: limits.max_depth };
    reader.skip()?;
    let value = reader.value(0)?;
    // Java cuts characters up to the space off what is left; anything else, comments too, is dangling content.
    let rest = text[reader.at..].trim_matches(|c| c <= ' ');
    if rest.is_empty() { Ok(value) } else { reader.fail("content after the end of the schema") }
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    max_depth: usize,
}

impl Reader<'_> {
    fn fail<T>(&self, reason: impl Into<String>) -> Result<T, SchemaError> {
        Err(SchemaError::Json { offset: self.at, reason: reason.into() })
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), SchemaError> {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.at += 1,
                Some(b'/') => self.comment()?,
                _ => return Ok(()),
            }
        }
    }

    fn comment(&mut self) -> Result<(), SchemaError> {
        let rest = &self.text[self.at..];
        if rest.starts_with("//") {
            self.at += rest.find(['\n', '\r']).unwrap_or(rest.len());
            return Ok(());
        }
        match rest.strip_prefix("/*").and_then(|inside| inside.find("*/")) {
            Some(end) => self.at += end + 4,
            None => return self.fail("a comment that does not end"),
        }
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, SchemaError> {
        match self.peek() {
            Some(b'{') => self.object(depth + 1),
            Some(b'[') => self.array(depth + 1),
            Some(b'"') => Ok(Json::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(_) => self.fail("expected a value"),
            None => self.fail("the text ends where a value should stand"),
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, SchemaError> {
        let rest = &self.text[self.at..];
        let ends =
            rest.strip_prefix(word).is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric() || c == '_'));
        if !ends {
            return self.fail("expected a value");
        }
        self.at += word.len();
        Ok(value)
    }

    fn array(&mut self, depth: usize) -> Result<Json, SchemaError> {
        bounded("max_depth", depth, self.max_depth, "levels")?;
        self.at += 1;
        let mut items = Vec::new();
        self.skip()?;
        if self.eat(b']') {
            return Ok(Json::Array(items));
        }
        loop {
            self.skip()?;
            items.push(self.value(depth)?);
            self.skip()?;
            if self.eat(b']') {
                return Ok(Json::Array(items));
            }
            if !self.eat(b',') {
                return self.fail("expected ',' or ']'");
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, SchemaError> {
        bounded("max_depth", depth, self.max_depth, "levels")?;
        self.at += 1;
        let mut object = Object::default();
        self.skip()?;
        if self.eat(b'}') {
            return Ok(Json::Object(object));
        }
        loop {
            self.skip()?;
            if self.peek() != Some(b'"') {
                return self.fail("expected a key in quotes");
            }
            let key = self.string()?;
            self.skip()?;
            if !self.eat(b':') {
                return self.fail("expected ':'");
            }
            self.skip()?;
            let value = self.value(depth)?;
            object.insert(key, value);
            self.skip()?;
            if self.eat(b'}') {
                return Ok(Json::Object(object));
            }
            if !self.eat(b',') {
                return self.fail("expected ',' or '}'");
            }
        }
    }

    fn number(&mut self) -> Result<Json, SchemaError> {
        let start = self.at;
        self.eat(b'-');
        if !self.eat(b'0') {
            self.digits()?;
        }
        if self.eat(b'.') {
            self.digits()?;
        }
        if self.eat(b'e') || self.eat(b'E') {
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        if self.peek().is_some_and(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-' | b'+')) {
            return self.fail("expected the end of a number");
        }
        if self.at - start > MAX_NUMBER {
            return self.fail(format!("a number of more than {MAX_NUMBER} characters"));
        }
        Ok(Json::Number(Number::from_literal(&self.text[start..self.at])))
    }

    fn digits(&mut self) -> Result<(), SchemaError> {
        let start = self.at;
        while self.peek().is_some_and(|byte| byte.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { self.fail("expected a digit") } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, SchemaError> {
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = &self.text[self.at..];
            let Some(plain) = rest.find(|c| c == '"' || c == '\\' || c < ' ') else {
                return self.fail("a text that does not end");
            };
            text.push_str(&rest[..plain]);
            self.at += plain;
            if self.eat(b'"') {
                return Ok(text);
            }
            if !self.eat(b'\\') {
                return self.fail("a control character in a text must be escaped");
            }
            text.push(self.escape()?);
        }
    }

    fn escape(&mut self) -> Result<char, SchemaError> {
        let Some(byte) = self.peek() else { return self.fail("a text that does not end") };
        let plain = match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode(),
            _ => return self.fail("unknown escape"),
        };
        self.at += 1;
        Ok(plain)
    }

    fn unicode(&mut self) -> Result<char, SchemaError> {
        let first = self.unit()?;
        if let Some(plain) = char::from_u32(first) {
            return Ok(plain);
        }
        if (0xd800..0xdc00).contains(&first) && self.text[self.at..].starts_with("\\u") {
            self.at += 1;
            let second = self.unit()?;
            if (0xdc00..0xe000).contains(&second) {
                let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(code).map_or_else(|| self.fail("half of a surrogate pair"), Ok);
            }
        }
        self.fail("half of a surrogate pair")
    }

    /// Reads `uXXXX`.
    fn unit(&mut self) -> Result<u32, SchemaError> {
        let digits = self.text.get(self.at + 1..self.at + 5).unwrap_or_default();
        if digits.len() != 4 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return self.fail("expected four hexadecimal digits");
        }
        self.at += 5;
        Ok(u32::from_str_radix(digits, 16).unwrap_or_default())
    }
}

//! JSON in which no object has two members of one name. Readers differ in which of the two they take (RFC 8259 clause 4),
//! so whoever looks at a request on its way might see another one than the daemon carries out.

use core::fmt;
use std::cell::RefCell;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::pointer;

/// Members that are told of at most.
const TOLD_MAX: usize = 16;

/// Reads JSON; gives the value, and pointers to the members that stand twice, of which the value has the last.
///
/// # Errors
/// It is no JSON.
pub(super) fn read(bytes: &[u8]) -> serde_json::Result<(Value, Vec<String>)> {
    let twice = RefCell::default();
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = Here { at: String::new(), twice: &twice }.deserialize(&mut reader)?;
    reader.end()?;
    Ok((value, twice.into_inner()))
}

/// One value, at a place.
struct Here<'a> {
    at: String,
    twice: &'a RefCell<Vec<String>>,
}

impl Here<'_> {
    fn inside(&self, name: &str) -> Self {
        Self { at: format!("{}/{name}", self.at), ..*self }
    }
}

impl<'de> DeserializeSeed<'de> for Here<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Here<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut values = Vec::new();
        while let Some(value) = items.next_element_seed(self.inside(&values.len().to_string()))? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut map = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let here = self.inside(&pointer(&name));
            let at = here.at.clone();
            let mut twice = self.twice.borrow_mut();
            if map.contains_key(&name) && twice.len() < TOLD_MAX && !twice.contains(&at) {
                twice.push(at);
            }
            drop(twice);
            map.insert(name, members.next_value_seed(here)?);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_twice_is_named_and_everything_else_is_as_ever() {
        let check = |json: &str, expect: &[&str]| {
            let (value, twice) = read(json.as_bytes()).unwrap();
            assert_eq!(twice, expect, "{json}");
            assert_eq!(value, serde_json::from_str::<Value>(json).unwrap(), "{json}");
        };
        check(r#"{"a":1,"b":[true,null,-2,1.5,"x",{"a":1}],"c":{"a":{}}}"#, &[]);
        check(r#"{"a":1,"a":2}"#, &["/a"]);
        check(r#"{"a":1,"\u0061":2,"a":3}"#, &["/a"]);
        check(r#"{"l":[{},{"x/y":1,"x/y":2}],"m":{"n":1,"n":1}}"#, &["/l/1/x~1y", "/m/n"]);
        check("[18446744073709551615,-9223372036854775808,1e400]".replace("1e400", "1e40").as_str(), &[]);
        for wrong in ["", "{", "{} {}", "{\"a\":}", &"[".repeat(200)] {
            assert!(read(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}

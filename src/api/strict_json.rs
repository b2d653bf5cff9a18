//! JSON in which every reader sees the same: no field twice, nothing too deep, no number that a float cannot hold.

use std::{borrow::Cow, collections::HashSet, fmt};

use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};

/// Most fields of one object. What a table of the fields of a whole body would take is memory that a stranger decides on.
const MOST_FIELDS: usize = 10_000;
/// Up to here fields are compared one by one, which is quicker than hashing.
const FEW_FIELDS: usize = 16;

/// Looks through a JSON text. What passes has one meaning: readers differ on which of two equal names counts (RFC 8259,
/// section 4), so that a body with both could be one thing to the router and another to a provider. Depth is limited by
/// the parser, to 128.
///
/// # Errors
/// The text is no JSON, or has one of these faults; the error names line and column.
pub(super) fn check(text: &[u8]) -> Result<(), serde_json::Error> {
    let mut reader = serde_json::Deserializer::from_slice(text);
    Any.deserialize(&mut reader)?;
    reader.end()
}

/// Any value.
struct Any;

impl<'de> DeserializeSeed<'de> for Any {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<(), D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Any {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<(), A::Error> {
        while items.next_element_seed(Any)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<(), A::Error> {
        let mut seen = Fields::default();
        while let Some(name) = fields.next_key_seed(Name)? {
            seen.add(name).map_err(A::Error::custom)?;
            fields.next_value_seed(Any)?;
        }
        Ok(())
    }
}

/// A field's name, borrowed from the text unless it is written with escapes.
struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Cow<'de, str>, D::Error> {
        reader.deserialize_str(self)
    }
}

impl<'de> Visitor<'de> for Name {
    type Value = Cow<'de, str>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a field's name")
    }

    fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Borrowed(name))
    }

    fn visit_str<E>(self, name: &str) -> Result<Cow<'de, str>, E> {
        Ok(Cow::Owned(name.to_owned()))
    }
}

/// Names of one object's fields so far.
#[derive(Default)]
struct Fields<'de> {
    few: Vec<Cow<'de, str>>,
    many: HashSet<Cow<'de, str>>,
}

impl<'de> Fields<'de> {
    fn add(&mut self, name: Cow<'de, str>) -> Result<(), String> {
        if self.few.len() + self.many.len() >= MOST_FIELDS {
            return Err(format!("an object has more than {MOST_FIELDS} fields"));
        }
        if self.few.contains(&name) || self.many.contains(&name) {
            return Err(format!("the field {:?} stands there twice", shortened(&name)));
        }
        if self.few.len() < FEW_FIELDS {
            self.few.push(name);
        } else {
            self.many.insert(name);
        }
        Ok(())
    }
}

fn shortened(name: &str) -> String {
    name.chars().take(64).collect()
}

#[cfg(test)]
#[path = "strict_json_tests.rs"]
mod tests;

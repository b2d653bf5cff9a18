//! What a spec says in words: prose, the texts that come with it, and features.

use super::{At, Reader, Table};
use crate::domain::problem::Problem;
use crate::domain::spec::{Attachment, Feature};
use crate::spec::attachment;
use crate::spec::bounds::PROSE_MAX_CHARS;

pub(in crate::spec) const ATTACHMENT_KEYS: [&str; 2] = ["name", "text"];

const FEATURES_MAX: usize = 100;
const FEATURE_MAX_CHARS: usize = 4_000;

/// What a spec says in words.
pub(super) struct Words {
    pub(super) prose: String,
    pub(super) attachments: Vec<Attachment>,
    pub(super) features: Vec<Feature>,
    /// Whether there are words from which entities can come, well formed or not.
    pub(super) any: bool,
}

pub(super) fn read(reader: &mut Reader, table: &Table<'_>) -> Words {
    let prose = table.get("prose").and_then(|at| prose(reader, &at)).unwrap_or_default();
    let features = table.get("features").map(|at| features(reader, &at)).unwrap_or_default();
    let said = |reader: &Reader, key: &str| reader.left_out.contains(key) || reader.has_left_out_below(key);
    let any = !prose.is_empty() || !features.is_empty() || said(reader, "prose") || said(reader, "features");
    let attachments = table.get("attachments").map(|at| attachments(reader, &at, any)).unwrap_or_default();
    Words { prose, attachments, features, any }
}

fn prose(reader: &mut Reader, at: &At<'_>) -> Option<String> {
    reader.bounded_text(at, PROSE_MAX_CHARS, true).map(|text| text.trim().to_owned())
}

fn features(reader: &mut Reader, at: &At<'_>) -> Vec<Feature> {
    let items = reader.items(at, "a list of sentences, each a feature", FEATURES_MAX).unwrap_or_default();
    let mut features = Vec::new();
    for item in items {
        let Some(text) = reader.bounded_text(&item, FEATURE_MAX_CHARS, true) else { continue };
        if text.trim().is_empty() {
            reader.refuse(&item, Problem::new("text_empty", &item.path));
        } else {
            features.push(Feature { description: text.trim().to_owned() });
        }
    }
    features
}

fn attachments(reader: &mut Reader, at: &At<'_>, words: bool) -> Vec<Attachment> {
    let expected = "a list of texts, each a table with `name` and `text`";
    let items = reader.items(at, expected, attachment::COUNT_MAX).unwrap_or_default();
    if !items.is_empty() && !words {
        reader.refuse(at, Problem::new("attachments_without_words", &at.path));
    }
    let mut read: Vec<Attachment> = Vec::new();
    for item in items {
        let Some(table) = reader.table(&item, "a table with `name` and `text`", &ATTACHMENT_KEYS) else { continue };
        let mut part = |key: &str, example: &str| match table.get(key) {
            Some(at) => reader.text(&at).map(|text| (at, text.to_owned())),
            None => {
                reader.missing(&table, key, example);
                None
            }
        };
        let name = part("name", "name: prices.csv");
        let text = part("text", "text: what the file holds");
        let (Some((name_at, name)), Some((text_at, text))) = (name, text) else { continue };
        let refused_name = attachment::refused_name(&name, &read, &name_at.path);
        let refused_text = attachment::refused_text(&text, &read, &text_at.path);
        let is_whole = refused_name.is_none() && refused_text.is_none();
        for (at, refused) in [(&name_at, refused_name), (&text_at, refused_text)] {
            if let Some(problem) = refused {
                reader.refuse(at, problem);
            }
        }
        if is_whole {
            read.push(Attachment { name, text });
        }
    }
    read
}
